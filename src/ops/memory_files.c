#include "ops/memory_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool kzgops__path_join(struct memory_path *ret, const char *folder, const char *name) {
    int n = snprintf(ret->text, sizeof ret->text, "%s/%s", folder, name);
    return n >= 0 && (size_t)n < sizeof ret->text;
}

/* ---- Lines --------------------------------------------------------------------------------------------------- */

bool kzgops__lines_open(struct lines *lines, const char *folder, const char *name) {
    struct memory_path path = {0};
    lines->begin = lines->end = 0;
    lines->ended = false;
    lines->fd = -1;
    if (kzgops__path_join(&path, folder, name)) lines->fd = open(path.text, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    return lines->fd >= 0;
}

void kzgops__lines_close(struct lines *lines) {
    if (lines->fd >= 0) close(lines->fd);
    lines->fd = -1;
}

/* More text behind what is there; false when there is none or no room. */
static bool fill(struct lines *lines) {
    if (lines->begin > 0) {
        memmove(lines->text, lines->text + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->begin = 0;
    }
    size_t room = sizeof lines->text - lines->end;
    if (room == 0 || lines->ended) return false;
    ssize_t n;
    do {
        n = read(lines->fd, lines->text + lines->end, room);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        lines->ended = true;
        return false;
    }
    lines->end += (size_t)n;
    return true;
}

/* A NUL inside a line is none of the kernel's: it must not make the line look shorter and sound. */
static char *take_line(struct lines *lines, size_t length, size_t with_newline) {
    char *line = lines->text + lines->begin;
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '\0') line[i] = '?';
    }
    line[length] = '\0';
    lines->begin += with_newline;
    return line;
}

char *kzgops__lines_next(struct lines *lines) {
    bool skipping = false;
    for (;;) {
        size_t length = lines->end - lines->begin;
        const char *newline = memchr(lines->text + lines->begin, '\n', length);
        if (newline != NULL) {
            size_t used = (size_t)(newline - (lines->text + lines->begin));
            if (!skipping) return take_line(lines, used, used + 1);
            lines->begin += used + 1;
            skipping = false;
        } else if (!fill(lines)) {
            if (lines->ended && length > 0 && length < sizeof lines->text && !skipping) {
                return take_line(lines, length, length);
            }
            if (lines->ended) return NULL;
            lines->begin = lines->end; /* too long */
            skipping = true;
        }
    }
}

/* ---- Numbers ------------------------------------------------------------------------------------------------- */

