#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

void kzg__assert_failed(const char *expression, const char *file, int line) {
    fprintf(stderr, "kzg: assertion failed: %s (%s:%d)\n", expression, file, line);
    abort();
}
