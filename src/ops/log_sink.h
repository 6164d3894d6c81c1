/* Where the log's lines go: a descriptor, a file, or journald's socket. One user at a time. */
#ifndef OPS_LOG_SINK_H
#define OPS_LOG_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KZGOPS__LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

enum kzgops__log_sink_kind { KZGOPS__LOG_TO_FD, KZGOPS__LOG_TO_FILE, KZGOPS__LOG_TO_JOURNAL };

struct kzgops__log_sink {
    enum kzgops__log_sink_kind kind;
    int fd;           /* in use now; -1: a file or socket that is not open */
    int given_fd;     /* the descriptor, which is never closed here */
    const char *path; /* of the file or the socket */
    bool socket;      /* fd is one */
    bool torn;        /* a line was written in part: the next one begins with a line end */
    bool failing;
    bool told;        /* this failure has been told */
    int error;        /* errno of it */
    int64_t until_ns; /* not tried again before */
};

enum kzgops__log_outcome { KZGOPS__LOG_WRITTEN, KZGOPS__LOG_BLOCKED, KZGOPS__LOG_BROKEN };

/* Lines to a descriptor; to a file or socket, which is opened (what was open before is closed). */
void kzgops__log_sink_fd(struct kzgops__log_sink *sink, int fd);
void kzgops__log_sink_path(struct kzgops__log_sink *sink, enum kzgops__log_sink_kind kind, const char *path,
                           int64_t now_ns);

/* Writes text from *done on, without waiting where the descriptor can say so. BLOCKED: the rest may be tried again
 * when kzgops__log_sink_wait says so, *done being what is written. BROKEN: the rest is lost; also, without an
 * attempt, until the time for the next one has come. */
enum kzgops__log_outcome kzgops__log_sink_write(struct kzgops__log_sink *sink, const char *text, size_t length,
                                                size_t *done, int64_t now_ns);

/* After BLOCKED, when the rest will not be tried again. */
void kzgops__log_sink_give_up(struct kzgops__log_sink *sink, size_t done);

/* Opens the file anew; what was open stays in use when that fails, and errno is in sink->error. True for what is no
 * file. */
bool kzgops__log_sink_reopen(struct kzgops__log_sink *sink);

/* Whether there is a failure that was not told yet; then it counts as told. Never of a plain descriptor, whose
 * failure nobody could be told of. */
bool kzgops__log_sink_tell(struct kzgops__log_sink *sink);

#endif
