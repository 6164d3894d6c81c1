#include "service/integrity.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "kzgops/sampler.h"
#include "service/cost.h"
#include "service/events.h"
#include "service/gate.h"
#include "service/service.h"
#include "service/workers.h"

#define PORTABLE        "portable"
#define ROUNDS_NICE     10   /* a tenth of a CPU that the workers fill: a round comes to its end there too */
#define LOOK_MS         10   /* between looks for an idle worker */
#define PATIENCE_MAX_MS 2000 /* for one, before a piece is run without */
#define PIECES_A_TIME   4    /* of memory, after one wait */

enum alarm { ALARM_NONE, ALARM_ANSWER, ALARM_MEMORY, ALARM_RESULT };

/* A thread with scratch memory of its own, so that nothing is allocated while the daemon serves. */
struct looker {
    pthread_t thread;
    bool started;
    void *memory;
    struct arena arena;
};

struct integrity {
    struct service *service;
    struct gate *gate;
    struct looker rounds, verdicts;
    size_t arena_bytes;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under lock: */
    enum alarm alarm;
    bool stop;
    struct integrity_view view;
};

/* ---- State -------------------------------------------------------------------------------------------------------
 */

static void set_state(struct integrity *integrity, enum integrity_state state) {
    pthread_mutex_lock(&integrity->lock);
    integrity->view.state = state;
    pthread_mutex_unlock(&integrity->lock);
}

void integrity_read(struct integrity *integrity, struct integrity_view *ret) {
    pthread_mutex_lock(&integrity->lock);
    *ret = integrity->view;
    pthread_mutex_unlock(&integrity->lock);
}

const char *integrity_backend(struct integrity *integrity) {
    pthread_mutex_lock(&integrity->lock);
    const char *backend = integrity->view.backend;
    pthread_mutex_unlock(&integrity->lock);
    return backend;
}

struct gate *integrity_gate(struct integrity *integrity) {
    return integrity->gate;
}

/* Not ready from here on. An alarm that is being looked at already is one with this. */
static void raise_alarm(struct integrity *integrity, enum alarm alarm, const char *wrong) {
    gate_close(integrity->gate);
    pthread_mutex_lock(&integrity->lock);
    bool settled =
        integrity->view.state == INTEGRITY_MEMORY_DAMAGED || integrity->view.state == INTEGRITY_NO_ARITHMETIC;
    if (!settled && integrity->alarm == ALARM_NONE) {
        integrity->alarm = alarm;
        integrity->view.state = INTEGRITY_UNPROVEN;
        snprintf(integrity->view.wrong, sizeof integrity->view.wrong, "%s", wrong);
        pthread_cond_broadcast(&integrity->changed);
    }
    pthread_mutex_unlock(&integrity->lock);
}

void integrity_result_wrong(struct integrity *integrity, const char *operation, const char *request_id) {
    SERVICE_LOG(EVENT_RESULT_WRONG, KZGOPS_STR("operation", operation), KZGOPS_STR("request_id", request_id),
                KZGOPS_STR("backend", integrity_backend(integrity)));
    pthread_mutex_lock(&integrity->lock);
    integrity->view.results_wrong++;
    integrity->view.result_wrong_ns = service_now_ns();
    pthread_mutex_unlock(&integrity->lock);
    raise_alarm(integrity, ALARM_RESULT, operation);
}

/* ---- Looking -----------------------------------------------------------------------------------------------------
 */

/* What is called before each piece and behind it, there with what was seen (ALARM_NONE: nothing wrong). False from
 * the first ends the look; false from the second says that what was seen counts for nothing. */
struct pace {
    bool (*before)(struct integrity *integrity, uint64_t *ret_pass);
    bool (*after)(struct integrity *integrity, uint64_t pass, enum alarm alarm, const char *wrong);
};

enum look { LOOK_RIGHT, LOOK_WRONG, LOOK_BROKEN_OFF };

