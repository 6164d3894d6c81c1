/* How the reports of the flight recorder spell what base/text.h does not. */
#ifndef OPS_RECORDER_TEXT_H
#define OPS_RECORDER_TEXT_H

#include <stdint.h>

#include "base/text.h"
#include "kzgops/recorder.h"

struct stamp {
    char text[48];
};

/* "2024-05-06T07:08:09.123Z"; "unknown" for 0 and what no calendar has. */
struct stamp kzgops__stamp(int64_t realtime_ns);

/* "3.2 s", "4 min", "2 h", "5 d". */
struct stamp kzgops__duration(int64_t ns);

/* A text from a file: what could end the line or move a terminal's cursor is spelled out. */
void kzgops__text_plain(struct kzgops__text *text, const char *value);

/* "commit, request x, running for 3.2 s" */
void kzgops__text_operation(struct kzgops__text *text, const char *name, const char *request_id, int64_t age_ns);

/* Parts of a recording, also used by the report of an ending. Each is lines of text, or a member of the object that
 * is being written. */
void kzgops__text_recording(struct kzgops__text *text, const kzgops_recording *recording);
void kzgops__json_recording(struct kzgops__text *text, const kzgops_recording *recording);

/* "SIGSEGV at address 0x10", "SIGABRT, raised by itself", "SIGSEGV, sent by process 77" */
void kzgops__text_signal(struct kzgops__text *text, const kzgops_recorded_crash *crash, uint64_t own_pid);

#endif
