/* kzgd: start, run until a signal, drain. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/hex.h"
#include "kzgops/sampler.h"
#include "service/admin.h"
#include "service/api.h"
#include "service/captures.h"
#include "service/control.h"
#include "service/cost.h"
#include "service/cpu_capture.h"
#include "service/cpus.h"
#include "service/early_stop.h"
#include "service/events.h"
#include "service/health.h"
#include "service/integrity.h"
#include "service/jemalloc.h"
#include "service/leak.h"
#include "service/monitor.h"
#include "service/notify.h"
#include "service/operation.h"
#include "service/page.h"
#include "service/pool.h"
#include "service/pressure.h"
#include "service/recorder.h"
#include "service/service.h"
#include "service/slow.h"
#include "service/spans.h"
#include "service/tap.h"
#include "service/verify_results.h"
#include "service/watchdog.h"
#include "service/workers.h"

#define EXIT_USAGE     2
#define SETUP_FILE_MAX ((size_t)16 << 20)
#define SPARE_FDS      64 /* listeners, event loops, log, files: everything but API connections */
#define SPARE_THREADS  16 /* loops, monitor, pages: everything but workers */
#define MIB            ((size_t)1 << 20)
#define DRAIN_STEP_MS  20
#define ADMIN_DRAIN_MS 1000
#define LOG_RING_BYTES ((size_t)1 << 20)
#define LOG_FLUSH_MS   1000
#define NO_POOL        "kzgd: no memory for %" PRId64 " MiB of requests (--request-memory)\n"

/* ---- Signals ------------------------------------------------------------------------------------------------- */

/* For the time before there is a thread that could wait for a signal. */
static void on_early_signal(int number) {
    (void)number;
    (void)kzgops_log_flush(LOG_FLUSH_MS);
    _exit(0);
}

/* SIGHUP is blocked in every thread until somebody waits for it. */
static void signals_init(sigset_t *ret_set) {
    struct sigaction early = {.sa_handler = on_early_signal}, ignore = {.sa_handler = SIG_IGN};
    sigset_t hangup;
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &hangup, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGTERM, &early, NULL);
    sigaction(SIGINT, &early, NULL);
    sigemptyset(ret_set);
    sigaddset(ret_set, SIGTERM);
    sigaddset(ret_set, SIGINT);
    sigaddset(ret_set, control_signal());
}

/* Waits for one of the set for that long (negative: for ever). Its number, or 0 when the time is over. A SIGHUP
 * meanwhile opens the log file anew. */
static int wait_signal(const sigset_t *set, int64_t ms) {
    int64_t until_ms = server_now_ms() + ms;
    sigset_t both = *set;
    sigaddset(&both, SIGHUP);
    while (true) {
        int64_t left_ms = ms > 0 ? until_ms - server_now_ms() : 0;
        if (left_ms < 0) left_ms = 0;
        struct timespec time = {.tv_sec = left_ms / 1000, .tv_nsec = left_ms % 1000 * 1000000};
        int number = ms < 0 ? sigwaitinfo(&both, NULL) : sigtimedwait(&both, NULL, &time);
        if (number == SIGHUP) kzgops_log_reopen();
        if (number > 0 && number != SIGHUP) return number;
        if (number < 0 && errno != EINTR) return 0;
    }
}

/* ---- Start: what needs no context ----------------------------------------------------------------------------- */

/* Room for every connection under the limit on descriptors, or fewer connections. */
static void fit_descriptors(struct config *config) {
    struct rlimit limit;
    rlim_t wanted = (rlim_t)config->max_connections + SPARE_FDS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
    int64_t fits = limit.rlim_cur > 2 * SPARE_FDS ? (int64_t)limit.rlim_cur - SPARE_FDS : SPARE_FDS;
    SERVICE_LOG(EVENT_MAX_CONNECTIONS_LOWERED, KZGOPS_I64("asked", config->max_connections), KZGOPS_I64("used", fits),
                KZGOPS_U64("descriptors", limit.rlim_cur));
    config->max_connections = fits;
}

