/* Folded stacks on standard input, a flame graph on standard output: for flame_test.py, and to look at.
 *
 *   flame_svg [WIDTH [TITLE [NOTE]]] */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "kzgops/flame.h"

#define INPUT_MAX ((size_t)64 << 20)

int main(int argc, char **argv) {
    kzgops_flame_config config = {.width = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0,
                                  .title = argc > 2 ? argv[2] : NULL,
                                  .note = argc > 3 ? argv[3] : NULL};
    kzgops_flame flame;
    char *text = malloc(INPUT_MAX);
    if (text == NULL) return 2;
    const char *error = kzgops_flame_svg(&config, text, fread(text, 1, INPUT_MAX, stdin), &flame);
    free(text);
    if (error != NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    bool good = fwrite(flame.data, 1, flame.size, stdout) == flame.size;
    kzgops_flame_release(&flame);
    return good ? 0 : 1;
}
