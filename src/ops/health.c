/* The checker. The scheduler marks what is late and keeps one runner going; a runner takes what is due, one at a
 * time. A runner whose check is late is replaced, and ends when that check returns. */
#include "ops/health.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/assert.h"
#include "ops/sources.h"

#define SECOND_NS    ((int64_t)1000000000)
#define INTERVAL     (10 * SECOND_NS)
#define LIMIT        SECOND_NS
#define DURATION_MAX (INT64_MAX / 8) /* sums of some cannot overflow */
#define SLEEP_MAX    SECOND_NS       /* the clock may be a parameter: it is looked at again after so much real time */
#define STALE_RUNS   3

struct check {
    char name[KZGOPS_HEALTH_NAME_MAX];
    kzgops_health_check given;
    void *owned;
    size_t owned_bytes;
    kzgops_health_result result;
    int64_t due_ns, begin_ns, set_ns, duration_ns;
    uint64_t begun, runs, failures, timeouts;
    uint64_t runner;         /* that runs it, or ran it last */
    bool running, timed_out; /* both: it hangs */
    bool known;              /* there is a result */
};

struct kzgops_health {
    kzgops_health_config config;
    kzgops_allocator allocator;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* broadcast whenever anything below did */
    struct check check[KZGOPS_HEALTH_CHECKS_MAX];
    size_t count;
    uint64_t runner; /* the one that may take checks; others end */
    size_t threads;  /* alive, the scheduler among them */
    bool no_runner;  /* the current one hangs, or could not be made */
    bool started, stopping;
};

/* ---- Making one ---------------------------------------------------------------------------------------------- */