static bool start_log(const struct config *config) {
    const char *error;
    const kzgops_log_config log = {.file = config->log_file,
                                   .name = "kzgd",
                                   .ring_bytes = LOG_RING_BYTES,
                                   .lines_per_second = (uint32_t)config->log_rate};
    kzgops_log_init(STDERR_FILENO, config->parsed_log_format, config->parsed_log_level);
    if (kzgops_log_start(&log, &error)) return true;
    fprintf(stderr, "kzgd: %s\n", error);
    return false;
}

static bool open_listeners(struct service *service) {
    struct listener *api = &service->listeners[LISTENER_API], *admin = &service->listeners[LISTENER_ADMIN];
    bool api_given, admin_given;
    if (control_has_listeners(service)) return true;
    if (!listen_inherit(api, &api_given, admin, &admin_given)) return false;
    if (!api_given && !listen_open(api, "--listen", service->config.listen)) return false;
    return admin_given || listen_open(admin, "--admin-listen", service->config.admin_listen);
}

/* Written when the daemon is ready; beside and renamed, so that a reader finds all of it or nothing. */
static bool write_address_file(const struct service *service) {
    const char *path = service->config.address_file;
    char beside[4096];
    if (path[0] == '\0') return true;
    snprintf(beside, sizeof beside, "%.4000s.%ld", path, (long)getpid());
    FILE *file = fopen(beside, "we");
    bool ok = file != NULL && fprintf(file, "api %s\nadmin %s\n", service->listeners[LISTENER_API].address,
                                      service->listeners[LISTENER_ADMIN].address) > 0;
    if (file != NULL && fclose(file) != 0) ok = false;
    if (ok && rename(beside, path) == 0) return true;
    fprintf(stderr, "kzgd: --address-file: '%s' cannot be written: %s\n", path, strerror(errno));
    return false;
}

static bool make_rooms(struct service *service) {
    struct config *config = &service->config;
    size_t cpus = cpus_allowed(config->cgroup_root, "/proc/self/cgroup");
    service->worker_count = config->workers == CONFIG_AUTO ? cpus : (size_t)config->workers;
    service->limits = (struct wire_limits){(size_t)config->max_blobs, (size_t)config->max_cells};
    if (!memory_begin(service->worker_count + SPARE_THREADS)) return false;
    service->sources = (kzgops_sources){.proc_root = config->proc_root,
                                        .cgroup_root = config->cgroup_root,
                                        .allocator = memory_allocator(MEMORY_TAG_OTHER)};
    service->profiler_sources = service->sources;
    service->profiler_sources.allocator = memory_allocator(MEMORY_TAG_PROFILER);
    recorder_open(service);
    service->profiler_sources.proc_root = NULL;
    service->captures = captures_new(config->state_dir);
    service->leak = leak_new(service);
    service->pressure = pressure_new(service);
    if (service->leak == NULL || service->pressure == NULL) return false;
    bool counted = service_metrics_new(service);
    service->profile = service_profile_new(service);
    service->errors = service_errors_new(service);
    service->cost = cost_new();
    service->watchdog = watchdog_new(service->worker_count, WATCHDOG_MIN_NS);
    service->integrity = integrity_new(service);
    service->verify = verify_results_new(config->parsed_verify_results, service->worker_count);
    service->slow = slow_new(config->slow_request_ms * 1000000);
    service->monitor = monitor_new(service);
    service->cpu_capture = cpu_capture_new(service);
    service->tap = tap_new((size_t)config->tap_memory * MIB);
    service->pool = pool_new((size_t)config->request_memory * MIB);
    service->queue =
        queue_new((size_t)config->queue_length, service->worker_count, (uint64_t)config->request_timeout_ms * 1000);
    bool watched = counted && service->profile != NULL && service->errors != NULL && service->cost != NULL &&
                   service->watchdog != NULL && service->integrity != NULL && service->verify != NULL &&
                   service->slow != NULL && service->tap != NULL && service->monitor != NULL &&
                   service->cpu_capture != NULL;
    if (watched && service->pool != NULL && service->queue != NULL) return true;
    fprintf(stderr, NO_POOL, config->request_memory);
    return false;
}