static bool no_wait(struct integrity *integrity, uint64_t *ret_pass) {
    (void)integrity;
    *ret_pass = 0;
    return true;
}

static bool counts(struct integrity *integrity, uint64_t pass, enum alarm alarm, const char *wrong) {
    (void)integrity;
    (void)pass;
    (void)alarm;
    (void)wrong;
    return true;
}

static const struct pace at_once = {no_wait, counts};

static void note_run(struct integrity *integrity, unsigned passed, unsigned total, bool right) {
    pthread_mutex_lock(&integrity->lock);
    struct integrity_view *view = &integrity->view;
    view->passed = passed;
    view->total = total;
    view->runs_passed += right;
    view->runs_failed += !right;
    if (right) {
        view->proven_ns = service_now_ns();
        view->proven_at_ns = service_realtime_ns();
    }
    pthread_mutex_unlock(&integrity->lock);
    service_metrics_self_test(integrity->service, right);
}

/* At the start the steps are progress too; later that is nobody's business. */
static void note_step(struct integrity *integrity) {
    struct startup *startup = &integrity->service->startup;
    if (atomic_load(&startup->step) == STARTUP_SELF_TEST) atomic_fetch_add(&startup->done, 1);
}

/* What there is to do for one thread. */
static enum look run_steps(struct integrity *integrity, const struct pace *pace, kzg_self_test_run *run) {
    unsigned passed, total;
    for (bool more = true; more;) {
        const char *wrong;
        uint64_t pass;
        if (!pace->before(integrity, &pass)) return LOOK_BROKEN_OFF;
        more = kzg_self_test_step(run);
        kzg_self_test_result(run, &passed, &total, &wrong);
        bool valid = pace->after(integrity, pass, wrong != NULL ? ALARM_ANSWER : ALARM_NONE, wrong);
        if (wrong != NULL) return LOOK_WRONG;
        if (!valid) return LOOK_BROKEN_OFF;
        note_step(integrity);
    }
    return LOOK_RIGHT;
}

struct helper {
    struct integrity *integrity;
    kzg_self_test_run *run;
    enum look look;
};

static void *help(void *user) {
    struct helper *helper = user;
    helper->look = run_steps(helper->integrity, &at_once, helper->run);
    return NULL;
}

/* While the daemon starts, beside the calling thread a second one takes steps, where there are two workers or more:
 * as these, each takes its time beside another one's work. It has heap memory for its scratch, as the first. */
static enum look run_steps_at_start(struct integrity *integrity, kzg_self_test_run *run) {
    struct helper helper = {integrity, run, LOOK_RIGHT};
    pthread_t thread;
    bool helped = integrity->service->worker_count > 1 && pthread_create(&thread, NULL, help, &helper) == 0;
    if (helped) pthread_setname_np(thread, "kzgd-helper");
    enum look look = run_steps(integrity, &at_once, run);
    if (helped) pthread_join(thread, NULL);
    return look == LOOK_RIGHT ? helper.look : look;
}

/* *ret_wrong (static) names the wrong answer; times (may be NULL) are what operations took. */
static enum look look_at_answers(struct integrity *integrity, const struct pace *pace, struct cost_times *times,
                                 const char **ret_wrong) {
    kzg_self_test_run *run = NULL;
    unsigned passed = 0, total = 0;
    kzg_status status = kzg_self_test_begin(&run, integrity->service->ctx);
    *ret_wrong = kzg_code_text((kzg_code)status.code);
    if (status.code != KZG_OK) return LOOK_BROKEN_OFF;
    if (times != NULL) {
        kzg_self_test_observer observer = cost_times_observer(times);
        kzg_self_test_observe(run, &observer);
    }
    bool first = service_phase(integrity->service) == PHASE_STARTING;
    enum look look = first ? run_steps_at_start(integrity, run) : run_steps(integrity, pace, run);
    kzg_self_test_result(run, &passed, &total, ret_wrong);
    kzg_self_test_end(run);
    if (look == LOOK_BROKEN_OFF) return look;
    note_run(integrity, passed, total, look == LOOK_RIGHT);
    bool right = look == LOOK_RIGHT;
    if (right) {
        SERVICE_LOG_AT(first ? KZGOPS_LOG_INFO : KZGOPS_LOG_DEBUG, EVENT_SELF_TEST_PASSED,
                       KZGOPS_STR("backend", integrity_backend(integrity)), KZGOPS_U64("passed", passed),
                       KZGOPS_U64("total", total));
    } else {
        SERVICE_LOG(EVENT_SELF_TEST_FAILED, KZGOPS_STR("backend", integrity_backend(integrity)),
                    KZGOPS_U64("passed", passed), KZGOPS_U64("total", total), KZGOPS_STR("failed", *ret_wrong));
    }
    return look;
}

