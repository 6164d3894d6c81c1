/* What an instance must answer: computed by the tool's libkzg and handed in, since this layer knows no cryptography.
 * All borrowed. */
#ifndef UPGRADE_ANSWERS_H
#define UPGRADE_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upgrade_answer {
    const char *name; /* for messages: "compute_cells (SSZ)" */
    const char *path; /* "/kzg/v1/compute_cells" */
    const char *type; /* of the body */
    const uint8_t *body;
    size_t body_length;
    long status;             /* of HTTP */
    const uint8_t *expected; /* status 200: the answer, byte for byte. Else: a text that must be in it (a code) */
    size_t expected_length;
};

/* One instance makes a result, another verifies it: the result is put behind prefix and sent to verify_path, whose
 * answer must be one byte 1. All in SSZ. */
struct upgrade_cross {
    const char *name;
    const char *make_path, *verify_path;
    const uint8_t *body;
    size_t body_length;
    const uint8_t *prefix;
    size_t prefix_length;
    size_t result_length;
};

struct upgrade_answers {
    const struct upgrade_answer *known;
    size_t known_count;
    const struct upgrade_cross *cross;
    size_t cross_count;
    const char *setup_sha256; /* of the tool's trusted setup, 64 digits */
    void *user;
    /* The next of a row of random requests with its answer; what it points to is good until the next call. False:
     * none could be made. */
    bool (*shadow)(void *user, struct upgrade_answer *ret);
};

#endif
