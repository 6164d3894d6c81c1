/* The flight recorder's file: one struct of fixed size, made of records of 64-bit words. A record begins with a
 * checksum and a sequence number; a sequence of 0 is a record that was never written. Words are stored one by one,
 * the checksum last, so that a record which the end cut short does not match it.
 *
 * The file is read on the machine that wrote it, or one of its kind: numbers are in its byte order, and the magic
 * number tells another one. A change of anything here is a new KZGOPS_RECORDER_FORMAT. */
#ifndef OPS_RECORDER_FILE_H
#define OPS_RECORDER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kzgops/recorder.h"

#define RECORDER_MAGIC   ((uint64_t)0x31524c465a474b9b)
#define RECORDER_VERSION ((uint64_t)KZGOPS_RECORDER_FORMAT)
#define RECORDER_NOBODY  UINT64_MAX /* a slot number that is none */

struct record_head {
    uint64_t check;
    uint64_t sequence;
};

struct start_record {
    struct record_head head;
    int64_t real_ns, monotonic_ns;
    uint64_t pid, host_pid, slots;
    uint64_t cgroup_version, cgroup_inode, oom_kills;
    char service[KZGOPS_RECORDER_NAME_MAX];
    char version[KZGOPS_RECORDER_VERSION_MAX];
    char commit[KZGOPS_RECORDER_VERSION_MAX];
    char build_id[48];
    char boot_id[40];
    char command[16];
    char cgroup_path[KZGOPS_RECORDER_PATH_MAX];
};

/* Executable parts of the program and its libraries, for addresses. */
struct module {
    uint64_t begin, end, offset;
    char name[64];
};

struct modules_record {
    struct record_head head;
    uint64_t count;
    struct module module[KZGOPS_RECORDER_MODULES_MAX];
};

/* Two of them, written in turn: one is always whole. */
struct state_record {
    struct record_head head;
    uint64_t state;
    int64_t real_ns, monotonic_ns;
};

struct sample_record {
    struct record_head head;
    kzgops_recorder_sample sample;
};

struct error_record {
    struct record_head head;
    int64_t real_ns, monotonic_ns;
    char code[KZGOPS_RECORDER_CODE_MAX];
    char request_id[KZGOPS_RECORDER_REQUEST_MAX];
};

struct event_record {
    struct record_head head;
    int64_t real_ns, monotonic_ns;
    char name[KZGOPS_RECORDER_CODE_MAX];
    char detail[KZGOPS_RECORDER_DETAIL_MAX];
};

struct operation_record {
    struct record_head head;
    int64_t monotonic_ns;
    char name[KZGOPS_RECORDER_NAME_MAX];
    char request_id[KZGOPS_RECORDER_REQUEST_MAX];
};

/* Of the operation with the same sequence. */
struct digest_record {
    struct record_head head;
    uint64_t word[4];
};

/* One cache line's multiple, so that workers do not share any. */
struct slot_record {
    uint64_t running; /* 0 or 1; not part of a checksum: ending an operation is this one store */
    uint64_t thread;
    struct operation_record operation;
    struct digest_record digest;
    uint64_t unused;
};

/* What the handler knows at once ... */
struct crash_record {
    struct record_head head;
    int64_t real_ns, monotonic_ns;
    uint64_t signal, code, address, sent, sender, thread, slot;
    char thread_name[16];
};

/* ... and what it may fail to find out. */
struct frames_record {
    struct record_head head;
    uint64_t count;
    uint64_t frame[KZGOPS_RECORDER_FRAMES_MAX];
};

struct recorder_content {
    uint64_t magic, version, bytes, unused[5];
    struct slot_record slot[KZGOPS_RECORDER_SLOTS_MAX];
    struct start_record start;
    struct modules_record modules;
    struct state_record state[2];
    struct crash_record crash;
    struct frames_record frames;
    struct sample_record sample[KZGOPS_RECORDER_SAMPLES_MAX];
    struct error_record error[KZGOPS_RECORDER_ERRORS_MAX];
    struct event_record event[KZGOPS_RECORDER_EVENTS_MAX];
};

struct recorder_file {
    struct recorder_content content;
    unsigned char rest[KZGOPS_RECORDER_FILE_BYTES - sizeof(struct recorder_content)];
};

_Static_assert(sizeof(struct recorder_file) == KZGOPS_RECORDER_FILE_BYTES, "the file's size is fixed");
_Static_assert(sizeof(struct slot_record) % 64 == 0 && offsetof(struct recorder_content, slot) % 64 == 0,
               "slots share no cache line, in a file that is mapped");

/* Stores a record of that many bytes with sequence (not 0) and checksum; its own head is not looked at. Safe in a
 * signal handler, and against a reader in another thread. One writer at a time for each destination. */
void kzgops__record_put(void *record, const void *value, size_t bytes, uint64_t sequence);

enum record_state { RECORD_EMPTY, RECORD_WHOLE, RECORD_DAMAGED };
/* Takes a copy; *value is written always, and means something when the answer is RECORD_WHOLE. */
enum record_state kzgops__record_get(const void *record, void *value, size_t bytes);

/* Copies as much of a text as fits, with a terminator, and clears the rest. NULL is an empty text. */
void kzgops__record_text(char *to, size_t size, const char *from);

/* Magic, version and size: what must hold before anything else is looked at. NULL, or why not. */
const char *kzgops__recorder_file_error(const struct recorder_file *file);

/* All of it. now_ns is the monotonic time that ages of operations are as of; 0: the file's last sign of life. */
void kzgops__recorder_decode(const struct recorder_file *file, int64_t now_ns, kzgops_recording *ret);

/* A file as a whole, into memory of that size; NULL, or why not. *ret_running (unless NULL): its process still runs;
 * it is written whenever the file could be opened, and false otherwise. */
const char *kzgops__recorder_file_read(const char *path, struct recorder_file *ret, bool *ret_running);

#endif