static bool start_servers(struct service *service) {
    service->health = health_new(service);
    if (service->health == NULL) return false;
    service->admin = admin_new(service);
    service->api = api_new(service);
    bool made = service->admin != NULL && service->api != NULL;
    if (made && cpu_capture_start(service->cpu_capture) && monitor_start(service->monitor) &&
        control_start(service) && server_run(service->admin) && server_run(service->api) &&
        health_start(service->health)) {
        return true;
    }
    fprintf(stderr, "kzgd: the listeners' threads could not be started: %s\n", strerror(errno));
    return false;
}

/* ---- Start: the context, its proof, the workers --------------------------------------------------------------- */

static char *read_file(const char *path, size_t *ret_length) {
    char *text = malloc(SETUP_FILE_MAX + 1);
    FILE *file = fopen(path, "re");
    bool ok = text != NULL && file != NULL;
    if (ok) {
        *ret_length = fread(text, 1, SETUP_FILE_MAX + 1, file);
        ok = !ferror(file);
    }
    if (!ok) fprintf(stderr, "kzgd: --trusted-setup: '%s' cannot be read: %s\n", path, strerror(errno));
    if (ok && *ret_length > SETUP_FILE_MAX) {
        fprintf(stderr, "kzgd: --trusted-setup: '%s' is longer than a trusted setup\n", path);
        ok = false;
    }
    if (file != NULL) fclose(file);
    if (ok) return text;
    free(text);
    return NULL;
}

static void on_loading(void *user, const char *name) {
    struct service *service = user;
    startup_begin_named(&service->startup, name);
}

static bool make_context(struct service *service) {
    const struct config *config = &service->config;
    kzg_options options;
    kzg_status status;
    kzg_options_init(&options);
    options.precompute = config->precompute == CONFIG_AUTO ? KZG_PRECOMPUTE_DEFAULT : (int)config->precompute;
    options.allocator = memory_kzg_allocator();
    options.observer = spans_observer();
    options.loading = (kzg_loading){on_loading, service};
    tables_offer(service, &options);
    if (config->trusted_setup[0] == '\0') {
        status = kzg_new(&service->ctx, &options);
    } else {
        size_t length;
        char *text = read_file(config->trusted_setup, &length);
        if (text == NULL) return false;
        status = kzg_new_from_setup(&service->ctx, text, length, &options);
        free(text);
    }
    if (status.code == KZG_OK) status = kzg_get_info(service->ctx, &service->info);
    if (status.code == KZG_OK) {
        tables_made(service);
        return true;
    }
    char why[256];
    kzg_status_format(status, why, sizeof why);
    fprintf(stderr, "kzgd: %s%s%s: %s\n",
            config->trusted_setup[0] == '\0' ? "the embedded setup" : "--trusted-setup ", config->trusted_setup,
            status.code == KZG_ERR_BACKEND_UNAVAILABLE ? " with this --backend" : "", why);
    return false;
}

/* A variant that computes wrongly is left for the portable one, with tables that it has not touched. */
static bool prove(struct service *service) {
    if (integrity_prove(service->integrity)) return true;
    if (!integrity_fall_back(service->integrity)) return false;
    service->ctx = kzg_free(service->ctx);
    return make_context(service) && integrity_prove(service->integrity);
}

/* The self-test has measured already. What this daemon's predecessor measured goes before that: drift is of a
 * machine's life, not of a process's. */
static void calibrate(struct service *service) {
    const char *text = control_calibration(service), *backend = integrity_backend(service->integrity);
    bool taken_over = text != NULL && cost_adopt(service->cost, text);
    int64_t commitment_ns = cost_ns(service->cost, OP_BLOB_TO_KZG_COMMITMENT, 1);
    int64_t verification_ns = cost_ns(service->cost, OP_VERIFY_BLOB_KZG_PROOF, 1);
    if (taken_over) {
        SERVICE_LOG(EVENT_CALIBRATION_TAKEN_OVER, KZGOPS_STR("backend", backend),
                    KZGOPS_MS("commitment_ms", commitment_ns), KZGOPS_MS("verification_ms", verification_ns));
    } else {
        SERVICE_LOG(EVENT_CALIBRATED, KZGOPS_STR("backend", backend), KZGOPS_MS("commitment_ms", commitment_ns),
                    KZGOPS_MS("verification_ms", verification_ns));
    }
}

