/* The process of the successor. Everything here is called with the control's lock. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/control_state.h"
#include "service/cost.h"
#include "service/events.h"
#include "service/integrity.h"

#define STOP_MS 5000 /* from SIGTERM to SIGKILL of one that has not served */

static const char *check_binary(const char *binary, const char **ret_text) {
    struct stat status;
    *ret_text = "it is no absolute path";
    if (binary[0] != '/' || strlen(binary) >= PATH_MAX) return "bad_binary";
    *ret_text = "there is no such file";
    if (stat(binary, &status) != 0) return "bad_binary";
    *ret_text = "it is no file that may be executed";
    if (!S_ISREG(status.st_mode) || access(binary, X_OK) != 0) return "bad_binary";
    return NULL;
}

/* ---- The process ------------------------------------------------------------------------------------------------
 */

/* Our arguments with its path, our environment with the lifeline's number. NULL: no memory. */
static char **copy_arguments(const struct control *control, char *binary) {
    size_t n = 0;
    while (control->argv[n] != NULL) n++;
    char **argv = calloc(n + 1, sizeof *argv);
    if (argv == NULL) return NULL;
    memcpy(argv, control->argv, n * sizeof *argv);
    argv[0] = binary;
    return argv;
}

static char **copy_environment(char *handover) {
    size_t n = 0;
    while (environ[n] != NULL) n++;
    char **environment = calloc(n + 2, sizeof *environment);
    if (environment == NULL) return NULL;
    memcpy(environment, environ, n * sizeof *environment);
    environment[n] = handover;
    return environment;
}

/* With the signals as a program expects them: here they are blocked. */
static int spawn_with(pid_t *ret_pid, int lifeline, char *const *argv, char *const *environment) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigset_t none, pipe;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (posix_spawnattr_init(&attributes) != 0) return ENOMEM;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        posix_spawnattr_destroy(&attributes);
        return ENOMEM;
    }
    int error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (error == 0) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes, &pipe);
    /* Onto itself: that clears close-on-exec in the new process alone. */
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, lifeline, lifeline);
    if (error == 0) error = posix_spawn(ret_pid, argv[0], &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static int spawn(const struct control *control, pid_t *ret_pid, int lifeline, const char *binary) {
    char path[PATH_MAX], handover[sizeof CONTROL_HANDOVER + 16];
    snprintf(path, sizeof path, "%s", binary);
    snprintf(handover, sizeof handover, "%s=%d", CONTROL_HANDOVER, lifeline);
    char **argv = copy_arguments(control, path), **environment = copy_environment(handover);
    int error = argv == NULL || environment == NULL ? ENOMEM : spawn_with(ret_pid, lifeline, argv, environment);
    free(argv);
    free(environment);
    return error;
}

/* ---- What it is given -------------------------------------------------------------------------------------------
 */

static bool hand_over(const struct control *control, int lifeline, const char *instance) {
    const struct service *service = control->service;
    static char text[PACKET_MAX]; /* under the lock */
    int fds[LISTENERS];
    int n = snprintf(text, sizeof text, "instance %s\nfrom %s\npid %ld\nfiles %s,%s\n", instance, control->instance,
                     (long)getpid(), control->files[LISTENER_API] ? "api" : "-",
                     control->files[LISTENER_ADMIN] ? "admin" : "-");
    size_t used = (size_t)n;
    if (cost_calibrated(service->cost)) {
        n = snprintf(text + used, sizeof text - used, "commit %s\nbackend %s\nprecompute %s\n", service_commit(),
                     integrity_backend(service->integrity), service->precompute);
        used += (size_t)n;
        used += cost_text(service->cost, text + used, sizeof text - used);
    }
    if (used >= sizeof text) return false;
    for (size_t i = 0; i < LISTENERS; i++) fds[i] = service->listeners[i].fd;
    return packet_send(lifeline, text, used, fds, LISTENERS);
}

static const char *run_successor(struct control *control, const char *instance, const char *binary,
                                 const char **ret_text) {
    static char why[128]; /* under the lock */
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        return *ret_text = strerror_r(errno, why, sizeof why), "start_failed";
    }
    pid_t pid = 0;
    bool given = hand_over(control, pair[0], instance);
    int error = given ? spawn(control, &pid, pair[1], binary) : EIO;
    close(pair[1]);
    if (error != 0) {
        close(pair[0]);
        return *ret_text = strerror_r(error, why, sizeof why), "start_failed";
    }
    control->new = (struct successor){.lifeline = pair[0], .pid = pid};
    snprintf(control->new.instance, sizeof control->new.instance, "%s", instance);
    snprintf(control->new.binary, sizeof control->new.binary, "%s", binary);
    SERVICE_LOG(EVENT_SUCCESSOR_STARTED, KZGOPS_STR("instance", instance), KZGOPS_I64("pid", pid),
                KZGOPS_STR("binary", binary));
    return NULL;
}

const char *control_start_successor(struct control *control, const char *instance, const char *binary,
                                    const char **ret_text) {
    *ret_text = "";
    if (!control_is_instance(instance) || strcmp(instance, control->instance) == 0) {
        return *ret_text = "a name has letters, digits and '-', fewer than 40, and is not this instance's",
               "bad_instance";
    }
    const char *code = check_binary(binary, ret_text);
    if (code != NULL) return code;
    bool there = control->new.pid > 0;
    if (there && strcmp(control->new.instance, instance) == 0 && !control->new.told) return *ret_text = "", NULL;
    if (there) return *ret_text = "there is a successor already", "busy";
    if (control->old.lifeline >= 0) return *ret_text = "its predecessor has not been retired", "busy";
    if (control->role != ROLE_SERVING || service_phase(control->service) != PHASE_READY) {
        return *ret_text = "only one that serves can have a successor", "not_serving";
    }
    return run_successor(control, instance, binary, ret_text);
}

/* ---- Its end ----------------------------------------------------------------------------------------------------
 */

void control_stop_successor(struct control *control) {
    (void)kill(control->new.pid, SIGTERM);
    control->new.told = true;
    control->new.kill_ms = server_now_ms() + STOP_MS;
}

void control_look_after(struct control *control) {
    struct successor *successor = &control->new;
    int status = 0;
    if (successor->pid <= 0) return;
    if (waitpid(successor->pid, &status, WNOHANG) != successor->pid) {
        if (successor->kill_ms != 0 && server_now_ms() > successor->kill_ms) (void)kill(successor->pid, SIGKILL);
        return;
    }
    if (WIFSIGNALED(status)) {
        snprintf(successor->end, sizeof successor->end, "signal %d (SIG%s)", WTERMSIG(status),
                 sigabbrev_np(WTERMSIG(status)));
    } else {
        snprintf(successor->end, sizeof successor->end, "exit status %d", WEXITSTATUS(status));
    }
    SERVICE_LOG_AT(successor->told ? KZGOPS_LOG_INFO : KZGOPS_LOG_WARN, EVENT_SUCCESSOR_ENDED,
                   KZGOPS_STR("instance", successor->instance), KZGOPS_I64("pid", successor->pid),
                   KZGOPS_STR("end", successor->end));
    successor->pid = 0;
    control_remove_files(control, successor->instance);
}