static void init_condition(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

kzgops_health *kzgops_health_new(const kzgops_health_config *config, const char **ret_error) {
    kzgops_health_config full = {0};
    if (config != NULL) full = *config;
    kzgops_allocator allocator = kzgops__allocator(full.sources);
    kzgops_health *health = allocator.alloc(allocator.user, sizeof *health);
    if (health == NULL) {
        if (ret_error != NULL) *ret_error = "no memory for the health checker";
        return NULL;
    }
    memset(health, 0, sizeof *health);
    health->config = full;
    health->allocator = allocator;
    pthread_mutex_init(&health->lock, NULL);
    init_condition(&health->changed);
    return health;
}

kzgops_health *kzgops_health_free(kzgops_health *health) {
    if (health == NULL) return NULL;
    kzgops_health_stop(health, -1);
    kzgops_allocator allocator = health->allocator;
    for (size_t i = 0; i < health->count; i++) {
        struct check *check = &health->check[i];
        if (check->owned != NULL) allocator.release(allocator.user, check->owned, check->owned_bytes);
    }
    pthread_cond_destroy(&health->changed);
    pthread_mutex_destroy(&health->lock);
    allocator.release(allocator.user, health, sizeof *health);
    return NULL;
}

const kzgops_sources *kzgops__health_sources(const kzgops_health *health) {
    return health->config.sources;
}

static int64_t clock_of(const kzgops_health *health) {
    return kzgops__monotonic_ns(health->config.sources);
}

static const char *check_error(const kzgops_health_check *check) {
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    if (check->name == NULL || check->name[0] == '\0') return "a check needs a name";
    if (strlen(check->name) >= KZGOPS_HEALTH_NAME_MAX) return "the name of the check is too long";
    if (check->name[strspn(check->name, allowed)] != '\0') {
        return "the name of a check has letters, digits, '.', '-' and '_' only";
    }
    if ((unsigned)check->severity > KZGOPS_HEALTH_CRITICAL) return "no such severity";
    if (check->classes > (KZGOPS_HEALTH_LIVENESS | KZGOPS_HEALTH_READINESS | KZGOPS_HEALTH_STARTUP)) {
        return "no such class of checks";
    }
    if (check->run == NULL) return "a check needs a function";
    if (check->interval_ns < 0 || check->interval_ns > DURATION_MAX) return "no such interval";
    return check->limit_ns < 0 || check->limit_ns > DURATION_MAX ? "no such time limit" : NULL;
}

/* Under the lock. */
static const char *insert(kzgops_health *health, const kzgops_health_check *check, void *owned, size_t bytes) {
    if (health->count == KZGOPS_HEALTH_CHECKS_MAX) return "there are too many checks";
    for (size_t i = 0; i < health->count; i++) {
        if (strcmp(health->check[i].name, check->name) == 0) return "there is a check of that name";
    }
    struct check *new = &health->check[health->count++];
    new->given = *check;
    memcpy(new->name, check->name, strlen(check->name) + 1);
    new->given.name = new->name;
    if (new->given.interval_ns == 0) new->given.interval_ns = INTERVAL;
    if (new->given.limit_ns == 0) new->given.limit_ns = LIMIT;
    if (owned != NULL) new->given.user = owned;
    new->owned = owned;
    new->owned_bytes = bytes;
    new->due_ns = INT64_MIN;
    pthread_cond_broadcast(&health->changed);
    return NULL;
}

const char *kzgops_health_add(kzgops_health *health, const kzgops_health_check *check) {
    const char *error = check_error(check);
    if (error != NULL) return error;
    pthread_mutex_lock(&health->lock);
    error = insert(health, check, NULL, 0);
    pthread_mutex_unlock(&health->lock);
    return error;
}

const char *kzgops__health_add_owned(kzgops_health *health, const kzgops_health_check *check, const void *state,
                                     size_t bytes) {
    const char *error = check_error(check);
    if (error != NULL) return error;
    kzgops_allocator allocator = health->allocator;
    void *owned = allocator.alloc(allocator.user, bytes);
    if (owned == NULL) return "no memory for the check";
    memcpy(owned, state, bytes);
    pthread_mutex_lock(&health->lock);
    error = insert(health, check, owned, bytes);
    pthread_mutex_unlock(&health->lock);
    if (error != NULL) allocator.release(allocator.user, owned, bytes);
    return error;
}

/* ---- Running ------------------------------------------------------------------------------------------------- */

/* Puts a result in and says in *ret whether the state has changed. Under the lock. */
static bool set_result(kzgops_health *health, struct check *check, const kzgops_health_result *result, int64_t now,
                       kzgops_health_change *ret) {
    kzgops_health_state from = check->known ? check->result.state : KZGOPS_HEALTH_PENDING;
    check->result = *result;
    check->result.message[sizeof check->result.message - 1] = '\0';
    check->result.unit[sizeof check->result.unit - 1] = '\0';
    check->set_ns = now;
    check->known = true;
    if (result->state == KZGOPS_HEALTH_FAILED) check->failures++;
    if (from == result->state) return false;
    *ret = (kzgops_health_change){.name = check->name,
                                  .severity = check->given.severity,
                                  .from = from,
                                  .to = result->state,
                                  .timed_out = check->timed_out,
                                  .when_ns = kzgops__realtime_ns(health->config.sources)};
    memcpy(ret->message, check->result.message, sizeof ret->message);
    return true;
}

/* Calls back without the lock, which is taken again. */
static void tell(kzgops_health *health, const kzgops_health_change *change) {
    pthread_cond_broadcast(&health->changed);
    if (health->config.changed == NULL) return;
    pthread_mutex_unlock(&health->lock);
    health->config.changed(health->config.user, change);
    pthread_mutex_lock(&health->lock);
}

static struct check *next_due(kzgops_health *health, int64_t now) {
    struct check *next = NULL;
    for (size_t i = 0; i < health->count; i++) {
        struct check *check = &health->check[i];
        if (check->running || check->due_ns > now) continue;
        if (next == NULL || check->due_ns < next->due_ns) next = check;
    }
    return next;
}

static bool mark_late(kzgops_health *health, struct check *check, int64_t now, kzgops_health_change *ret) {
    kzgops_health_result result = {.state = KZGOPS_HEALTH_FAILED};
    snprintf(result.message, sizeof result.message, "timed out after %.3g s", (double)check->given.limit_ns / 1e9);
    check->timed_out = true;
    check->timeouts++;
    return set_result(health, check, &result, now, ret);
}

/* A run that took longer than it may has failed, whatever it says in the end. */
static void check_ended(kzgops_health *health, struct check *check, kzgops_health_result *result) {
    kzgops_health_change change;
    bool changed = false;
    int64_t now = clock_of(health);
    if ((unsigned)result->state > KZGOPS_HEALTH_FAILED) {
        *result = (kzgops_health_result){.state = KZGOPS_HEALTH_FAILED};
        snprintf(result->message, sizeof result->message, "the check gave a state that does not exist");
    }
    check->duration_ns = now - check->begin_ns;
    check->running = false;
    check->runs++;
    /* From its end: a check that is slow does not run all the time. */
    check->due_ns = now + check->given.interval_ns;
    if (check->timed_out) {
        check->set_ns = now;
    } else if (check->duration_ns >= check->given.limit_ns) {
        changed = mark_late(health, check, now, &change);
    } else {
        changed = set_result(health, check, result, now, &change);
    }
    pthread_cond_broadcast(&health->changed);
    if (changed) tell(health, &change);
}

static void run_check(kzgops_health *health, struct check *check, int64_t now) {
    kzgops_health_result result = {.state = KZGOPS_HEALTH_OK};
    check->running = true;
    check->timed_out = false;
    check->runner = health->runner;
    check->begin_ns = now;
    check->begun++;
    pthread_cond_broadcast(&health->changed); /* there is a time limit to watch */
    pthread_mutex_unlock(&health->lock);
    check->given.run(check->given.user, &result);
    pthread_mutex_lock(&health->lock);
    check_ended(health, check, &result);
}

static void thread_ends(kzgops_health *health) {
    health->threads--;
    pthread_cond_broadcast(&health->changed);
    pthread_mutex_unlock(&health->lock);
}

static void *runner_main(void *arg) {
    kzgops_health *health = arg;
    pthread_mutex_lock(&health->lock);
    uint64_t self = health->runner;
    while (!health->stopping && health->runner == self) {
        int64_t now = clock_of(health);
        struct check *check = next_due(health, now);
        if (check != NULL) {
            run_check(health, check, now);
        } else {
            pthread_cond_wait(&health->changed, &health->lock);
        }
    }
    thread_ends(health);
    return NULL;
}

/* A detached thread that takes no signals. Under the lock, which the new thread waits for. */
static int start_thread(kzgops_health *health, void *(*body)(void *)) {
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&thread, NULL, body, health);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0) return error;
    pthread_detach(thread);
    health->threads++;
    return 0;
}