static void *back_pool(void *pool) {
    return pool_back(pool) ? pool : NULL;
}

/* The system clears the requests' memory while the tables are looked through or made. */
static bool load(struct service *service) {
    pthread_t thread;
    void *backed = service->pool;
    bool beside = pthread_create(&thread, NULL, back_pool, service->pool) == 0;
    if (beside)
        pthread_setname_np(thread, "kzgd-pool");
    else
        backed = back_pool(service->pool);
    bool made = backed != NULL && make_context(service);
    if (beside) pthread_join(thread, &backed);
    if (backed == NULL) fprintf(stderr, NO_POOL, service->config.request_memory);
    return made && backed != NULL;
}

static bool prepare(struct service *service) {
    if (!load(service)) return false;
    hex_encode(service->setup_sha256, service->info.setup_sha256, sizeof service->info.setup_sha256);
    snprintf(service->precompute, sizeof service->precompute, "%d", service->info.precompute);
    if (!prove(service)) return false;
    calibrate(service);
    tables_keep(service);
    return true;
}

static bool start_workers(struct service *service) {
    startup_begin(&service->startup, STARTUP_WORKERS, 0);
    service->workers = workers_start(service, operation_scratch_max(service->ctx, &service->limits));
    return service->workers != NULL && integrity_start(service->integrity);
}

static void print_greeting(const struct service *service) {
    const char *api = service->listeners[LISTENER_API].address, *admin = service->listeners[LISTENER_ADMIN].address;
    bool unix_api = strncmp(api, "unix:", 5) == 0;
    printf("kzgd %s: API on %s%s, administration on %s%s\n", service_version(), unix_api ? "" : "http://", api,
           strncmp(admin, "unix:", 5) == 0 ? "" : "http://", admin);
    /* Lines of text make a blob: each element starts with a letter, so it is below the modulus. */
    printf("\nTry it (the commitment of a blob):\n"
           "  yes kzg | head -c %d | curl -sS --data-binary @- -H 'Content-Type: application/octet-stream' "
           "-H 'Accept: application/json' %s%s%s%s%s/kzg/v1/blob_to_kzg_commitment\n\n",
           KZG_BYTES_PER_BLOB, unix_api ? "--unix-socket " : "", unix_api ? api + 5 : "", unix_api ? " " : "",
           unix_api ? "http://localhost" : "http://", unix_api ? "" : api);
    fflush(stdout);
}

static bool announce(struct service *service) {
    /* From the next phase on a successor may get the clients, and its predecessor end; to the manager the predecessor
     * was ready, and that this one goes on is the predecessor's to tell. */
    bool is_main = control_is_main(service);
    startup_begin(&service->startup, STARTUP_DONE, 0);
    recorder_phase(service, PHASE_READY);
    /* Who finds the address file finds the start's lines in the log. */
    (void)kzgops_log_flush(LOG_FLUSH_MS);
    if (atomic_load(&service->out_since_ns) == 0 && !service_join(service)) return false;
    bool serves = control_ready(service);
    if (serves && !write_address_file(service)) return false;
    SERVICE_LOG(EVENT_READY, KZGOPS_STR("version", service_version()),
                KZGOPS_STR("api", service->listeners[LISTENER_API].address),
                KZGOPS_STR("admin", service->listeners[LISTENER_ADMIN].address),
                KZGOPS_STR("backend", integrity_backend(service->integrity)),
                KZGOPS_STR("setup", service->info.setup_name), KZGOPS_STR("setup_sha256", service->setup_sha256),
                KZGOPS_I64("precompute", service->info.precompute), KZGOPS_U64("workers", service->worker_count),
                KZGOPS_U64("scratch_bytes", service->scratch_bytes));
    if (!serves) return true;
    print_greeting(service);
    if (is_main) notify_manager("READY=1");
    return true;
}

/* Until the first signal. A manager's watchdog hears of us while a restart would not help; once /livez says that it
 * would, the manager is left to do it. Returns the signal. */
