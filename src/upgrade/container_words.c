#include "upgrade/container_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PLACE "{place}"

static void take(struct words *words, size_t length) {
    if (words->count == WORDS_MAX || words->used + length + 1 > WORDS_TEXT_MAX) {
        words->full = true;
        return;
    }
    words->argv[words->count++] = words->text + words->used;
    words->used += length + 1;
}

void words_add(struct words *words, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(words->text + words->used, WORDS_TEXT_MAX - words->used, format, arguments);
    va_end(arguments);
    take(words, n < 0 ? WORDS_TEXT_MAX : (size_t)n);
}

/* One word of that length, its "{place}" replaced. */
static void add_one(struct words *words, const char *word, size_t length, const char *place) {
    char out[WORDS_TEXT_MAX];
    size_t used = 0;
    for (size_t i = 0; i < length && used < sizeof out - 1;) {
        bool here = length - i >= strlen(PLACE) && memcmp(word + i, PLACE, strlen(PLACE)) == 0;
        int n = here ? snprintf(out + used, sizeof out - used, "%s", place)
                     : snprintf(out + used, sizeof out - used, "%c", word[i]);
        used += (size_t)n;
        i += here ? strlen(PLACE) : 1;
    }
    words_add(words, "%.*s", (int)used, out);
}

void words_split(struct words *words, const char *text, const char *place) {
    while (*(text += strspn(text, " ")) != '\0') {
        size_t length = strcspn(text, " ");
        add_one(words, text, length, place);
        text += length;
    }
}

void words_without(const char *text, const char *option, char *out, size_t size) {
    size_t used = 0, length = strlen(option);
    bool skips_value = false;
    out[0] = '\0';
    while (*(text += strspn(text, " ")) != '\0') {
        size_t word = strcspn(text, " ");
        bool here = word >= length && memcmp(text, option, length) == 0;
        bool whole = here && word == length, with_value = here && text[length] == '=';
        if (!skips_value && !whole && !with_value && used + word + 2 <= size)
            used += (size_t)snprintf(out + used, size - used, "%s%.*s", used == 0 ? "" : " ", (int)word, text);
        skips_value = whole && !skips_value;
        text += word;
    }
}
