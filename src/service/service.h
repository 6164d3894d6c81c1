/* What the rooms of the daemon share. Made by main.c before any request comes. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "kzg/kzg.h"
#include "kzgops/errors.h"
#include "kzgops/profile.h"
#include "kzgops/recorder.h"
#include "service/config.h"
#include "service/memory.h"
#include "service/metrics.h"
#include "service/observe.h"
#include "service/pool.h"
#include "service/queue.h"
#include "service/server.h"
#include "service/startup.h"
#include "service/tables.h"
#include "service/traffic.h"
#include "wire/table_cache.h"
#include "wire/wire.h"

enum service_phase {
    PHASE_STARTING, /* the setup is being loaded and the self-test run */
    PHASE_READY,
    PHASE_DRAINING,
    PHASE_FAILED /* the self-test did not pass */
};

enum service_listener { LISTENER_API, LISTENER_ADMIN, LISTENERS };

struct captures;
struct control;
struct cost;
struct cpu_capture;
struct health;
struct integrity;
struct leak;
struct metrics_room;
struct monitor;
struct pressure;
struct slow;
struct tap;
struct verify_results;
struct watchdog;
struct workers;

struct service {
    struct config config;
    struct wire_limits limits;
    kzgops_sources sources;          /* where figures and memory come from, for all parts of libkzgops */
    kzgops_sources profiler_sources; /* for profilers: they read what this process has mapped in the real /proc */
    kzgops_metrics *metrics;
    struct metrics_room *metrics_room;
    kzgops_profile *profile;
    kzgops_errors *errors;
    kzgops_recorder *recorder;
    struct cost *cost;
    struct watchdog *watchdog;
    struct integrity *integrity;
    struct verify_results *verify;
    struct health *health;
    struct slow *slow;
    struct monitor *monitor;
    struct cpu_capture *cpu_capture;
    struct pressure *pressure;
    struct leak *leak;
    struct captures *captures; /* NULL: nothing is kept */
    struct traffic traffic;
    struct tap *tap;
    struct pool *pool;
    struct queue *queue;
    struct workers *workers;
    struct server *api;
    struct server *admin;
    struct request *requests; /* one for each API connection */
    struct listener listeners[LISTENERS];
    struct listener doors[LISTENERS]; /* of this very process, beside what it shares with another; fd -1: none */
    struct control *control;          /* NULL: none */
    size_t worker_count;
    size_t scratch_bytes; /* all workers' arenas */

    atomic_int phase; /* enum service_phase; the fields below are set before it leaves STARTING */
    kzg_ctx *ctx;
    kzg_info info;
    char setup_sha256[65];
    char precompute[12];
    struct table_cache table_cache;
    enum tables_state tables;
    struct startup startup;
    _Atomic int64_t out_since_ns; /* taken out of rotation by hand (realtime); 0: it is not */
};

/* Profile and error tracker over the operations' and phases' names. NULL: no memory. */
kzgops_profile *service_profile_new(struct service *service);
kzgops_errors *service_errors_new(struct service *service);

/* Of this program; KZGD_VERSION in a build that tests upgrades, else the library's. */
const char *service_version(void);
const char *service_version_line(void);
const char *service_commit(void);
/* Instruction sets of this machine that an arithmetic could use, e.g. "x86-64+adx". */
const char *service_isa(void);

/* Listens at --shared-listen, too, if there is one. False: it cannot, said on standard error. */
bool service_join(struct service *service);

/* Monotonic; since the epoch; the calling thread's CPU time. */
int64_t service_now_ns(void);
int64_t service_realtime_ns(void);
int64_t service_thread_cpu_ns(void);

/* The same for figures that are only looked at: 0 where nobody looks. */
static inline int64_t service_observed_ns(void) {
    return OBSERVED ? service_now_ns() : 0;
}
static inline int64_t service_observed_cpu_ns(void) {
    return OBSERVED ? service_thread_cpu_ns() : 0;
}

static inline enum service_phase service_phase(const struct service *service) {
    return (enum service_phase)atomic_load(&service->phase);
}

#endif
