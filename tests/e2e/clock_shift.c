/* For LD_PRELOAD: the real-time clock of one process, set while it runs. CLOCK_SHIFT names a file of 8 bytes, the
 * nanoseconds to add, which the test changes; monotonic clocks go on as they are. (libfaketime needs malloc before
 * jemalloc is there.) */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS ((int64_t)1000000000)

#define SHOWN __attribute__((visibility("default")))

static _Atomic int64_t none;
static _Atomic int64_t *shift = &none;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("CLOCK_SHIFT");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *page = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (page != MAP_FAILED) shift = page;
}

SHOWN int clock_gettime(clockid_t clock, struct timespec *ret) {
    if (syscall(SYS_clock_gettime, clock, ret) != 0) return -1;
    if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) return 0;
    int64_t now = ret->tv_sec * SECOND_NS + ret->tv_nsec + atomic_load(shift);
    *ret = (struct timespec){.tv_sec = now / SECOND_NS, .tv_nsec = now % SECOND_NS};
    return 0;
}

SHOWN time_t time(time_t *ret) {
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (ret != NULL) *ret = now.tv_sec;
    return now.tv_sec;
}
