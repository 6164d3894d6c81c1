/* The kernel's small files: read line by line without allocation, parsed strictly. What is missing or is not what the
 * kernel writes leaves a value unknown. */
#ifndef OPS_MEMORY_FILES_H
#define OPS_MEMORY_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/machine_memory.h"

#define LINES_MAX 4096 /* longer lines are left out */

struct lines {
    int fd;
    size_t begin, end;
    bool ended;
    char text[LINES_MAX];
};

struct memory_path {
    char text[KZGOPS_CGROUP_PATH_MAX];
};

/* folder/name; false when it is too long. */
bool kzgops__path_join(struct memory_path *ret, const char *folder, const char *name);

/* False when the file cannot be opened. A line is without its newline and may be changed; NULL at the end. */
bool kzgops__lines_open(struct lines *lines, const char *folder, const char *name);
char *kzgops__lines_next(struct lines *lines);
void kzgops__lines_close(struct lines *lines);

/* Decimal digits and nothing else, at most INT64_MAX. */
bool kzgops__parse_u64(const char *text, uint64_t *ret);

/* A file of one number. FILE_MISSING: there is none; FILE_GARBAGE: unreadable, or holds something else. "max" is
 * UNLIMITED where a limit is read. *ret is written in the first case only. */
enum file_state { FILE_READ, FILE_MISSING, FILE_GARBAGE };
enum file_state kzgops__read_number(const char *folder, const char *name, bool limit, uint64_t *ret);
/* The same with UNKNOWN for all that could not be read. */
uint64_t kzgops__read_known(const char *folder, const char *name, bool limit);

/* Lines of "key number", or of "Key: number kB" which become bytes. Values whose line is not there or is garbage stay
 * as they were. False when the file cannot be opened. */
struct keyed {
    const char *key;
    uint64_t *value;
};
bool kzgops__read_keyed(const char *folder, const char *name, const struct keyed *keyed, size_t n);
bool kzgops__read_kib(const char *folder, const char *name, const struct keyed *keyed, size_t n);

/* A pressure file; not known when a line lacks a figure. */
void kzgops__read_pressure(const char *folder, const char *name, kzgops_pressure *ret);

#endif
