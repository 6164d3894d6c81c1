/* libkzgops, flame graphs: folded stacks, as kzgops/sampler.h and other profilers write them, as a picture.
 *
 * The picture is one SVG file that needs nothing else: no script, no font, no style from elsewhere; in a browser a
 * frame shows its full name, count and share when it is pointed at, and light and dark follow the reader's
 * preference. The outermost frames are at the top, and each stands on the part of its caller's width that it took;
 * from left to right they are in the order of their names. The same stacks give the same bytes. */
#ifndef KZGOPS_FLAME_H
#define KZGOPS_FLAME_H

#include <stddef.h>
#include <stdint.h>

#include "kzgops/sources.h"

#define KZGOPS_FLAME_DEPTH_MAX 256 /* frames of a stack; those further in are not drawn */

typedef struct kzgops_flame_config {
    const char *title;             /* NULL: "CPU profile" */
    const char *note;              /* a second line: of what, when. NULL: none */
    const char *unit;              /* what the numbers count. NULL: "samples" */
    unsigned width;                /* in pixels, 400 to 10000. 0: 1200 */
    const kzgops_sources *sources; /* the allocator; NULL: the real one */
} kzgops_flame_config;

/* Text of an SVG file, without a terminator. Give it back with kzgops_flame_release. */
typedef struct kzgops_flame {
    char *data;
    size_t size;
    const kzgops_sources *sources;
} kzgops_flame;

/* Folded stacks: "outermost;...;innermost COUNT" lines, in any order, one stack as often as you like. Empty lines are
 * passed over; no stack at all gives a picture that says so. config NULL: all defaults. NULL, or what is wrong; then
 * *ret is as before. May be called from any thread. It keeps 24 bytes a line and the picture; 20,000 lines take 20
 * ms. */
const char *kzgops_flame_svg(const kzgops_flame_config *config, const char *folded, size_t length, kzgops_flame *ret);
/* Twice is fine. */
void kzgops_flame_release(kzgops_flame *flame);

#endif
