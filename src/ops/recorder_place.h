/* The flight recorder's files in their directory: names, locks, and which one is whose. */
#ifndef OPS_RECORDER_PLACE_H
#define OPS_RECORDER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "ops/recorder_file.h"

struct place_path {
    char text[KZGOPS_RECORDER_PATH_MAX];
};

/* directory/name.number of a process that runs, directory/name.previous[.number] of the number-th last; false when it
 * is too long. Numbers from 1. */
bool kzgops__place_running(struct place_path *ret, const char *directory, const char *name, int number);
bool kzgops__place_previous(struct place_path *ret, const char *directory, const char *name, int number);

/* A file that is being made. */
struct place {
    int fd; /* of the file; holds its lock */
    int directory_lock;
    struct place_path making, path;
};

/* Working memory. */
struct place_scratch {
    struct recorder_file file;
    kzgops_recording recording;
};

/* Takes the directory's lock, moves the files of ended processes out of the way, and makes a new one: locked, with
 * all its blocks, all zero, under a name that nobody reads. False, with *ret_trouble in words and nothing held, when
 * any of that fails. */
bool kzgops__place_begin(struct place *place, const char *directory, const char *name, struct place_scratch *scratch,
                         char *ret_trouble, size_t size);
/* Gives the file its name (commit) or removes it and closes it, and gives the directory's lock back. */
bool kzgops__place_end(struct place *place, bool commit);

#endif
