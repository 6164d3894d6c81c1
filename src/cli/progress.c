#include "cli/progress.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

#define DELAY_S    0.3
#define INTERVAL_S 0.1
#define WIDTH      30

static struct {
    bool active;
    bool drawn;
    const char *items;
    uint64_t total;
    double started;
    double last;
} bar;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void progress_start(const struct cli *cli, const char *items, uint64_t total) {
    bar.active = !cli->quiet && isatty(STDERR_FILENO) == 1;
    bar.drawn = false;
    bar.items = items;
    bar.total = total;
    bar.started = now_s();
    bar.last = 0;
}

static void draw(uint64_t done, double rate) {
    if (bar.total > 0) {
        char filled[WIDTH + 1];
        uint64_t shown = done < bar.total ? done : bar.total;
        size_t marks = (size_t)((double)shown / (double)bar.total * WIDTH);
        memset(filled, ' ', WIDTH);
        memset(filled, '=', marks);
        filled[WIDTH] = '\0';
        fprintf(stderr, "\r[%s] %" PRIu64 "/%" PRIu64 " %s, %.1f/s \033[K", filled, done, bar.total, bar.items, rate);
    } else {
        fprintf(stderr, "\r%" PRIu64 " %s, %.1f/s \033[K", done, bar.items, rate);
    }
    bar.drawn = true;
}

void progress_step(uint64_t done) {
    if (!bar.active || (bar.total > 0 && done >= bar.total)) return; /* nothing to wait for */
    double now = now_s();
    if (now - bar.started < DELAY_S || now - bar.last < INTERVAL_S) return;
    bar.last = now;
    draw(done, (double)done / (now - bar.started));
}

void progress_clear(void) {
    if (bar.drawn) fputs("\r\033[K", stderr);
    bar.drawn = false;
}

void progress_stop(void) {
    progress_clear();
    bar.active = false;
}