/* It hangs with its check. Unless it was given up before: then another one is at work. */
static void abandon_runner(kzgops_health *health, const struct check *check) {
    if (check->runner != health->runner) return;
    health->runner++;
    health->no_runner = true;
}

/* Marks all that are late. Returns the time of the next event. */
static int64_t look_at_limits(kzgops_health *health) {
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < health->count; i++) {
        struct check *check = &health->check[i];
        kzgops_health_change change;
        int64_t now = clock_of(health);
        if (check->running && !check->timed_out && now - check->begin_ns >= check->given.limit_ns) {
            bool changed = mark_late(health, check, now, &change);
            abandon_runner(health, check);
            pthread_cond_broadcast(&health->changed);
            if (changed) tell(health, &change);
        }
        if (check->running && check->timed_out) continue;
        int64_t event = check->running ? check->begin_ns + check->given.limit_ns : check->due_ns;
        if (event < next) next = event;
    }
    return next;
}

static void replace_runner(kzgops_health *health) {
    health->no_runner = start_thread(health, runner_main) != 0;
    pthread_cond_broadcast(&health->changed);
}

/* Waits for a change, the time of the next event at the latest. Checks that are due now are the runner's affair. */
static void wait_until(kzgops_health *health, int64_t event) {
    int64_t now = clock_of(health), wait = SLEEP_MAX;
    struct timespec until;
    if (event > now && event - now < wait) wait = event - now;
    clock_gettime(CLOCK_MONOTONIC, &until);
    wait += until.tv_nsec;
    until.tv_sec += (time_t)(wait / SECOND_NS);
    until.tv_nsec = (long)(wait % SECOND_NS);
    if (pthread_cond_timedwait(&health->changed, &health->lock, &until) != ETIMEDOUT) return;
    pthread_cond_broadcast(&health->changed); /* something may be due: the runner waits without a time */
}

static void *scheduler_main(void *arg) {
    kzgops_health *health = arg;
    pthread_mutex_lock(&health->lock);
    while (!health->stopping) {
        int64_t next = look_at_limits(health);
        if (health->stopping) break;
        if (health->no_runner) replace_runner(health);
        wait_until(health, next);
    }
    thread_ends(health);
    return NULL;
}

