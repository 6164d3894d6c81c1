#include "service/health.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/disk.h"
#include "service/events.h"
#include "service/health_checks.h"
#include "service/service.h"

#define SECOND_NS ((int64_t)1000000000)
#define STOP_WAIT (2 * SECOND_NS)
#define PEERS_MAX 16
#define NAME_MAX_ KZGOPS_HEALTH_NAME_MAX

/* For checks_list.h. */
#define LIVE    KZGOPS_HEALTH_LIVENESS
#define READY   KZGOPS_HEALTH_READINESS
#define START   KZGOPS_HEALTH_STARTUP
#define INSTANT true
#define LATER   false

struct health {
    struct service *service;
    kzgops_health *checker;
    char *peers; /* the option's text, cut up */
    char log_folder[DISK_PATH_MAX];
    bool hangs;
};

static const struct own_check {
    kzgops_health_check check;
    bool instant;
} own_checks[] = {
#define X(name_, SEVERITY, CLASSES, WHEN, interval_s, limit_s, what) \
    {{.name = #name_,                                                \
      .severity = KZGOPS_HEALTH_##SEVERITY,                          \
      .classes = CLASSES,                                            \
      .run = check_##name_,                                          \
      .interval_ns = (interval_s)*SECOND_NS,                         \
      .limit_ns = (limit_s)*SECOND_NS},                              \
     WHEN},
    CHECKS_LIST(X)
#undef X
};
#define OWN_CHECKS (sizeof own_checks / sizeof own_checks[0])

enum ready_check {
#define X(name, ...) READY_CHECK_##name,
    READY_CHECKS_LIST(X)
#undef X
};

static const kzgops_health_check ready_checks[] = {
#define X(name_, SEVERITY, CLASSES, interval_s, limit_s, what) \
    {.name = #name_,                                           \
     .severity = KZGOPS_HEALTH_##SEVERITY,                     \
     .classes = CLASSES,                                       \
     .interval_ns = (interval_s)*SECOND_NS,                    \
     .limit_ns = (limit_s)*SECOND_NS},
    READY_CHECKS_LIST(X)
#undef X
};

/* ---- What is told ---------------------------------------------------------------------------------------------- */

/* Starting, draining and standing aside are not faults. */
static bool is_planned(const struct service *service, const char *check) {
    if (strcmp(check, "accepting") == 0 || strcmp(check, "startup") == 0) return true;
    return strcmp(check, "self_test") == 0 && service_phase(service) == PHASE_STARTING;
}

static kzgops_log_level level_of(const struct service *service, const kzgops_health_change *change) {
    bool planned = is_planned(service, change->name);
    if (change->from == KZGOPS_HEALTH_PENDING && (change->to == KZGOPS_HEALTH_OK || planned)) return KZGOPS_LOG_DEBUG;
    if (change->to == KZGOPS_HEALTH_OK || planned) return KZGOPS_LOG_INFO;
    bool grave = change->to == KZGOPS_HEALTH_FAILED && change->severity == KZGOPS_HEALTH_CRITICAL;
    return grave ? KZGOPS_LOG_ERROR : KZGOPS_LOG_WARN;
}

static void on_change(void *user, const kzgops_health_change *change) {
    const struct health *health = user;
    SERVICE_LOG_AT(level_of(health->service, change), EVENT_HEALTH_CHANGED, KZGOPS_STR("check", change->name),
                   KZGOPS_STR("severity", kzgops_health_severity_name(change->severity)),
                   KZGOPS_STR("from", kzgops_health_state_name(change->from)),
                   KZGOPS_STR("to", kzgops_health_state_name(change->to)), KZGOPS_STR("message", change->message));
}

/* ---- Registering ----------------------------------------------------------------------------------------------- */

static bool complain(const char *name, const char *why) {
    if (why != NULL) fprintf(stderr, "kzgd: health check %s: %s\n", name, why);
    return why == NULL;
}

static bool add_own(struct health *health, bool instant) {
    for (size_t i = 0; i < OWN_CHECKS; i++) {
        kzgops_health_check check = own_checks[i].check;
        check.user = health->service;
        if (own_checks[i].instant != instant) continue;
        if (!complain(check.name, kzgops_health_add(health->checker, &check))) return false;
    }
    return true;
}

static bool add_machine(struct health *health) {
    kzgops_health *checker = health->checker;
    return complain("descriptors",
                    kzgops_health_add_descriptors(checker, &ready_checks[READY_CHECK_descriptors], 0, 0)) &&
           complain("clock", kzgops_health_add_clock(checker, &ready_checks[READY_CHECK_clock], 0, 0));
}

