/* How long a property test runs: its own number of rounds times the environment's KZG_ROUNDS. */
#ifndef PROPERTY_ROUNDS_H
#define PROPERTY_ROUNDS_H

#include <stdlib.h>

static inline size_t rounds(size_t normal) {
    const char *text = getenv("KZG_ROUNDS");
    size_t factor = text != NULL ? strtoul(text, NULL, 10) : 1;
    return normal * (factor == 0 ? 1 : factor);
}

#endif