const char *kzgops_health_start(kzgops_health *health) {
    const char *error = NULL;
    pthread_mutex_lock(&health->lock);
    if (health->started) {
        error = "the health checker was started already";
    } else if (start_thread(health, scheduler_main) != 0) {
        error = "no thread for the health checker";
    } else {
        health->started = true;
        health->no_runner = true; /* the scheduler makes it */
    }
    pthread_mutex_unlock(&health->lock);
    return error;
}

bool kzgops_health_stop(kzgops_health *health, int64_t wait_ns) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t wait = wait_ns < 0 || wait_ns > DURATION_MAX ? DURATION_MAX : wait_ns;
    until.tv_sec += (time_t)((wait + until.tv_nsec) / SECOND_NS);
    until.tv_nsec = (long)((wait + until.tv_nsec) % SECOND_NS);
    pthread_mutex_lock(&health->lock);
    health->stopping = true;
    pthread_cond_broadcast(&health->changed);
    int error = 0;
    while (health->threads > 0 && error != ETIMEDOUT) {
        error = pthread_cond_timedwait(&health->changed, &health->lock, &until);
    }
    bool ended = health->threads == 0;
    pthread_mutex_unlock(&health->lock);
    return ended;
}

void kzgops_health_wake(kzgops_health *health) {
    pthread_mutex_lock(&health->lock);
    pthread_cond_broadcast(&health->changed);
    pthread_mutex_unlock(&health->lock);
}

bool kzgops_health_run(kzgops_health *health) {
    uint64_t begun[KZGOPS_HEALTH_CHECKS_MAX];
    pthread_mutex_lock(&health->lock);
    size_t count = health->count;
    for (size_t i = 0; i < count; i++) {
        begun[i] = health->check[i].begun;
        if (!health->check[i].running) health->check[i].due_ns = INT64_MIN;
    }
    pthread_cond_broadcast(&health->changed);
    for (size_t i = 0; i < count && health->started && !health->stopping;) {
        struct check *check = &health->check[i];
        if (check->running ? check->timed_out : check->begun > begun[i]) {
            i++;
        } else {
            /* It was running already when we came: what it saw is older than this call. */
            if (!check->running && check->due_ns != INT64_MIN) {
                check->due_ns = INT64_MIN;
                pthread_cond_broadcast(&health->changed);
            }
            pthread_cond_wait(&health->changed, &health->lock);
        }
    }
    bool ran = health->started && !health->stopping;
    pthread_mutex_unlock(&health->lock);
    return ran;
}

/* ---- Reading ------------------------------------------------------------------------------------------------- */

static void read_check(const struct check *check, int64_t now, kzgops_health_status *ret) {
    *ret = (kzgops_health_status){.name = check->name,
                                  .severity = check->given.severity,
                                  .classes = check->given.classes,
                                  .result = check->result,
                                  .timed_out = check->timed_out,
                                  .duration_ns =
                                      check->running && check->timed_out ? now - check->begin_ns : check->duration_ns,
                                  .age_ns = check->known ? now - check->set_ns : -1,
                                  .runs = check->runs,
                                  .failures = check->failures,
                                  .timeouts = check->timeouts};
    if (!check->known) {
        ret->result.state = KZGOPS_HEALTH_PENDING;
        snprintf(ret->result.message, sizeof ret->result.message, "not run yet");
    } else if (!check->timed_out && ret->age_ns > STALE_RUNS * check->given.interval_ns + check->given.limit_ns) {
        ret->stale = true;
        ret->result.state = KZGOPS_HEALTH_FAILED;
        snprintf(ret->result.message, sizeof ret->result.message, "no news for %.3g s", (double)ret->age_ns / 1e9);
    }
}

void kzgops_health_report(kzgops_health *health, kzgops_health_snapshot *ret) {
    pthread_mutex_lock(&health->lock);
    int64_t now = clock_of(health);
    ret->count = health->count;
    for (size_t i = 0; i < health->count; i++) read_check(&health->check[i], now, &ret->check[i]);
    pthread_mutex_unlock(&health->lock);
}
