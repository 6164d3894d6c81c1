#include "service/control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/control_state.h"
#include "service/events.h"
#include "service/integrity.h"

static bool complain(const char *path, const char *why) {
    fprintf(stderr, "kzgd: --control: '%s' %s\n", path, why);
    return false;
}

int control_signal(void) {
    return SIGRTMAX;
}

bool control_is_successor(void) {
    return getenv(CONTROL_HANDOVER) != NULL;
}

bool control_check(const char *path) {
    if (path[0] == '\0') return true;
    if (path[0] != '/') return complain(path, "is no absolute path");
    if (strlen(path) > CONTROL_PATH_MAX)
        return complain(path, "is too long: sockets beside it would have no room for their names");
    return true;
}

bool control_is_instance(const char *text) {
    size_t length = strlen(text);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
    return length > 0 && length < CONTROL_INSTANCE_MAX && strspn(text, letters) == length && text[0] != '-';
}

bool control_value(const char *text, const char *key, char *out, size_t size) {
    size_t length = strlen(key);
    while (*text != '\0') {
        size_t line = strcspn(text, "\n");
        if (line > length && strncmp(text, key, length) == 0 && text[length] == ' ') {
            return (size_t)snprintf(out, size, "%.*s", (int)(line - length - 1), text + length + 1) < size;
        }
        text += line + (text[line] == '\n');
    }
    return false;
}

/* ---- Files ----------------------------------------------------------------------------------------------------- */

static const char *const door_names[LISTENERS] = {"api", "admin"};

void control_remove_files(const struct control *control, const char *instance) {
    char file[CONTROL_FILE];
    snprintf(file, sizeof file, "%s.%s", control->path, instance);
    (void)unlink(file);
    for (size_t i = 0; i < LISTENERS; i++) {
        snprintf(file, sizeof file, "%s.%s.%s", control->path, instance, door_names[i]);
        (void)unlink(file);
    }
}

/* The instance that PATH leads to; false when it is no such link. */
static bool linked(const struct control *control, char out[CONTROL_INSTANCE_MAX]) {
    char target[CONTROL_FILE];
    const char *name = strrchr(control->path, '/') + 1;
    ssize_t n = readlink(control->path, target, sizeof target - 1);
    if (n <= 0) return false;
    target[n] = '\0';
    size_t length = strlen(name);
    if (strncmp(target, name, length) != 0 || target[length] != '.') return false;
    snprintf(out, CONTROL_INSTANCE_MAX, "%.*s", CONTROL_INSTANCE_MAX - 1, target + length + 1);
    return control_is_instance(out);
}

/* Beside and renamed: whoever opens PATH finds the one or the other. */
void control_link(const struct control *control) {
    char beside[CONTROL_FILE];
    snprintf(beside, sizeof beside, "%s.%s.link", control->path, control->instance);
    (void)unlink(beside);
    if (symlink(strrchr(control->own, '/') + 1, beside) == 0 && rename(beside, control->path) == 0) return;
    SERVICE_LOG(EVENT_CONTROL_LINK_FAILED, KZGOPS_STR("path", control->path), KZGOPS_STR("reason", strerror(errno)));
}

/* What a process that was killed has left goes; what belongs to another is an error. */
static bool clear_path(const struct control *control) {
    struct stat status;
    char left[CONTROL_INSTANCE_MAX];
    if (lstat(control->path, &status) != 0) return errno == ENOENT || complain(control->path, strerror(errno));
    if (!linked(control, left)) return complain(control->path, "is there, and no control socket's");
    int fd = packet_connect(control->path, 0);
    if (fd >= 0) {
        close(fd);
        return complain(control->path, "is another kzgd's, which runs");
    }
    control_remove_files(control, left);
    return true;
}

