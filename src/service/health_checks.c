#include "service/health_checks.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "service/cost.h"
#include "service/gate.h"
#include "service/integrity.h"
#include "service/monitor.h"
#include "service/pressure.h"
#include "service/service.h"
#include "service/watchdog.h"
#include "service/workers.h"

#define SECOND_NS        ((int64_t)1000000000)
#define RESULT_HOLD_NS   (3600 * SECOND_NS)
#define TURN_SLOW_MS     2000
#define TURN_STUCK_MS    30000
#define QUEUE_HIGH       0.8
#define ROUNDS_LATE      5 /* intervals without a whole self-test */
#define LOOPBACK_WAIT_MS 2000
#define MIB              1048576.0

__attribute__((format(printf, 3, 4))) static void say(kzgops_health_result *ret, kzgops_health_state state,
                                                      const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(ret->message, sizeof ret->message, format, args);
    va_end(args);
    ret->state = state;
}

static void put_value(kzgops_health_result *ret, double value, double limit, const char *unit) {
    ret->has_value = true;
    ret->has_limit = true;
    ret->value = value;
    ret->limit = limit;
    snprintf(ret->unit, sizeof ret->unit, "%s", unit);
}

/* ---- The daemon's life ----------------------------------------------------------------------------------------- */

void check_accepting(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    int64_t out_since_ns = atomic_load(&service->out_since_ns);
    switch (service_phase(service)) {
    case PHASE_STARTING: say(ret, KZGOPS_HEALTH_FAILED, "starting"); return;
    case PHASE_FAILED: say(ret, KZGOPS_HEALTH_FAILED, "the start has failed"); return;
    case PHASE_DRAINING: say(ret, KZGOPS_HEALTH_FAILED, "draining: this instance ends"); return;
    case PHASE_READY: break;
    }
    if (out_since_ns != 0) {
        time_t since = (time_t)(out_since_ns / SECOND_NS);
        struct tm utc;
        char text[32];
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&since, &utc));
        say(ret, KZGOPS_HEALTH_FAILED, "taken out of rotation by hand at %s", text);
    }
}

void check_startup(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    int step = atomic_load(&service->startup.step);
    unsigned done = atomic_load(&service->startup.done), of = atomic_load(&service->startup.of);
    const char *name = startup_name((enum startup_step)step);
    if (service_phase(service) == PHASE_FAILED) {
        say(ret, KZGOPS_HEALTH_FAILED, "the start has failed at %s", name);
    } else if (step != STARTUP_DONE && of > 0) {
        say(ret, KZGOPS_HEALTH_FAILED, "%s, %u of %u", name, done, of);
    } else if (step != STARTUP_DONE) {
        say(ret, KZGOPS_HEALTH_FAILED, "%s", name);
    }
    put_value(ret, step, STARTUP_DONE, "steps");
}

/* ---- Integrity ---------------------------------------------------------------------------------------------------
 */

void check_arithmetic(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    struct integrity_view view;
    integrity_read(service->integrity, &view);
    if (view.state == INTEGRITY_NO_ARITHMETIC) {
        say(ret, KZGOPS_HEALTH_FAILED, "the %s arithmetic computes wrongly (%s): restart", view.backend, view.wrong);
    } else if (view.quarantined != NULL) {
        say(ret, KZGOPS_HEALTH_DEGRADED, "%s computes wrongly (%s) and is quarantined; %s serves", view.quarantined,
            view.wrong, view.backend);
    } else {
        say(ret, KZGOPS_HEALTH_OK, "%s", view.backend);
    }
}

void check_setup(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    struct integrity_view view;
    integrity_read(service->integrity, &view);
    if (view.state == INTEGRITY_MEMORY_DAMAGED) {
        say(ret, KZGOPS_HEALTH_FAILED, "memory of the %s has changed: restart", view.wrong);
    }
}

void check_self_test(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    struct integrity_view view;
    integrity_read(service->integrity, &view);
    double interval_s = (double)service->config.self_test_interval_ms / 1e3;
    if (view.proven_ns != 0) {
        double age_s = (double)(service_now_ns() - view.proven_ns) / 1e9;
        bool late = interval_s > 0 && age_s > ROUNDS_LATE * interval_s + 60;
        say(ret, late ? KZGOPS_HEALTH_DEGRADED : KZGOPS_HEALTH_OK, "%u of %u answers right with %s, %.0f s ago",
            view.passed, view.total, view.backend, age_s);
        put_value(ret, age_s, ROUNDS_LATE * interval_s + 60, "s");
    }
    if (view.state == INTEGRITY_TRUSTED) return;
    if (view.state == INTEGRITY_UNPROVEN && view.wrong[0] == '\0') {
        say(ret, KZGOPS_HEALTH_FAILED, "not proven yet");
    } else {
        say(ret, KZGOPS_HEALTH_FAILED, "wrong with %s: %s", view.backend, view.wrong);
    }
}

