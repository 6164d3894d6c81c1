#include "upgrade/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OWNER_MAX 512

static bool make_folders(const char *folder, char *why, size_t why_size) {
    char path[1100];
    if (snprintf(path, sizeof path, "%s", folder) >= (int)sizeof path) {
        snprintf(why, why_size, "the state folder's name is too long");
        return false;
    }
    for (char *at = path + 1; *at != '\0'; at++) {
        if (*at != '/') continue;
        *at = '\0';
        (void)mkdir(path, 0755); /* what matters is whether the last one is there */
        *at = '/';
    }
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return true;
    snprintf(why, why_size, "the state folder '%.300s' cannot be made: %s", folder, strerror(errno));
    return false;
}

/* "pid since what host": host last, since it may hold anything. False: empty or not ours. */
static bool read_owner(int fd, struct lock_owner *ret) {
    char text[OWNER_MAX] = "";
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    long long pid, since;
    int at = 0;
    *ret = (struct lock_owner){0};
    if (n <= 0) return false;
    char *end;
    pid = strtoll(text, &end, 10);
    if (end == text || *end != ' ') return false;
    char *rest = end;
    since = strtoll(rest, &end, 10);
    if (end == rest || *end != ' ' || pid <= 0) return false;
    rest = end + 1;
    at = (int)strcspn(rest, " ");
    snprintf(ret->what, sizeof ret->what, "%.*s", at, rest);
    rest += at + (rest[at] == ' ');
    snprintf(ret->host, sizeof ret->host, "%.*s", (int)strcspn(rest, "\n"), rest);
    ret->pid = pid;
    ret->since_s = since;
    return true;
}

static void own_host(char *out, size_t size) {
    if (gethostname(out, size) != 0) snprintf(out, size, "unknown");
    out[size - 1] = '\0';
}

static bool write_owner(int fd, const char *what) {
    char text[OWNER_MAX], host[256];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    own_host(host, sizeof host);
    int length = snprintf(text, sizeof text, "%ld %lld %s %s\n", (long)getpid(), (long long)now.tv_sec, what, host);
    return length > 0 && length < (int)sizeof text && ftruncate(fd, 0) == 0 &&
           pwrite(fd, text, (size_t)length, 0) == length && fsync(fd) == 0;
}

enum lock_result lock_take(struct lock *ret_lock, const char *folder, const char *what, bool force,
                           struct lock_owner *ret_owner, char *why, size_t why_size) {
    char host[256];
    struct lock lock = {.fd = -1};
    *ret_lock = lock;
    *ret_owner = (struct lock_owner){0};
    if (!make_folders(folder, why, why_size)) return LOCK_FAILED;
    snprintf(lock.path, sizeof lock.path, "%.1100s/lock", folder);
    lock.fd = open(lock.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock.fd < 0) {
        snprintf(why, why_size, "'%.300s' cannot be opened: %s", lock.path, strerror(errno));
        return LOCK_FAILED;
    }
    bool free_now = flock(lock.fd, LOCK_EX | LOCK_NB) == 0;
    bool owned = read_owner(lock.fd, ret_owner);
    own_host(host, sizeof host);
    enum lock_result result = !free_now                                               ? LOCK_HELD
                              : owned && !force && strcmp(ret_owner->host, host) != 0 ? LOCK_ELSEWHERE
                              : owned                                                 ? LOCK_TAKEN_OVER
                                                                                      : LOCK_TAKEN;
    if ((result == LOCK_TAKEN || result == LOCK_TAKEN_OVER) && !write_owner(lock.fd, what)) {
        snprintf(why, why_size, "'%.300s' cannot be written: %s", lock.path, strerror(errno));
        result = LOCK_FAILED;
    }
    if (result == LOCK_TAKEN || result == LOCK_TAKEN_OVER)
        *ret_lock = lock;
    else
        close(lock.fd);
    return result;
}

bool lock_look(const char *folder, struct lock_owner *ret_owner) {
    char path[1200], host[256];
    snprintf(path, sizeof path, "%.1100s/lock", folder);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool owned = fd >= 0 && read_owner(fd, ret_owner);
    if (fd >= 0) close(fd);
    own_host(host, sizeof host);
    if (!owned) return false;
    return strcmp(ret_owner->host, host) != 0 || kill((pid_t)ret_owner->pid, 0) == 0 || errno == EPERM;
}

void lock_give(struct lock *lock) {
    if (lock->fd < 0) return;
    (void)!ftruncate(lock->fd, 0); /* emptied, not removed: another may have it open already */
    close(lock->fd);
    lock->fd = -1;
}

void lock_owner_text(const struct lock_owner *owner, char *out, size_t size) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long long age_s = (long long)(now.tv_sec - owner->since_s);
    if (age_s < 0) age_s = 0;
    snprintf(out, size, "process %lld on host %.200s, since %lld min %lld s, for %s", (long long)owner->pid,
             owner->host, age_s / 60, age_s % 60, owner->what);
}
