/* The control socket's thread: lifelines, questions and answers. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kzgops/sampler.h"
#include "service/control_state.h"

#define TICK_MS    50
#define ANSWER_MAX 16384
#define WORD_MAX   (PATH_MAX + 128)

enum { AT_WAKE, AT_LISTEN, AT_OLD, AT_NEW, AT_CLIENTS, AT_END = AT_CLIENTS + CONTROL_CLIENTS };

/* ---- Answers ----------------------------------------------------------------------------------------------------
 */

static const char *phase_name(const struct service *service) {
    static const char *const names[] = {"starting", "ready", "draining", "failed"};
    return names[service_phase(service)];
}

static size_t add(char *out, size_t used, const char *key, const char *value) {
    if (used >= ANSWER_MAX) return used;
    int n = snprintf(out + used, ANSWER_MAX - used, "%s %s\n", key, value);
    return used + (size_t)n;
}

static size_t add_number(char *out, size_t used, const char *key, long value) {
    char text[32];
    snprintf(text, sizeof text, "%ld", value);
    return add(out, used, key, text);
}

static size_t add_successor(const struct control *control, char *out, size_t used) {
    const struct successor *successor = &control->new;
    if (successor->instance[0] == '\0') return used;
    used = add(out, used, "successor", successor->instance);
    used = add_number(out, used, "successor-pid", (long)successor->pid);
    used = add(out, used, "successor-binary", successor->binary);
    return successor->end[0] == '\0' ? used : add(out, used, "successor-end", successor->end);
}

static size_t say_status(const struct control *control, char *out) {
    const struct service *service = control->service;
    size_t used = (size_t)snprintf(out, ANSWER_MAX, "ok\n");
    used = add(out, used, "instance", control->instance);
    used = add_number(out, used, "pid", (long)getpid());
    used = add(out, used, "role", control_role_name(control->role));
    used = add(out, used, "phase", phase_name(service));
    used = add(out, used, "version", service_version());
    used = add(out, used, "commit", service_commit());
    used = add(out, used, "binary", control->binary);
    used = add(out, used, "api", service->doors[LISTENER_API].address);
    used = add(out, used, "admin", service->doors[LISTENER_ADMIN].address);
    used = add(out, used, "listen", service->listeners[LISTENER_API].address);
    used = add(out, used, "admin-listen", service->listeners[LISTENER_ADMIN].address);
    used = add_number(out, used, "connections", (long)server_connections(service->api));
    if (control->old.lifeline >= 0) used = add(out, used, "predecessor", control->old.instance);
    return add_successor(control, out, used);
}

/* ---- Questions --------------------------------------------------------------------------------------------------
 */

/* start NAME PATH: the path is the rest of the line. */
static const char *start(struct control *control, char *arguments, const char **ret_text) {
    char *blank = strchr(arguments, ' ');
    *ret_text = "start wants a name and a path";
    if (blank == NULL) return "bad_command";
    *blank = '\0';
    return control_start_successor(control, arguments, blank + 1, ret_text);
}

static size_t answer(struct control *control, char *line, char *out) {
    const char *text = "", *code;
    if (strcmp(line, "status") == 0) return say_status(control, out);
    if (strncmp(line, "start ", 6) == 0) {
        code = start(control, line + 6, &text);
    } else if (strcmp(line, "take-over") == 0) {
        code = control_take_over(control, &text);
    } else if (strcmp(line, "go-back") == 0) {
        code = control_go_back(control, &text);
    } else if (strcmp(line, "retire") == 0) {
        code = control_retire(control, &text);
    } else {
        code = "bad_command";
        text = "there are status, start, take-over, go-back and retire";
    }
    if (code == NULL) return say_status(control, out);
    return (size_t)snprintf(out, ANSWER_MAX, "error %s %s\n", code, text);
}

static bool is_printable(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) return false;
    return true;
}

static void hear_client(struct control *control, int *client) {
    static char line[WORD_MAX], out[ANSWER_MAX]; /* of the one thread */
    ssize_t n = packet_receive(*client, line, sizeof line, NULL, 0, NULL);
    bool good = n > 0 && is_printable(line, (size_t)n);
    size_t length = good ? answer(control, line, out)
                         : (size_t)snprintf(out, sizeof out, "error bad_command it is not a line of words\n");
    if (n != 0 && (n > 0 || errno == EMSGSIZE) &&
        packet_send(*client, out, length < ANSWER_MAX ? length : ANSWER_MAX - 1, NULL, 0))
        return;
    close(*client);
    *client = -1;
}

/* Whoever may connect to the file is asked for his name all the same. */
static void welcome(struct control *control) {
    pid_t pid;
    uid_t uid;
    int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) return;
    if (packet_peer(fd, &pid, &uid) && (uid == geteuid() || uid == 0)) {
        for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
            if (control->clients[i] >= 0) continue;
            control->clients[i] = fd;
            return;
        }
    }
    close(fd);
}

/* ---- Lifelines --------------------------------------------------------------------------------------------------
 */

static void hear_old(struct control *control) {
    char word[64];
    ssize_t n = packet_receive(control->old.lifeline, word, sizeof word, NULL, 0, NULL);
    if (n > 0) {
        control_old_says(control, word);
    } else if (n == 0 || errno != EINTR) {
        control_old_gone(control);
    }
}

static void hear_new(struct control *control) {
    char word[64];
    ssize_t n = packet_receive(control->new.lifeline, word, sizeof word, NULL, 0, NULL);
    if (n > 0) {
        control_new_says(control, word);
    } else if (n == 0 || errno != EINTR) {
        control_new_gone(control);
    }
}

/* ---- The thread -------------------------------------------------------------------------------------------------
 */

static void look(struct control *control, const struct pollfd *fds) {
    if (fds[AT_OLD].revents != 0) hear_old(control);
    if (fds[AT_NEW].revents != 0) hear_new(control);
    control_look_after(control);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (fds[AT_CLIENTS + i].revents != 0) hear_client(control, &control->clients[i]);
    if (fds[AT_LISTEN].revents != 0) welcome(control);
}

static void *run(void *user) {
    struct control *control = user;
    (void)kzgops_sampler_attach("control");
    pthread_mutex_lock(&control->lock);
    while (!control->stop) {
        struct pollfd fds[AT_END] = {{.fd = control->wake_fd},
                                     {.fd = control->listen_fd},
                                     {.fd = control->old.lifeline},
                                     {.fd = control->new.lifeline}};
        for (size_t i = 0; i < CONTROL_CLIENTS; i++) fds[AT_CLIENTS + i].fd = control->clients[i];
        for (size_t i = 0; i < AT_END; i++) fds[i].events = POLLIN;
        int timeout = control->new.pid > 0 ? TICK_MS : -1;
        pthread_mutex_unlock(&control->lock);
        int n = poll(fds, AT_END, timeout);
        pthread_mutex_lock(&control->lock);
        if (n < 0) memset(fds, 0, sizeof fds);
        look(control, fds);
    }
    pthread_mutex_unlock(&control->lock);
    return NULL;
}

bool control_serve(struct control *control) {
    if (pthread_create(&control->thread, NULL, run, control) != 0) return false;
    pthread_setname_np(control->thread, "kzgd-control");
    control->started = true;
    return true;
}
