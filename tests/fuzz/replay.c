/* replay DIRECTORY [MUTATIONS]: gives each file of the corpus to the target, as it is and in seeded mutations (bits
 * flipped, bytes replaced, cut, doubled). KZG_SEED repeats a run. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>

#include "fuzz/fuzz.h"
#include "support/random.h"

#define INPUT_MAX         65536u
#define MUTATIONS_DEFAULT 20u

static uint64_t state;

static uint64_t random_u64(void) {
    return random_next(&state);
}

static size_t mutate(uint8_t *data, size_t size) {
    for (uint64_t edits = 1 + random_u64() % 4; edits > 0; edits--) {
        size_t at = size == 0 ? 0 : random_u64() % size;
        switch (random_u64() % 4) {
        case 0:
            if (size != 0) data[at] ^= (uint8_t)(1u << random_u64() % 8);
            break;
        case 1:
            if (size != 0) data[at] = (uint8_t)random_u64();
            break;
        case 2: size = at; break;
        default: {
            size_t copy = size - at < INPUT_MAX - size ? size - at : INPUT_MAX - size;
            memmove(data + size, data + at, copy);
            size += copy;
        }
        }
    }
    return size;
}

/* The target gets memory of exactly the input's size, so that a sanitizer sees a step beyond. */
static void give(const uint8_t *data, size_t size) {
    uint8_t *exact = malloc(size ? size : 1);
    FUZZ_HOLDS(exact != NULL);
    memcpy(exact, data, size);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void replay_file(const char *path, unsigned mutations) {
    static uint8_t original[INPUT_MAX], changed[INPUT_MAX];
    FILE *f = fopen(path, "re");
    FUZZ_HOLDS(f != NULL);
    size_t size = fread(original, 1, sizeof original, f);
    FUZZ_HOLDS(!ferror(f));
    fclose(f);
    give(original, size);
    for (unsigned i = 0; i < mutations; i++) {
        memcpy(changed, original, size);
        give(changed, mutate(changed, size));
    }
}

int main(int argc, char **argv) {
    const char *seed = getenv("KZG_SEED");
    unsigned mutations = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : MUTATIONS_DEFAULT;
    if (argc < 2) {
        fprintf(stderr, "usage: %s DIRECTORY [MUTATIONS]\n", argv[0]);
        return 2;
    }
    struct dirent **entries;
    int n = scandir(argv[1], &entries, NULL, alphasort); /* sorted: one seed, one run */
    if (n < 0) {
        fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
        return 1;
    }
    state = seed ? strtoull(seed, NULL, 0) : 1;
    printf("seed %" PRIu64 "\n", state);
    unsigned files = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        if (entries[i]->d_name[0] != '.') {
            snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
            replay_file(path, mutations);
            files++;
        }
        free(entries[i]);
    }
    free(entries);
    printf("%u files, %u mutations of each\n", files, mutations);
    return files == 0; /* an empty corpus proves nothing */
}
