/* The hostile set: tests/vectors/hostile.json, which gen/hostile.mjs writes. The file is small because it holds
 * recipes (the words of hostile.c): blobs are made from a few numbers, cells and their proofs from blobs
 * by libkzg, with digests from another implementation that say whether they are right. */
#ifndef VECTORS_HOSTILE_H
#define VECTORS_HOSTILE_H

#include "support/vectors.h"

typedef struct hostile_set hostile_set;

/* Reads the file; cases are expanded one by one, since all of them together are gigabytes. */
hostile_set *hostile_load(const char *path);
hostile_set *hostile_free(hostile_set *set);

size_t hostile_count(const hostile_set *set);

/* Only what is cheap to know of case i. */
const char *hostile_function(const hostile_set *set, size_t i);
const char *hostile_name(const hostile_set *set, size_t i);

/* Case i in full; give it to hostile_case_free. One thread at a time. */
vec_case hostile_case(hostile_set *set, size_t i);
void hostile_case_free(vec_case *c);

#endif
