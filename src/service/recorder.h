/* The daemon's flight recorder, in --state-dir: what a process that is no more was doing. At the start it says how
 * the one before ended. */
#ifndef SERVICE_RECORDER_H
#define SERVICE_RECORDER_H

#include <stdbool.h>

#include "kzgops/ending.h"
#include "kzgops/recorder.h"

struct service;

/* Reads how the previous process ended, says so in the log, and opens service->recorder; without a state folder, or
 * one that cannot be written, the daemon goes on without a file. */
void recorder_open(struct service *service);

/* The monitor's turn: memory as it is. */
void recorder_turn(struct service *service);

/* In place of the phase's store: the phase changes, and the recorder has it. */
void recorder_phase(struct service *service, int phase);

/* Figures for a scrape. */
void recorder_metrics(struct service *service);

/* How the previous process ended; read once, at the start. Static. */
const kzgops_ending *recorder_ending(void);

#endif