static enum look look_at_memory(struct integrity *integrity, const struct pace *pace, const char **ret_wrong) {
    const kzg_ctx *ctx = integrity->service->ctx;
    size_t pieces = kzg_check_pieces(ctx);
    for (size_t i = 0; i < pieces;) {
        uint64_t pass;
        bool intact = true;
        if (!pace->before(integrity, &pass)) return LOOK_BROKEN_OFF;
        for (size_t end = i + PIECES_A_TIME; intact && i < end && i < pieces; i++) {
            intact = kzg_check_piece(ctx, &intact, ret_wrong, i).code == KZG_OK && intact;
        }
        bool valid = pace->after(integrity, pass, intact ? ALARM_NONE : ALARM_MEMORY, *ret_wrong);
        if (!intact) return LOOK_WRONG;
        if (!valid) return LOOK_BROKEN_OFF;
    }
    return LOOK_RIGHT;
}

/* ---- Rounds ------------------------------------------------------------------------------------------------------
 */

/* Waits up to that long for the daemon's end (false) or an alarm. */
static bool sleep_ms(struct integrity *integrity, int64_t ms) {
    struct timespec until;
    int result = 0;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&integrity->lock);
    while (!integrity->stop && result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&integrity->changed, &integrity->lock, &until);
    }
    bool go_on = !integrity->stop;
    pthread_mutex_unlock(&integrity->lock);
    return go_on;
}

static bool has_idle_worker(const struct service *service) {
    return queue_depth(service->queue) == 0 && workers_busy(service->workers) < service->worker_count;
}

/* So that under full load a round takes half of its interval at most by waiting. */
static int64_t patience_ms(const struct integrity *integrity) {
    size_t pieces = kzg_check_pieces(integrity->service->ctx) / PIECES_A_TIME + kzg_self_test_steps() + 2;
    int64_t share = integrity->service->config.self_test_interval_ms / 2 / (int64_t)pieces;
    return share < PATIENCE_MAX_MS ? share : PATIENCE_MAX_MS;
}

static bool wait_for_worker(struct integrity *integrity, uint64_t *ret_pass) {
    int64_t until_ns = service_now_ns() + patience_ms(integrity) * 1000000;
    while (!has_idle_worker(integrity->service) && service_now_ns() < until_ns) {
        if (!sleep_ms(integrity, LOOK_MS)) return false;
    }
    return sleep_ms(integrity, 0) && gate_enter(integrity->gate, ret_pass);
}

/* The alarm is raised inside the gate: so it is one with any other that is raised there, and never late, when the
 * variant that it is about has gone already. */
static bool leave(struct integrity *integrity, uint64_t pass, enum alarm alarm, const char *wrong) {
    if (alarm != ALARM_NONE) raise_alarm(integrity, alarm, wrong);
    return gate_leave(integrity->gate, pass);
}

static void go_round(struct integrity *integrity) {
    static const struct pace politely = {wait_for_worker, leave};
    const char *wrong;
    if (look_at_answers(integrity, &politely, NULL, &wrong) == LOOK_RIGHT)
        (void)look_at_memory(integrity, &politely, &wrong);
}