bool kzgops__parse_u64(const char *text, uint64_t *ret) {
    uint64_t value = 0;
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (INT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

enum file_state kzgops__read_number(const char *folder, const char *name, bool limit, uint64_t *ret) {
    struct lines lines;
    if (!kzgops__lines_open(&lines, folder, name)) return errno == ENOENT ? FILE_MISSING : FILE_GARBAGE;
    enum file_state state = FILE_GARBAGE;
    uint64_t value = 0;
    const char *line = kzgops__lines_next(&lines);
    if (line != NULL && limit && strcmp(line, "max") == 0) {
        value = KZGOPS_BYTES_UNLIMITED;
        state = FILE_READ;
    } else if (line != NULL && kzgops__parse_u64(line, &value)) {
        state = FILE_READ;
    }
    if (kzgops__lines_next(&lines) != NULL) state = FILE_GARBAGE;
    kzgops__lines_close(&lines);
    if (state == FILE_READ) *ret = value;
    return state;
}

uint64_t kzgops__read_known(const char *folder, const char *name, bool limit) {
    uint64_t value = KZGOPS_BYTES_UNKNOWN;
    (void)kzgops__read_number(folder, name, limit, &value);
    return value;
}

bool kzgops__read_keyed(const char *folder, const char *name, const struct keyed *keyed, size_t n) {
    struct lines lines;
    char *line;
    if (!kzgops__lines_open(&lines, folder, name)) return false;
    while ((line = kzgops__lines_next(&lines)) != NULL) {
        size_t length = strcspn(line, " ");
        if (line[length] != ' ') continue;
        line[length] = '\0';
        for (size_t i = 0; i < n; i++) {
            if (strcmp(line, keyed[i].key) == 0) (void)kzgops__parse_u64(line + length + 1, keyed[i].value);
        }
    }
    kzgops__lines_close(&lines);
    return true;
}

/* "Key:", blanks, digits, " kB". */
static bool parse_kib(char *line, const char *key, uint64_t *ret) {
    size_t length = strlen(key);
    uint64_t value;
    if (strncmp(line, key, length) != 0 || line[length] != ':') return false;
    char *digits = line + length + 1 + strspn(line + length + 1, " \t");
    char *unit = digits + strspn(digits, "0123456789");
    if (strcmp(unit, " kB") != 0) return false;
    *unit = '\0';
    if (!kzgops__parse_u64(digits, &value) || value > INT64_MAX / 1024) return false;
    *ret = value * 1024;
    return true;
}

bool kzgops__read_kib(const char *folder, const char *name, const struct keyed *keyed, size_t n) {
    struct lines lines;
    char *line;
    if (!kzgops__lines_open(&lines, folder, name)) return false;
    while ((line = kzgops__lines_next(&lines)) != NULL) {
        for (size_t i = 0; i < n; i++) {
            if (parse_kib(line, keyed[i].key, keyed[i].value)) break;
        }
    }
    kzgops__lines_close(&lines);
    return true;
}

/* ---- Pressure ------------------------------------------------------------------------------------------------ */

/* "digits.digits" with two decimals as the kernel writes it; strtod would ask the locale. */
static bool parse_percent(const char *text, double *ret) {
    char whole[24];
    size_t length = strspn(text, "0123456789");
    uint64_t units, hundredths;
    if (length == 0 || length >= sizeof whole || text[length] != '.' || strlen(text + length) != 3) return false;
    memcpy(whole, text, length);
    whole[length] = '\0';
    if (!kzgops__parse_u64(whole, &units) || !kzgops__parse_u64(text + length + 1, &hundredths)) return false;
    *ret = (double)units + (double)hundredths / 100;
    return true;
}

/* The rest of a line: " avg10=.. avg60=.. avg300=.. total=..". */
static bool parse_pressure(char *line, double *averages[3], uint64_t *total) {
    static const char *const names[] = {"avg10=", "avg60=", "avg300="};
    char *rest = NULL, *word = strtok_r(line, " ", &rest);
    for (size_t i = 0; i < 3; i++, word = strtok_r(NULL, " ", &rest)) {
        size_t length = strlen(names[i]);
        if (word == NULL || strncmp(word, names[i], length) != 0) return false;
        if (!parse_percent(word + length, averages[i])) return false;
    }
    if (word == NULL || strncmp(word, "total=", 6) != 0) return false;
    return kzgops__parse_u64(word + 6, total) && strtok_r(NULL, " ", &rest) == NULL;
}

void kzgops__read_pressure(const char *folder, const char *name, kzgops_pressure *ret) {
    struct lines lines;
    char *line;
    *ret = (kzgops_pressure){0};
    if (!kzgops__lines_open(&lines, folder, name)) return;
    while ((line = kzgops__lines_next(&lines)) != NULL) {
        kzgops_pressure read = {0};
        double *some[3] = {&read.some_avg10, &read.some_avg60, &read.some_avg300};
        double *full[3] = {&read.full_avg10, &read.full_avg60, &read.full_avg300};
        if (strncmp(line, "some ", 5) == 0 && parse_pressure(line + 5, some, &read.some_total_us)) {
            ret->known = true;
            ret->some_avg10 = read.some_avg10;
            ret->some_avg60 = read.some_avg60;
            ret->some_avg300 = read.some_avg300;
            ret->some_total_us = read.some_total_us;
        } else if (strncmp(line, "full ", 5) == 0 && parse_pressure(line + 5, full, &read.full_total_us)) {
            ret->full_known = true;
            ret->full_avg10 = read.full_avg10;
            ret->full_avg60 = read.full_avg60;
            ret->full_avg300 = read.full_avg300;
            ret->full_total_us = read.full_total_us;
        }
    }
    kzgops__lines_close(&lines);
}
