/* An argument vector that is put together: words, and texts that are split at spaces. For the container driver. */
#ifndef UPGRADE_CONTAINER_WORDS_H
#define UPGRADE_CONTAINER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX      160
#define WORDS_TEXT_MAX 8192

struct words {
    const char *argv[WORDS_MAX + 1]; /* always NULL-ended */
    size_t count;
    char text[WORDS_TEXT_MAX]; /* what words_add and words_split copied */
    size_t used;
    bool full; /* something did not fit: do not run it */
};

/* One word, copied. */
void words_add(struct words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The words of text, each copied with place in the stead of every "{place}". */
void words_split(struct words *words, const char *text, const char *place);

/* text without the option of that name and its value, in either form ("--restart=x", "--restart x"). */
void words_without(const char *text, const char *option, char *out, size_t size);

#endif
