/* Keeps what memory looked like at its highest and under pressure: a heap profile (with --heap-profile on) and the
 * memory report with the requests of that moment, in the captures' folder. */
#ifndef SERVICE_MEMORY_CAPTURE_H
#define SERVICE_MEMORY_CAPTURE_H

#include <stdint.h>

#include "service/pressure.h"

enum memory_trigger { MEMORY_TRIGGER_HIGH, MEMORY_TRIGGER_PRESSURE, MEMORY_TRIGGERS };

struct service;
struct memory_capture;

/* service->captures may be NULL: then nothing is kept. NULL: no memory. */
struct memory_capture *memory_capture_new(struct service *service);
struct memory_capture *memory_capture_free(struct memory_capture *capture); /* NULL is fine; returns NULL */

/* The monitor's, after every look: keeps a capture when the value is a tenth above the highest that was kept, and
 * when the level has risen; each at most once a minute. */
void memory_capture_turn(struct memory_capture *capture, kzgops_memory_level level, uint64_t value);

#endif
