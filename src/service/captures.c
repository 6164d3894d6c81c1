#include "service/captures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "service/events.h"
#include "service/memory.h"

#define NAMES_MAX  512
#define STAMP_MAX  32
#define FOLDER_MAX (CAPTURES_PATH_MAX - 128)

struct captures {
    char folder[FOLDER_MAX];
};

/* ---- Folder -------------------------------------------------------------------------------------------------- */

static bool make_folder(const char *path) {
    return mkdir(path, 0750) == 0 || errno == EEXIST;
}

struct captures *captures_new(const char *state_dir) {
    if (state_dir[0] == '\0') return NULL;
    struct captures *captures = memory_take(MEMORY_TAG_OTHER, sizeof *captures);
    if (captures == NULL) return NULL;
    int n = snprintf(captures->folder, sizeof captures->folder, "%s/captures", state_dir);
    bool fits = n > 0 && (size_t)n < sizeof captures->folder;
    if (fits && make_folder(state_dir) && make_folder(captures->folder) && access(captures->folder, W_OK) == 0) {
        return captures;
    }
    SERVICE_LOG(EVENT_CAPTURES_OFF, KZGOPS_STR("folder", captures->folder),
                KZGOPS_STR("reason", fits ? strerror(errno) : "its path is too long"));
    return captures_free(captures);
}

struct captures *captures_free(struct captures *captures) {
    memory_give(captures);
    return NULL;
}

const char *captures_folder(const struct captures *captures) {
    return captures->folder;
}

/* ---- Files --------------------------------------------------------------------------------------------------- */

void captures_path(const struct captures *captures, const char *trigger, char out[CAPTURES_PATH_MAX]) {
    struct timespec now;
    struct tm utc;
    char stamp[STAMP_MAX];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%S", &utc);
    snprintf(out, CAPTURES_PATH_MAX, "%s/%s.%03ldZ-%.32s", captures->folder, stamp, now.tv_nsec / 1000000, trigger);
}

static bool write_all(int fd, const char *data, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

bool captures_write(const char *base, const char *ending, const void *data, size_t size) {
    char path[CAPTURES_PATH_MAX + 16], beside[CAPTURES_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s.%s", base, ending);
    snprintf(beside, sizeof beside, "%s.%s.part", base, ending);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    bool ok = fd >= 0 && write_all(fd, data, size);
    if (fd >= 0 && close(fd) != 0) ok = false;
    if (ok && rename(beside, path) == 0) return true;
    (void)unlink(beside);
    return false;
}

/* ---- Bound --------------------------------------------------------------------------------------------------- */

struct names {
    char name[NAMES_MAX][NAME_MAX + 1];
    size_t count;
};

/* Whether the file is a capture of that trigger, and how long its name is without the ending. */
static bool belongs(const char *name, const char *trigger, size_t *ret_stem) {
    const char *dash = strchr(name, '-'), *dot = dash == NULL ? NULL : strchr(dash, '.');
    size_t length = strlen(trigger);
    if (dot == NULL || (size_t)(dot - dash - 1) != length) return false;
    *ret_stem = (size_t)(dot - name);
    return memcmp(dash + 1, trigger, length) == 0;
}

static int by_name(const void *a, const void *b) {
    return strcmp(a, b);
}

static void list_names(const char *folder, const char *trigger, struct names *ret) {
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t stem;
    ret->count = 0;
    while (dir != NULL && ret->count < NAMES_MAX && (entry = readdir(dir)) != NULL) {
        if (!belongs(entry->d_name, trigger, &stem)) continue;
        snprintf(ret->name[ret->count++], sizeof ret->name[0], "%s", entry->d_name);
    }
    if (dir != NULL) closedir(dir);
    qsort(ret->name, ret->count, sizeof ret->name[0], by_name);
}

/* Names begin with the time, so the newest are last; files of one capture are next to each other. */
void captures_trim(const struct captures *captures, const char *trigger) {
    struct names *names = malloc(sizeof *names);
    size_t kept = 0, stem = 0, last_stem = 0;
    if (names == NULL) return;
    list_names(captures->folder, trigger, names);
    for (size_t i = names->count; i-- > 0;) {
        (void)belongs(names->name[i], trigger, &stem);
        bool same = kept > 0 && stem == last_stem && memcmp(names->name[i], names->name[i + 1], stem) == 0;
        if (!same) kept++;
        last_stem = stem;
        if (kept <= CAPTURES_KEPT) continue;
        char path[CAPTURES_PATH_MAX + NAME_MAX + 2];
        snprintf(path, sizeof path, "%s/%s", captures->folder, names->name[i]);
        (void)unlink(path);
    }
    free(names);
}