static void *rounds(void *user) {
    struct integrity *integrity = user;
    int64_t interval_ms = integrity->service->config.self_test_interval_ms;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), ROUNDS_NICE); /* of this thread alone, on Linux */
    memory_use_arena(&integrity->rounds.arena);
    (void)kzgops_sampler_attach("self-test");
    while (sleep_ms(integrity, interval_ms)) go_round(integrity);
    memory_use_arena(NULL);
    return NULL;
}

/* ---- Verdicts ----------------------------------------------------------------------------------------------------
 */

static void lose(struct integrity *integrity, enum integrity_state state, const char *why, const char *wrong) {
    set_state(integrity, state);
    gate_shut(integrity->gate);
    SERVICE_LOG(EVENT_INTEGRITY_LOST, KZGOPS_STR("reason", why), KZGOPS_STR("wrong", wrong),
                KZGOPS_STR("backend", integrity_backend(integrity)),
                KZGOPS_STR("advice",
                           "nothing is computed here any more: restart this instance, and replace the machine "
                           "if it happens again"));
}

static void reopen(struct integrity *integrity) {
    set_state(integrity, INTEGRITY_TRUSTED);
    gate_open(integrity->gate);
    SERVICE_LOG(EVENT_INTEGRITY_RESTORED, KZGOPS_STR("backend", integrity_backend(integrity)));
}

bool integrity_fall_back(struct integrity *integrity) {
    const char *wrong = integrity_backend(integrity);
    if (strcmp(wrong, PORTABLE) == 0 || kzg_select_backend(PORTABLE).code != KZG_OK) return false;
    pthread_mutex_lock(&integrity->lock);
    integrity->view.quarantined = wrong;
    integrity->view.backend = PORTABLE;
    pthread_mutex_unlock(&integrity->lock);
    SERVICE_LOG(EVENT_BACKEND_QUARANTINED, KZGOPS_STR("backend", wrong), KZGOPS_STR("fallback", PORTABLE));
    return true;
}

/* At once, with what operations take beside nothing else. */
static bool look_and_calibrate(struct integrity *integrity, const char **ret_wrong) {
    struct cost_times times = {0};
    if (look_at_answers(integrity, &at_once, &times, ret_wrong) != LOOK_RIGHT) return false;
    KZG_ASSERT(cost_calibrate(integrity->service->cost, &times)); /* a self-test runs every operation */
    return true;
}

/* The gate is closed and nobody inside. The tables are intact, so they serve the other variant as well. */
static void quarantine(struct integrity *integrity, const char *wrong) {
    const char *still_wrong = wrong;
    bool fell_back = integrity_fall_back(integrity);
    if (fell_back && look_and_calibrate(integrity, &still_wrong)) {
        reopen(integrity);
        return;
    }
    lose(integrity, INTEGRITY_NO_ARITHMETIC,
         fell_back ? "the portable arithmetic computes wrongly too" : "the portable arithmetic computes wrongly",
         still_wrong);
}

static void judge(struct integrity *integrity, enum alarm alarm) {
    struct integrity_view view;
    const char *wrong;
    gate_close(integrity->gate);
    gate_wait_empty(integrity->gate);
    pthread_mutex_lock(&integrity->lock);
    integrity->alarm = ALARM_NONE; /* all that were raised up to now are judged together */
    view = integrity->view;
    pthread_mutex_unlock(&integrity->lock);
    if (look_at_memory(integrity, &at_once, &wrong) == LOOK_WRONG || alarm == ALARM_MEMORY) {
        lose(integrity, INTEGRITY_MEMORY_DAMAGED, "memory of the setup or the tables has changed",
             alarm == ALARM_MEMORY ? view.wrong : wrong);
    } else if (alarm == ALARM_ANSWER || view.results_wrong > 1) {
        quarantine(integrity, view.wrong);
    } else if (look_at_answers(integrity, &at_once, NULL, &wrong) == LOOK_RIGHT) {
        reopen(integrity);
    } else {
        quarantine(integrity, wrong);
    }
}

