/* Runs an upgrade: states_list.h's states in order, over any driver. Every state is in the journal, synced, before it
 * is acted on, so that whoever comes after a kill knows what may have been begun: machine_resume begins with the same
 * state again, machine_abort with going back. A driver's functions can be repeated (driver.h), so both end well from
 * anywhere.
 *
 * The machine prints nothing and takes no lock: the caller has a reporter and, from before it reads or makes the
 * journal, the lock (lock.h). Time, network and the machine's own room are handed in, so that tests need none. */
#ifndef UPGRADE_MACHINE_H
#define UPGRADE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "upgrade/answers.h"
#include "upgrade/driver.h"
#include "upgrade/journal.h"
#include "upgrade/transport.h"

struct machine_clock {
    void *user;
    int64_t (*now_ms)(void *user); /* never goes back */
    void (*sleep_ms)(void *user, int64_t ms);
};

/* The real one; its sleep ends early on a signal. */
extern const struct machine_clock machine_clock;

/* What this machine has left. NAN: not known. */
struct machine_room {
    double memory_bytes; /* that can be had without swapping, of machine or control group, whichever is less */
    double disk_bytes;   /* where the journal is */
    double cpus;         /* that we may use */
    double load;         /* runnable tasks, average of the last minute */
};

/* Reads it for a folder, or what is above it when it is not there yet. */
void machine_read_room(const char *folder, struct machine_room *ret);

/* What is shown before anything is touched. Borrowed for the call. */
struct machine_plan {
    const struct journal *journal; /* versions, slots, settings */
    const char *target;
    const char *const *instances; /* names of the old ones, slots of them */
};

/* Where the machine's words go. Every function must be there. */
struct machine_reporter {
    void *user;
    /* Right after each write of the journal. */
    void (*saved)(void *user, const struct journal *journal);
    /* A step: what is done, to which instance. Steps do not nest; each one that begins ends, unless we are killed. */
    void (*step_begins)(void *user, const char *what);
    /* failure NULL: it went well. */
    void (*step_ends)(void *user, const char *what, double seconds, const struct upgrade_failure *failure);
    void (*say)(void *user, const char *text);
    void (*check)(void *user, const char *name, enum upgrade_verdict verdict, const char *text);
    /* Again and again while something is waited for: for a progress line. */
    void (*waits)(void *user, const char *what, double passed_s, double most_s);
    /* After preflight, with nothing refused: go on? */
    bool (*confirm)(void *user, const struct machine_plan *plan);
    /* Is it to stop where it is, journal and all? Asked between and within waits. */
    bool (*interrupted)(void *user);
};

/* All borrowed. */
struct machine {
    const struct upgrade_driver *driver;
    const struct transport *transport;
    const struct upgrade_answers *answers;
    const struct machine_clock *clock;
    const struct machine_reporter *reporter;
    const char *folder;                                         /* of states: journals are below */
    const char *disk_folder;                                    /* whose disk is looked at; NULL: folder */
    void (*room)(const char *folder, struct machine_room *ret); /* machine_read_room */
};

enum machine_end {
    MACHINE_DONE,        /* the new version serves */
    MACHINE_ROLLED_BACK, /* the old version serves, proven; journal->failure says why */
    MACHINE_REFUSED,     /* nothing was changed; journal->failure says why; code "declined": confirm said no */
    MACHINE_UNFINISHED,  /* the new version serves, an old instance has not ended: resume */
    MACHINE_STUCK,       /* going back failed: journal->why_stuck, machine_by_hand */
    MACHINE_INTERRUPTED, /* stopped on request, or target or journal could not be reached: as a kill leaves it. why
                            says more: resume or abort */
    MACHINE_TOO_LATE,    /* abort of an upgrade that ends its old instances already: resume, then roll back */
};

/* Runs on from the journal's state to an end: also a new one, whose state is PLAN. The ends UNFINISHED and STUCK are
 * tried again, once. why (JOURNAL_WHY_MAX bytes): of MACHINE_INTERRUPTED. */
UPGRADE_MUST_USE enum machine_end machine_run(const struct machine *machine, struct journal *journal, char *why);

/* Goes back from wherever the journal is. */
UPGRADE_MUST_USE enum machine_end machine_abort(const struct machine *machine, struct journal *journal, char *why);

/* What a person types to get to the old version, a command a line; "" when the driver knows nothing. */
void machine_by_hand(const struct machine *machine, struct journal *journal, char *out, size_t size);

#endif