static int serve(struct service *service, const sigset_t *set) {
    int64_t period_ms = notify_watchdog_ms();
    int number;
    while ((number = wait_signal(set, period_ms)) == 0)
        if (control_is_main(service) && health_is_alive(service->health)) notify_manager("WATCHDOG=1");
    return number;
}

/* ---- End ----------------------------------------------------------------------------------------------------- */

/* A second signal. The control socket's, which asks for the end, counts neither as the first nor as the second. */
static void on_signal_again(int number, int *first) {
    bool again = number != control_signal() && *first != control_signal();
    if (number != control_signal()) *first = number;
    if (!again) return;
    SERVICE_LOG(EVENT_STOPPED_AT_ONCE, KZGOPS_STR("reason", "a second signal"));
    kzgops_log_stop();
    _exit(1);
}

/* Waits until the server has drained; false when the time is over. A second signal ends the process. */
static bool wait_drained(const struct server *server, const sigset_t *set, int *first, int64_t until_ms) {
    while (!server_drained(server)) {
        if (server_now_ms() > until_ms) return false;
        int number = wait_signal(set, DRAIN_STEP_MS);
        if (number != 0) on_signal_again(number, first);
    }
    return true;
}

/* The manager's main process is this one until it ends and another goes on; no other may tell it anything. */
static void tell_manager(enum control_end end, long heir) {
    char text[32];
    snprintf(text, sizeof text, "MAINPID=%ld", heir);
    if (end == CONTROL_END_SERVICE) notify_manager("STOPPING=1");
    if (end == CONTROL_END_RETIRED) notify_manager(text);
}

/* Unready first, then a pause for load balancers to notice, then no new connections, then the end of what was
 * accepted. */
static bool drain(struct service *service, const sigset_t *set, int first) {
    const struct config *config = &service->config;
    long heir;
    enum control_end end = control_ending(service, &heir);
    recorder_phase(service, PHASE_DRAINING);
    tell_manager(end, heir);
    SERVICE_LOG(EVENT_DRAINING, KZGOPS_U64("connections", server_connections(service->api)),
                KZGOPS_U64("queued", queue_depth(service->queue)),
                KZGOPS_U64("in_flight", workers_busy(service->workers)));
    bool pause =
        end == CONTROL_END_SERVICE && config->drain_delay_ms > 0; /* who is not asked any more need not wait */
    int number = pause ? wait_signal(set, config->drain_delay_ms) : 0;
    if (number != 0) on_signal_again(number, &first);
    server_drain(service->api);
    bool ok = wait_drained(service->api, set, &first, server_now_ms() + config->drain_timeout_ms);
    if (!ok) {
        kzgops_recorder_event(service->recorder, "drain_timed_out", NULL);
        SERVICE_LOG(EVENT_DRAIN_TIMED_OUT, KZGOPS_U64("connections", server_connections(service->api)),
                    KZGOPS_U64("queued", queue_depth(service->queue)),
                    KZGOPS_U64("in_flight", workers_busy(service->workers)));
        return false;
    }
    page_wait_all(); /* a profile that ends now is still an answer */
    server_drain(service->admin);
    (void)wait_drained(service->admin, set, &first, server_now_ms() + ADMIN_DRAIN_MS);
    return true;
}

/* Each goes before what it looks at: administration reads all figures, a worker's last act is to wake the API's loop.
 */
static void dismantle(struct service *service) {
    control_close(service);
    monitor_stop(service->monitor);
    cpu_capture_stop(service->cpu_capture);
    health_stop(service->health);
    page_wait_all();
    server_stop(service->admin);
    integrity_stop(service->integrity);
    queue_close(service->queue);
    service->workers = workers_join(service->workers);
    server_stop(service->api);
    memory_give(service->requests);
    service->health = health_free(service->health);
    service->integrity = integrity_free(service->integrity);
    service->verify = verify_results_free(service->verify);
    service->ctx = kzg_free(service->ctx);
    tables_close(service);
    service->queue = queue_free(service->queue);
    service->tap = tap_free(service->tap);
    service->pool = pool_free(service->pool);
    service->cpu_capture = cpu_capture_free(service->cpu_capture);
    service->monitor = monitor_free(service->monitor);
    service->slow = slow_free(service->slow);
    service->cost = cost_free(service->cost);
    service->watchdog = watchdog_free(service->watchdog);
    service->recorder = kzgops_recorder_close(service->recorder, true);
    service->errors = kzgops_errors_free(service->errors);
    service->profile = kzgops_profile_free(service->profile);
    service_metrics_free(service);
    service->pressure = pressure_free(service->pressure);
    service->leak = leak_free(service->leak);
    service->captures = captures_free(service->captures);
}

