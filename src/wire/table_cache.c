#include "wire/table_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE  4096
#define BYTES_MAX  ((off_t)1 << 30) /* no level has a tenth of that */
#define WRITE_MODE 0644

/* ---- Reading ---- */

static const char *distrust(const struct stat *file) {
    if (!S_ISREG(file->st_mode)) return "it is not a regular file";
    if (file->st_uid != geteuid() && file->st_uid != 0) return "it belongs to another user";
    if ((file->st_mode & (S_IWGRP | S_IWOTH)) != 0) return "others than its owner may write it";
    if (file->st_size == 0) return "it is empty";
    if (file->st_size > BYTES_MAX) return "it is longer than tables are";
    return NULL;
}

static void map(struct table_cache *cache, int fd) {
    struct stat file;
    if (fstat(fd, &file) != 0) {
        cache->why = "it cannot be read";
        cache->error = errno;
        return;
    }
    cache->why = distrust(&file);
    if (cache->why != NULL) return;
    void *data = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (data == MAP_FAILED) {
        cache->why = "it cannot be mapped";
        cache->error = errno;
        return;
    }
    cache->image = (kzg_table_image){data, (size_t)file.st_size};
}

void table_cache_open(struct table_cache *cache, const char *path) {
    *cache = (struct table_cache){0};
    if (path[0] == '\0') return;
    /* A pipe or a device must not hold the start up. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        if (errno == ENOENT) return;
        cache->why = errno == ELOOP ? "it is a symbolic link" : "it cannot be read";
        cache->error = errno;
        return;
    }
    map(cache, fd);
    close(fd);
}

void table_cache_close(struct table_cache *cache) {
    if (cache->image.data != NULL) munmap((void *)(uintptr_t)cache->image.data, cache->image.bytes);
    cache->image = (kzg_table_image){0};
}

/* ---- Writing ---- */

static bool write_all(void *user, const void *data, size_t bytes) {
    const int *fd = user;
    const uint8_t *at = data;
    while (bytes > 0) {
        ssize_t n = write(*fd, at, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) errno = EIO;
        if (n <= 0) return false;
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

/* In a folder that others may write too, somebody could have put a file of this process's user there, by another
 * link. */
static bool is_ours_alone(int fd) {
    struct stat file;
    if (fstat(fd, &file) != 0) return false;
    if (S_ISREG(file.st_mode) && file.st_uid == geteuid() && file.st_nlink == 1) return true;
    errno = EPERM;
    return false;
}

/* Is the locked file still the one of that name? The one who had the lock before may have given it its final name. */
static bool is_still(int fd, const char *name) {
    struct stat ours, there;
    return fstat(fd, &ours) == 0 && stat(name, &there) == 0 && ours.st_dev == there.st_dev &&
           ours.st_ino == there.st_ino;
}

static void sync_folder(const char *path) {
    char folder[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        snprintf(folder, sizeof folder, ".");
    else
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    (void)fsync(fd); /* without it the old file, or none, may be there after a power cut: both are fine */
    close(fd);
}

/* All of it, to the disk, under its final name; else nothing is left. */
static bool fill(int fd, const char *beside, const char *path, const kzg_ctx *ctx) {
    bool ok = ftruncate(fd, 0) == 0 && fchmod(fd, WRITE_MODE) == 0 &&
              kzg_tables_save(ctx, write_all, &fd).code == KZG_OK && fsync(fd) == 0 && rename(beside, path) == 0;
    if (ok) return true;
    int error = errno;
    (void)unlink(beside);
    errno = error;
    return false;
}

enum table_cache_save table_cache_save(const char *path, const kzg_ctx *ctx, int *ret_error) {
    char beside[PATH_SIZE];
    *ret_error = ENAMETOOLONG;
    if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside) return TABLE_CACHE_FAILED;
    /* What a writer that was killed has left is taken over: its lock ended with it. */
    int fd = open(beside, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, WRITE_MODE);
    *ret_error = errno;
    if (fd < 0) return TABLE_CACHE_FAILED;
    enum table_cache_save outcome = TABLE_CACHE_BUSY;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still(fd, beside)) {
        outcome = is_ours_alone(fd) && fill(fd, beside, path, ctx) ? TABLE_CACHE_SAVED : TABLE_CACHE_FAILED;
        *ret_error = errno;
        if (outcome == TABLE_CACHE_SAVED) sync_folder(path);
    }
    close(fd);
    return outcome;
}