void check_results(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    struct integrity_view view;
    integrity_read(service->integrity, &view);
    int64_t age_ns = service_now_ns() - view.result_wrong_ns;
    if (view.results_wrong == 0 || age_ns > RESULT_HOLD_NS) return;
    say(ret, KZGOPS_HEALTH_FAILED, "%" PRIu64 " results failed their check, the last %.0f s ago", view.results_wrong,
        (double)age_ns / 1e9);
}

/* ---- Work --------------------------------------------------------------------------------------------------------
 */

/* Workers that wait before a closed gate are not stuck, whatever their time says. */
void check_workers(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    char names[KZGOPS_HEALTH_MESSAGE_MAX / 2] = "";
    size_t stuck = 0, used = 0;
    if (!gate_is_open(integrity_gate(service->integrity))) return;
    for (size_t i = 0; i < service->worker_count; i++) {
        struct watchdog_state state;
        watchdog_read(service->watchdog, i, &state);
        if (state.operation == NULL || !state.stuck) continue;
        stuck++;
        if (used >= sizeof names) continue;
        used += (size_t)snprintf(names + used, sizeof names - used, "%sworker %zu at %s for %.0f s",
                                 stuck > 1 ? ", " : "", i, state.operation, (double)state.spent_ns / 1e9);
    }
    put_value(ret, (double)stuck, (double)service->worker_count, "stuck");
    if (stuck == 0) return;
    say(ret, stuck == service->worker_count ? KZGOPS_HEALTH_FAILED : KZGOPS_HEALTH_DEGRADED,
        "%zu of %zu workers stuck: %s%s", stuck, service->worker_count, names, used >= sizeof names ? "..." : "");
}

void check_queue(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    double depth = (double)queue_depth(service->queue), capacity = (double)service->config.queue_length;
    put_value(ret, depth, capacity, "requests");
    if (depth < QUEUE_HIGH * capacity) return;
    say(ret, depth < capacity ? KZGOPS_HEALTH_DEGRADED : KZGOPS_HEALTH_FAILED, "%.0f of %.0f places are taken", depth,
        capacity);
}

void check_memory(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    struct memory_state state;
    memory_state(service, &state);
    /* The monitor's first look comes within a second of the start. */
    if (state.value_name == NULL && service_phase(service) == PHASE_STARTING) return;
    if (state.value == KZGOPS_MEMORY_UNKNOWN || state.value_name == NULL) {
        say(ret, KZGOPS_HEALTH_FAILED, "what is in use cannot be read");
        return;
    }
    put_value(ret, (double)state.value / MIB, (double)state.critical_bytes / MIB, "MiB");
    ret->has_limit = state.critical_bytes != KZGOPS_MEMORY_UNLIMITED && state.critical_bytes != KZGOPS_MEMORY_UNKNOWN;
    if (state.level == KZGOPS_MEMORY_OK) return;
    bool critical = state.level == KZGOPS_MEMORY_CRITICAL;
    say(ret, critical ? KZGOPS_HEALTH_FAILED : KZGOPS_HEALTH_DEGRADED, "%.1f MiB of %s%s", (double)state.value / MIB,
        state.value_name, critical ? ": load is shed" : "");
}

void check_cpu(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    kzgops_cpu_report_data report;
    kzgops_cpu_report(monitor_cpu(service->monitor), NULL, 0, NULL, 0, &report);
    for (int i = 0; i < KZGOPS_CPU_FIGURES; i++) {
        const kzgops_cpu_window *window = &report.window[i][0];
        if (!report.above[i]) continue;
        put_value(ret, window->average, report.threshold, "%");
        say(ret, KZGOPS_HEALTH_DEGRADED, "CPU of the %s is high", kzgops_cpu_figure_name((kzgops_cpu_figure)i));
        return;
    }
    if (report.samples == 0 && report.ticks > 2) {
        say(ret, KZGOPS_HEALTH_DEGRADED, "CPU figures cannot be read");
    }
}