static bool open_doors(struct control *control) {
    for (size_t i = 0; i < LISTENERS; i++) {
        char path[CONTROL_FILE];
        snprintf(path, sizeof path, "%s.%s.%s", control->path, control->instance, door_names[i]);
        if (!listen_open_private(&control->service->doors[i], path)) return false;
    }
    control->listen_fd = packet_listen(control->own);
    return control->listen_fd >= 0 || complain(control->own, strerror(-control->listen_fd));
}

/* ---- From the predecessor ---------------------------------------------------------------------------------------
 */

static bool lost(const char *why) {
    fprintf(stderr, "kzgd: the handover by the running kzgd failed: %s\n", why);
    return false;
}

static bool adopt(struct control *control, const int *fds, size_t count) {
    char files[32] = "", pid[16] = "";
    if (count != LISTENERS) return lost("it sent no listening sockets");
    bool named = control_value(control->hand, "instance", control->instance, sizeof control->instance) &&
                 control_value(control->hand, "from", control->old.instance, sizeof control->old.instance) &&
                 control_value(control->hand, "pid", pid, sizeof pid);
    if (!named || !control_is_instance(control->instance) || !control_is_instance(control->old.instance)) {
        return lost("it did not say who it is");
    }
    control->old.pid = (pid_t)strtol(pid, NULL, 10);
    (void)control_value(control->hand, "files", files, sizeof files);
    for (size_t i = 0; i < LISTENERS; i++) {
        control->files[i] = strstr(files, door_names[i]) != NULL;
        if (!listen_adopt(&control->service->listeners[i], fds[i])) return false;
    }
    return true;
}

static bool receive(struct control *control) {
    int fds[LISTENERS] = {-1, -1};
    size_t count = 0;
    int fd = (int)strtol(getenv(CONTROL_HANDOVER), NULL, 10);
    unsetenv(CONTROL_HANDOVER);
    unsetenv("WATCHDOG_PID"); /* the predecessor's; the watchdog becomes this one's when it is the main process */
    if (fd <= STDERR_FILENO || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return lost("there is no connection to it");
    control->old.lifeline = fd;
    ssize_t n = packet_receive(fd, control->hand, sizeof control->hand, fds, LISTENERS, &count);
    if (n <= 0) return lost(n == 0 ? "it has ended" : strerror(errno));
    control->role = ROLE_WAITING;
    return adopt(control, fds, count);
}

bool control_has_listeners(const struct service *service) {
    return service->control != NULL && service->control->hand[0] != '\0';
}

const char *control_calibration(const struct service *service) {
    const struct control *control = service->control;
    char commit[64], backend[64], precompute[16];
    if (!control_has_listeners(service)) return NULL;
    bool told = control_value(control->hand, "commit", commit, sizeof commit) &&
                control_value(control->hand, "backend", backend, sizeof backend) &&
                control_value(control->hand, "precompute", precompute, sizeof precompute);
    bool same = told && strcmp(commit, service_commit()) == 0 && strcmp(commit, "unknown") != 0 &&
                strcmp(backend, integrity_backend(service->integrity)) == 0 &&
                strcmp(precompute, service->precompute) == 0;
    return same ? control->hand : NULL;
}

/* ---- Life -------------------------------------------------------------------------------------------------------
 */

static struct control *make(struct service *service, char *const *argv) {
    struct control *control = memory_take(MEMORY_TAG_OTHER, sizeof *control);
    if (control == NULL) return NULL;
    control->service = service;
    control->argv = argv;
    control->listen_fd = control->old.lifeline = control->new.lifeline = -1;
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) control->clients[i] = -1;
    control->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&control->lock, NULL);
    memcpy(control->path, service->config.control, strlen(service->config.control) + 1);
    snprintf(control->instance, sizeof control->instance, "%ld", (long)getpid());
    ssize_t n = readlink("/proc/self/exe", control->binary, sizeof control->binary - 1);
    if (n > 0) control->binary[n] = '\0';
    return control;
}

