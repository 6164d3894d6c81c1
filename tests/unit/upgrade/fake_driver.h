/* A service that is no more than a file: a driver and a transport over it, for tests of the machine. The file is
 * mapped and shared, so what a process did before it was killed is there for the next one, as real instances are.
 *
 * fake_moment() marks a place where a process can be killed: the test says at which one. */
#ifndef TESTS_FAKE_DRIVER_H
#define TESTS_FAKE_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "upgrade/driver.h"
#include "upgrade/machine.h"

#define FAKE_SLOTS 3
#define FAKE_SETUP "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

enum fake_life { FAKE_NONE, FAKE_UP, FAKE_LOADING, FAKE_BROKEN };

struct fake_instance {
    enum fake_life life;
    bool serving;
    char id[UPGRADE_ID_MAX]; /* of the upgrade that made it */
    char version[UPGRADE_VERSION_MAX];
    bool unready, wrong, unreachable;
    bool wrong_for_client; /* for the request that the tap has */
    bool breaks_with_clients;
    double answer_s;     /* for each answer */
    double cpu_s, p99_s; /* of compute_cells */
    double errors;       /* share of 5xx */
    double leak;         /* bytes a second */
    int64_t born_ms;
    uint64_t restarts;
};

/* The next so many calls of a function of the driver fail. */
struct fake_fault {
    char function[16];
    size_t slot; /* FAKE_SLOTS: any */
    int times;
    bool times_out;
};

struct fake_world {
    struct {
        struct fake_instance old, new_one;
    } slot[FAKE_SLOTS];
    struct fake_instance next; /* what start() makes */
    struct fake_fault fault;
    bool refuses;        /* a check of preflight */
    bool ends_old;       /* old_ends_at_take_over */
    bool lost;           /* there was a moment at which nothing served in a slot */
    int moment, kill_at; /* 0: never */
    int starts, take_overs, backs, retires, cleans;
    double memory_bytes; /* that the machine has left */
};

/* In a new file of that folder, all of version 1.0.0; start() makes 1.1.0. */
struct fake_world *fake_open(const char *folder);
/* The one that is in that folder, or a new one. */
struct fake_world *fake_join(const char *folder);
void fake_close(struct fake_world *world);

void fake_moment(void);

/* What the last upgrade made is what serves: the old side of the next one, which makes that version. */
void fake_promote(struct fake_world *world, const char *next_version);

/* Every slot is served by an instance of the one side that runs, and has none of the other. */
bool fake_all_new(const struct fake_world *world);
bool fake_all_old(const struct fake_world *world);

extern const struct upgrade_driver fake_driver;
extern const struct transport fake_transport;
extern const struct machine_clock fake_clock; /* sleeping is passing */
extern const struct upgrade_answers fake_answers;
void fake_room(const char *folder, struct machine_room *ret);

#endif