void check_calibration(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    double drift = cost_drift(service->cost);
    if (isnan(drift)) return;
    put_value(ret, drift, COST_DRIFT_HIGH, "of calibrated");
    if (drift < COST_DRIFT_HIGH) return;
    say(ret, KZGOPS_HEALTH_DEGRADED, "operations take %.2f times the CPU time of the start", drift);
}

/* ---- Network -----------------------------------------------------------------------------------------------------
 */

static bool is_listening(int fd) {
    int listening = 0;
    socklen_t length = sizeof listening;
    return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

/* Of a TCP listener the kernel says how many connections wait to be accepted, and how many may. */
static bool backlog_is_full(int fd) {
    struct tcp_info info;
    socklen_t length = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return false;
    return info.tcpi_sacked > 0 && info.tcpi_unacked >= info.tcpi_sacked;
}

/* False when there is something to say already. */
static bool look_at_listener(const char *name, const struct listener *listener, const struct server *server,
                             kzgops_health_result *ret) {
    int64_t turn_ms = server_turn_ms(server);
    int fd = __atomic_load_n(&listener->fd, __ATOMIC_RELAXED);
    if (turn_ms > TURN_SLOW_MS) {
        put_value(ret, (double)turn_ms / 1e3, TURN_STUCK_MS / 1e3, "s");
        say(ret, turn_ms > TURN_STUCK_MS ? KZGOPS_HEALTH_FAILED : KZGOPS_HEALTH_DEGRADED,
            "the event loop of %s has been at one turn for %.1f s", name, (double)turn_ms / 1e3);
        return false;
    }
    if (server_draining(server)) return true;
    if (!is_listening(fd)) {
        say(ret, KZGOPS_HEALTH_FAILED, "the socket of %s does not listen", name);
    } else if (server_takes(server) && backlog_is_full(fd)) {
        say(ret, KZGOPS_HEALTH_DEGRADED, "connections to %s wait for a place", name);
    }
    return ret->state == KZGOPS_HEALTH_OK;
}

void check_listeners(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    static const char *const names[LISTENERS] = {"the API", "the administration"};
    const struct server *servers[LISTENERS] = {service->api, service->admin};
    for (size_t i = 0; i < LISTENERS; i++) {
        if (servers[i] == NULL || !look_at_listener(names[i], &service->listeners[i], servers[i], ret)) return;
    }
}

static int connect_unix(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* The address that the socket itself gives; one that is bound to every address answers at it too. */
static int connect_to(const struct listener *listener) {
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (strncmp(listener->address, "unix:", 5) == 0) return connect_unix(listener->address + 5);
    if (getsockname(__atomic_load_n(&listener->fd, __ATOMIC_RELAXED), (struct sockaddr *)&address, &length) != 0)
        return -1;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval wait = {.tv_sec = LOOPBACK_WAIT_MS / 1000};
    if (fd < 0) return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait); /* bounds connect too */
    if (connect(fd, (const struct sockaddr *)&address, length) == 0) return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Any answer will do: what it says is not the socket's affair. */
static bool asks_and_gets(int fd) {
    static const char request[] = "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    struct timeval wait = {.tv_sec = LOOPBACK_WAIT_MS / 1000};
    char answer[16] = "";
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (send(fd, request, sizeof request - 1, MSG_NOSIGNAL) != (ssize_t)sizeof request - 1) return false;
    ssize_t n = recv(fd, answer, 12, MSG_WAITALL);
    return n == 12 && strncmp(answer, "HTTP/1.1 ", 9) == 0;
}

void check_loopback(void *user, kzgops_health_result *ret) {
    struct service *service = user;
    /* The one that leads to this process, where it shares the other. */
    const struct listener *door = &service->doors[LISTENER_ADMIN];
    const struct listener *listener = door->fd >= 0 ? door : &service->listeners[LISTENER_ADMIN];
    char reason[64];
    int64_t from_ns = service_now_ns();
    if (service_phase(service) == PHASE_DRAINING) return;
    int fd = connect_to(listener);
    if (fd < 0) {
        say(ret, KZGOPS_HEALTH_FAILED, "cannot connect to %s: %s", listener->address,
            strerror_r(errno, reason, sizeof reason));
        return;
    }
    if (!asks_and_gets(fd)) {
        say(ret, KZGOPS_HEALTH_FAILED, "%s takes the connection and does not answer", listener->address);
    }
    close(fd);
    put_value(ret, (double)(service_now_ns() - from_ns) / 1e6, LOOPBACK_WAIT_MS, "ms");
}