static enum alarm wait_for_alarm(struct integrity *integrity) {
    pthread_mutex_lock(&integrity->lock);
    while (!integrity->stop && integrity->alarm == ALARM_NONE) {
        pthread_cond_wait(&integrity->changed, &integrity->lock);
    }
    enum alarm alarm = integrity->stop ? ALARM_NONE : integrity->alarm;
    pthread_mutex_unlock(&integrity->lock);
    return alarm;
}

static void *verdicts(void *user) {
    struct integrity *integrity = user;
    enum alarm alarm;
    memory_use_arena(&integrity->verdicts.arena);
    while ((alarm = wait_for_alarm(integrity)) != ALARM_NONE) judge(integrity, alarm);
    memory_use_arena(NULL);
    return NULL;
}

/* ---- Life --------------------------------------------------------------------------------------------------------
 */

struct integrity *integrity_new(struct service *service) {
    pthread_condattr_t attributes;
    struct integrity *integrity = memory_take(MEMORY_TAG_OTHER, sizeof *integrity);
    if (integrity == NULL) return NULL;
    integrity->service = service;
    integrity->view.backend = kzg_backend_name();
    pthread_mutex_init(&integrity->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&integrity->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    integrity->gate = gate_new();
    return integrity->gate != NULL ? integrity : integrity_free(integrity);
}

struct integrity *integrity_free(struct integrity *integrity) {
    if (integrity == NULL) return NULL;
    memory_unmap(MEMORY_TAG_SCRATCH, integrity->rounds.memory, integrity->arena_bytes);
    memory_unmap(MEMORY_TAG_SCRATCH, integrity->verdicts.memory, integrity->arena_bytes);
    gate_free(integrity->gate);
    pthread_cond_destroy(&integrity->changed);
    pthread_mutex_destroy(&integrity->lock);
    memory_give(integrity);
    return NULL;
}

bool integrity_prove(struct integrity *integrity) {
    const char *wrong = NULL;
    startup_begin(&integrity->service->startup, STARTUP_SELF_TEST, (unsigned)kzg_self_test_steps());
    bool right = look_and_calibrate(integrity, &wrong);
    if (right) set_state(integrity, INTEGRITY_TRUSTED);
    return right;
}

static bool start_looker(struct integrity *integrity, struct looker *looker, void *(*body)(void *),
                         const char *name) {
    looker->memory = memory_map(MEMORY_TAG_SCRATCH, integrity->arena_bytes);
    if (looker->memory == NULL) return false;
    arena_init(&looker->arena, looker->memory, integrity->arena_bytes);
    looker->started = pthread_create(&looker->thread, NULL, body, integrity) == 0;
    if (looker->started) pthread_setname_np(looker->thread, name);
    return looker->started;
}

bool integrity_start(struct integrity *integrity) {
    if (!OBSERVED) return true;
    integrity->arena_bytes = arena_size(kzg_self_test_scratch_bytes(integrity->service->ctx)) + ARENA_ALIGN;
    if (!start_looker(integrity, &integrity->verdicts, verdicts, "kzgd-verdicts")) return false;
    if (integrity->service->config.self_test_interval_ms == 0) return true;
    return start_looker(integrity, &integrity->rounds, rounds, "kzgd-selftest");
}

void integrity_stop(struct integrity *integrity) {
    if (integrity == NULL) return;
    pthread_mutex_lock(&integrity->lock);
    integrity->stop = true;
    pthread_cond_broadcast(&integrity->changed);
    pthread_mutex_unlock(&integrity->lock);
    struct looker *lookers[] = {&integrity->verdicts, &integrity->rounds};
    for (size_t i = 0; i < sizeof lookers / sizeof lookers[0]; i++) {
        if (lookers[i]->started) pthread_join(lookers[i]->thread, NULL);
        lookers[i]->started = false;
    }
}