bool control_open(struct service *service, char *const *argv) {
    bool successor = control_is_successor();
    if (service->config.control[0] == '\0') return !successor || lost("there is no --control");
    struct control *control = service->control = make(service, argv);
    if (control == NULL) return lost("no memory");
    if (successor ? !receive(control) : !clear_path(control)) return false;
    snprintf(control->own, sizeof control->own, "%s.%s", control->path, control->instance);
    return open_doors(control);
}

bool control_start(struct service *service) {
    struct control *control = service->control;
    if (control == NULL) return true;
    if (control->role == ROLE_WAITING) {
        server_take(service->api, false);
        server_take(service->admin, false);
    } else {
        for (size_t i = 0; i < LISTENERS; i++) control->files[i] = service->listeners[i].unix_path[0] != '\0';
        control_link(control);
    }
    return control_serve(control);
}

bool control_is_main(const struct service *service) {
    struct control *control = service->control;
    if (control == NULL) return true;
    pthread_mutex_lock(&control->lock);
    bool alone = control->old.lifeline < 0;
    pthread_mutex_unlock(&control->lock);
    return alone;
}

bool control_ready(struct service *service) {
    struct control *control = service->control;
    if (control == NULL) return true;
    pthread_mutex_lock(&control->lock);
    control->ready = true;
    if (control->role == ROLE_WAITING && control->orphan) control_accept(control, "the predecessor has ended");
    bool serving = control->role == ROLE_SERVING;
    pthread_mutex_unlock(&control->lock);
    return serving;
}

static void tell(int lifeline, const char *word) {
    if (lifeline >= 0) (void)packet_send(lifeline, word, strlen(word), NULL, 0);
}

static enum control_end end_of(struct control *control) {
    struct successor *new = &control->new;
    switch (control->role) {
    case ROLE_SERVING:
        tell(control->old.lifeline, "ending");
        if (new->pid > 0 && !new->told) control_stop_successor(control);
        return CONTROL_END_SERVICE;
    case ROLE_WARM: tell(new->lifeline, "retired"); return CONTROL_END_RETIRED;
    case ROLE_WAITING: return CONTROL_END_ASIDE;
    case ROLE_ENDING: break; /* somebody asked: who? */
    }
    if (new->pid > 0) return new->told ? CONTROL_END_SERVICE : CONTROL_END_RETIRED;
    return control->old.lifeline >= 0 ? CONTROL_END_ASIDE : CONTROL_END_SERVICE;
}

enum control_end control_ending(struct service *service, long *ret_heir) {
    struct control *control = service->control;
    *ret_heir = 0;
    if (control == NULL) return CONTROL_END_SERVICE;
    pthread_mutex_lock(&control->lock);
    enum control_end end = end_of(control);
    if (end == CONTROL_END_RETIRED) *ret_heir = (long)control->new.pid;
    control->role = ROLE_ENDING;
    pthread_mutex_unlock(&control->lock);
    return end;
}

void control_close(struct service *service) {
    struct control *control = service->control;
    char leads_to[CONTROL_INSTANCE_MAX];
    if (control == NULL) return;
    if (control->started) {
        pthread_mutex_lock(&control->lock);
        control->stop = true;
        pthread_mutex_unlock(&control->lock);
        uint64_t one = 1;
        ssize_t n = write(control->wake_fd, &one, sizeof one);
        (void)n;
        pthread_join(control->thread, NULL);
    }
    /* One that has not served and does not end would hold the listening sockets open, and accept nothing. */
    if (control->new.pid > 0 && control->new.told && !control->new.served) (void)kill(control->new.pid, SIGKILL);
    if (control->own[0] != '\0') control_remove_files(control, control->instance);
    if (linked(control, leads_to) && strcmp(leads_to, control->instance) == 0) (void)unlink(control->path);
    const int fds[] = {control->listen_fd, control->wake_fd, control->old.lifeline, control->new.lifeline};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0) close(fds[i]);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (control->clients[i] >= 0) close(control->clients[i]);
    pthread_mutex_destroy(&control->lock);
    memory_give(control);
    service->control = NULL;
}