/* After a start that failed there are no requests, so those who record can be stopped, and the end be recorded as one
 * of its own will. */
static void stop_watching(struct service *service) {
    monitor_stop(service->monitor);
    if (service->health != NULL) health_stop(service->health);
    page_wait_all();
    if (service->admin != NULL) server_stop(service->admin);
    service->recorder = kzgops_recorder_close(service->recorder, false);
}

static int run(struct service *service, const sigset_t *set, char *const *argv) {
    /* Every thread is made with the signals blocked: they are waited for, first by early_stop, then by this one. */
    pthread_sigmask(SIG_BLOCK, set, NULL);
    for (size_t i = 0; i < LISTENERS; i++) service->doors[i].fd = -1;
    if (!make_rooms(service) || !control_open(service, argv) || !open_listeners(service) || !start_servers(service)) {
        return EXIT_FAILURE;
    }
    SERVICE_LOG(EVENT_STARTING, KZGOPS_STR("version", service_version()), KZGOPS_STR("commit", service_commit()),
                KZGOPS_STR("api", service->listeners[LISTENER_API].address),
                KZGOPS_STR("admin", service->listeners[LISTENER_ADMIN].address));
    early_stop_begin(service, set);
    bool prepared = prepare(service);
    early_stop_end();
    if (!prepared || !start_workers(service)) {
        recorder_phase(service, PHASE_FAILED);
        return EXIT_FAILURE;
    }
    if (!announce(service)) return EXIT_FAILURE;
    int first = serve(service, set);
    if (!drain(service, set, first)) return EXIT_FAILURE;
    dismantle(service);
    SERVICE_LOG(EVENT_STOPPED, KZGOPS_STR("reason", "drained"));
    return EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    static struct service service;
    sigset_t set;
    enum config_outcome outcome = config_read(&service.config, argc, argv);
    if (outcome == CONFIG_HELP) return EXIT_SUCCESS;
    if (outcome == CONFIG_INVALID) return EXIT_USAGE;
    /* Before anything asks libkzg for its arithmetic: it reads the variable once. */
    if (strcmp(service.config.backend, "auto") != 0) setenv("KZG_BACKEND", service.config.backend, 1);
    if (outcome == CONFIG_VERSION) {
        printf("%s\n", service_version_line());
        return EXIT_SUCCESS;
    }
    if (outcome == CONFIG_CHECK) {
        printf("kzgd: the configuration can be used\nformats: flight_recorder=%d\n", KZGOPS_RECORDER_FORMAT);
        return EXIT_SUCCESS;
    }
    signals_init(&set);
    (void)kzgops_sampler_attach("main");
    if (!start_log(&service.config)) return EXIT_FAILURE;
    if (service.config.address_file[0] != '\0' && !control_is_successor()) (void)unlink(service.config.address_file);
    fit_descriptors(&service.config);
    if (service.config.heap_profile_on && !jemalloc_profile_switch(true)) {
        fprintf(stderr, "kzgd: --heap-profile: this build's allocator cannot, or MALLOC_CONF forbids it\n");
        return EXIT_FAILURE;
    }
    int status = run(&service, &set, argv);
    if (status != EXIT_SUCCESS && service_phase(&service) != PHASE_DRAINING) stop_watching(&service);
    /* What is left over after a failure (threads, suspended requests) ends with the process, without their leave. */
    if (status != EXIT_SUCCESS) {
        control_close(&service);
        for (size_t i = 0; i < LISTENERS; i++) listen_close(&service.listeners[i]);
        fflush(stdout);
        kzgops_log_stop();
        _exit(status);
    }
    return status;
}
