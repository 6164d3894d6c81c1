#include "ops/recorder_place.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILE_MODE   0640 /* has request ids */
#define LOCK_TRIES  100
#define LOCK_PAUSE  20 /* ms */
#define FILE_COUNT  KZGOPS_RECORDER_FILES_MAX
#define OLDER_COUNT KZGOPS_RECORDER_PREVIOUS_MAX

/* ---- Names ----------------------------------------------------------------------------------------------------- */

static bool fits(const struct place_path *path, int n) {
    return n >= 0 && (size_t)n < sizeof path->text;
}

bool kzgops__place_running(struct place_path *ret, const char *directory, const char *name, int number) {
    return fits(ret, snprintf(ret->text, sizeof ret->text, "%s/%s.%d", directory, name, number));
}

bool kzgops__place_previous(struct place_path *ret, const char *directory, const char *name, int number) {
    if (number == 1) return fits(ret, snprintf(ret->text, sizeof ret->text, "%s/%s.previous", directory, name));
    return fits(ret, snprintf(ret->text, sizeof ret->text, "%s/%s.previous.%d", directory, name, number));
}

/* ---- Locks: of the open file, so that they end with the process, and are not shared with what it execs --------- */

static bool lock(int fd) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

/* It is held for milliseconds; a process that was stopped while it holds it must not stop others. */
static int lock_directory(const char *directory, const char *name, char *ret_trouble, size_t size) {
    struct place_path path;
    if (!fits(&path, snprintf(path.text, sizeof path.text, "%s/%s.lock", directory, name))) {
        snprintf(ret_trouble, size, "the path of the state directory is too long");
        return -1;
    }
    int fd = open(path.text, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, FILE_MODE);
    if (fd < 0) {
        snprintf(ret_trouble, size, "cannot open %s: %m", path.text);
        return -1;
    }
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (lock(fd)) return fd;
        if (errno != EAGAIN && errno != EACCES) break;
        poll(NULL, 0, LOCK_PAUSE);
    }
    snprintf(ret_trouble, size, "cannot lock %s: %m", path.text);
    close(fd);
    return -1;
}

/* ---- Files of processes that have ended ------------------------------------------------------------------------ */

struct ended {
    struct place_path path;
    int64_t alive_ns;
};

/* The lock goes with the descriptor: the directory's lock keeps others from looking in between. */
static bool has_ended(const char *path) {
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    bool ended = fd >= 0 && lock(fd);
    if (fd >= 0) close(fd);
    return ended;
}

/* When its process was last seen alive; what cannot be read counts as the oldest. */
static int64_t last_alive(const char *path, struct place_scratch *scratch) {
    if (kzgops__recorder_file_read(path, &scratch->file, NULL) != NULL) return INT64_MIN;
    kzgops__recorder_decode(&scratch->file, 0, &scratch->recording);
    return scratch->recording.alive_ns;
}

static size_t find_ended(const char *directory, const char *name, struct place_scratch *scratch,
                         struct ended ret[FILE_COUNT]) {
    size_t n = 0;
    for (int number = 1; number <= FILE_COUNT; number++) {
        struct ended ended;
        if (!kzgops__place_running(&ended.path, directory, name, number) || !has_ended(ended.path.text)) continue;
        ended.alive_ns = last_alive(ended.path.text, scratch);
        size_t i = n++;
        for (; i > 0 && ret[i - 1].alive_ns > ended.alive_ns; i--) ret[i] = ret[i - 1];
        ret[i] = ended;
    }
    return n;
}

/* previous.3 to previous.4, ..., previous to previous.2, and the file to previous. A name that is not there leaves a
 * gap, which the next one closes. */
static bool push_previous(const char *directory, const char *name, const char *path) {
    struct place_path from, to;
    for (int number = OLDER_COUNT - 1; number >= 1; number--) {
        if (!kzgops__place_previous(&from, directory, name, number)) return false;
        if (!kzgops__place_previous(&to, directory, name, number + 1)) return false;
        if (rename(from.text, to.text) != 0 && errno != ENOENT) return false;
    }
    return kzgops__place_previous(&to, directory, name, 1) && rename(path, to.text) == 0;
}

static bool move_ended(const char *directory, const char *name, struct place_scratch *scratch, char *ret_trouble,
                       size_t size) {
    struct ended ended[FILE_COUNT];
    size_t n = find_ended(directory, name, scratch, ended);
    for (size_t i = 0; i < n; i++) {
        if (push_previous(directory, name, ended[i].path.text)) continue;
        snprintf(ret_trouble, size, "cannot move %s aside: %m", ended[i].path.text);
        return false;
    }
    return true;
}

/* ---- A new one ------------------------------------------------------------------------------------------------- */

static bool pick_name(struct place *place, const char *directory, const char *name, char *ret_trouble, size_t size) {
    for (int number = 1; number <= FILE_COUNT; number++) {
        if (!kzgops__place_running(&place->path, directory, name, number)) break;
        if (access(place->path.text, F_OK) != 0 && errno == ENOENT) return true;
    }
    snprintf(ret_trouble, size, "%d processes have flight recorders in %s already", FILE_COUNT, directory);
    return false;
}

/* Past RLIMIT_FSIZE there is a signal that ends the process, and no error. */
static int allocate(int fd) {
    struct rlimit limit;
    int error;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < KZGOPS_RECORDER_FILE_BYTES) return EFBIG;
    do {
        error = posix_fallocate(fd, 0, (off_t)KZGOPS_RECORDER_FILE_BYTES);
    } while (error == EINTR);
    return error;
}

static bool make_file(struct place *place, const char *directory, const char *name, char *ret_trouble, size_t size) {
    int n = snprintf(place->making.text, sizeof place->making.text, "%s/%s.new", directory, name);
    if (!fits(&place->making, n)) {
        snprintf(ret_trouble, size, "the path of the state directory is too long");
        return false;
    }
    (void)unlink(place->making.text); /* of a process that was killed right here */
    place->fd = open(place->making.text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
    if (place->fd < 0) {
        snprintf(ret_trouble, size, "cannot make %s: %m", place->making.text);
        return false;
    }
    errno = allocate(place->fd);
    if (errno == 0 && lock(place->fd)) return true;
    snprintf(ret_trouble, size, "cannot take %zu bytes for %s: %m", KZGOPS_RECORDER_FILE_BYTES, place->making.text);
    return false;
}

bool kzgops__place_begin(struct place *place, const char *directory, const char *name, struct place_scratch *scratch,
                         char *ret_trouble, size_t size) {
    *place = (struct place){.fd = -1};
    place->directory_lock = lock_directory(directory, name, ret_trouble, size);
    if (place->directory_lock < 0) return false;
    if (move_ended(directory, name, scratch, ret_trouble, size) &&
        pick_name(place, directory, name, ret_trouble, size) &&
        make_file(place, directory, name, ret_trouble, size)) {
        return true;
    }
    (void)kzgops__place_end(place, false);
    return false;
}

bool kzgops__place_end(struct place *place, bool commit) {
    bool done = commit && rename(place->making.text, place->path.text) == 0;
    if (!done && place->fd >= 0) {
        (void)unlink(place->making.text);
        close(place->fd);
        place->fd = -1;
    }
    close(place->directory_lock);
    return done;
}