bool health_watch_folder(struct health *health, const char *name, const char *path) {
    char full[NAME_MAX_];
    kzgops_health_check check = ready_checks[READY_CHECK_folder_space];
    snprintf(full, sizeof full, "%.40s_space", name);
    check.name = full;
    if (!complain(full, kzgops_health_add_disk_space(health->checker, &check, path, 0, 0))) return false;
    check = ready_checks[READY_CHECK_folder_inodes];
    snprintf(full, sizeof full, "%.40s_inodes", name);
    check.name = full;
    return complain(full, kzgops_health_add_disk_inodes(health->checker, &check, path, 0, 0));
}

/* peer_1, peer_2, ... in the option's order; the message names the address. */
static bool add_peers(struct health *health) {
    char *rest = NULL;
    int number = 0;
    health->peers = strdup(health->service->config.health_peers);
    if (health->peers == NULL) return complain("peer", "there is no memory");
    for (char *peer = strtok_r(health->peers, ",", &rest); peer != NULL; peer = strtok_r(NULL, ",", &rest)) {
        char name[NAME_MAX_];
        kzgops_health_check check = ready_checks[READY_CHECK_peer];
        snprintf(name, sizeof name, "peer_%d", ++number);
        check.name = name;
        if (number > PEERS_MAX) return complain("peer", "--health-peers has more than 16");
        if (!complain(peer, kzgops_health_add_connect(health->checker, &check, peer, 0))) return false;
    }
    return true;
}

static bool add_folders(struct health *health) {
    const struct config *config = &health->service->config;
    disk_folder_of(config->log_file, health->log_folder);
    if (health->log_folder[0] != '\0' && !health_watch_folder(health, "log", health->log_folder)) return false;
    return config->state_dir[0] == '\0' || health_watch_folder(health, "state", config->state_dir);
}

/* Those that a thread of the checker's runs. */
static bool add_background(struct health *health) {
    return add_own(health, false) && add_machine(health) && add_folders(health) && add_peers(health);
}

struct health *health_new(struct service *service) {
    const char *why = "there is no memory";
    struct health *health = memory_take(MEMORY_TAG_OTHER, sizeof *health);
    const kzgops_health_config config = {.changed = on_change, .user = health, .sources = &service->sources};
    if (health != NULL) {
        health->service = service;
        health->checker = kzgops_health_new(&config, &why);
    }
    if (health == NULL || health->checker == NULL) {
        fprintf(stderr, "kzgd: no health checks: %s\n", why);
    } else if (add_own(health, true) && (!OBSERVED || add_background(health))) {
        return health;
    }
    return health_free(health);
}

bool health_start(struct health *health) {
    return !OBSERVED || complain("all", kzgops_health_start(health->checker));
}

void health_stop(struct health *health) {
    if (health != NULL) health->hangs = !kzgops_health_stop(health->checker, STOP_WAIT);
}

struct health *health_free(struct health *health) {
    if (health == NULL || health->hangs) return NULL;
    kzgops_health_free(health->checker);
    free(health->peers);
    memory_give(health);
    return NULL;
}

/* ---- Reading -----------------------------------------------------------------------------------------------------
 */

/* Puts in what the daemon knows now. */
static void refresh(struct health *health, kzgops_health_status *status) {
    for (size_t i = 0; i < OWN_CHECKS; i++) {
        if (!own_checks[i].instant || strcmp(own_checks[i].check.name, status->name) != 0) continue;
        status->result = (kzgops_health_result){.state = KZGOPS_HEALTH_OK};
        own_checks[i].check.run(health->service, &status->result);
        status->age_ns = 0;
        status->stale = false;
        status->timed_out = false;
    }
}

void health_report(struct health *health, kzgops_health_snapshot *ret) {
    kzgops_health_report(health->checker, ret);
    for (size_t i = 0; i < ret->count; i++) refresh(health, &ret->check[i]);
}

static bool passes(struct health *health, unsigned classes) {
    const kzgops_health_view view = {.classes = classes};
    kzgops_health_snapshot snapshot;
    kzgops_health_verdict verdict;
    health_report(health, &snapshot);
    kzgops_health_judge(&snapshot, &view, &verdict);
    return verdict.state != KZGOPS_HEALTH_FAILED;
}

bool health_is_ready(struct health *health) {
    return passes(health, KZGOPS_HEALTH_READINESS);
}

bool health_is_alive(struct health *health) {
    return passes(health, KZGOPS_HEALTH_LIVENESS);
}

/* ---- Rotation -----------------------------------------------------------------------------------------------------
 */

bool health_drain(struct service *service) {
    int64_t in = 0;
    if (!atomic_compare_exchange_strong(&service->out_since_ns, &in, service_realtime_ns())) {
        return false;
    }
    SERVICE_LOG(EVENT_OUT_OF_ROTATION, KZGOPS_STR("reason", "by hand"));
    return true;
}

bool health_undrain(struct service *service) {
    if (atomic_exchange(&service->out_since_ns, 0) == 0) return false;
    SERVICE_LOG(EVENT_IN_ROTATION, KZGOPS_STR("reason", "by hand"));
    return true;
}
