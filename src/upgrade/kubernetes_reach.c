/* A pod's ports, through `kubectl port-forward`: one process for each instance that is open. It ends with us. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "upgrade/kubernetes.h"

#define LOG_MAX   2048
#define WAIT_MS   20
#define END_MS    1000
#define REACH_MS  20000
#define ADDRESS   "127.0.0.1"
#define FORWARDED "Forwarding from " ADDRESS ":"

/* Not for a later call of another process: a port-forward does not outlive us. */
static pid_t forwards[2][UPGRADE_SLOTS_MAX];

/* The end of what it wrote. */
static void read_file(const char *path, char out[LOG_MAX]) {
    out[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t n = read(fd, out, LOG_MAX - 1);
    out[n > 0 ? n : 0] = '\0';
    close(fd);
}

/* "Forwarding from 127.0.0.1:39537 -> 4844": the local port, 0 when there is no such whole line. */
static unsigned long local_port(const char *log, const char *port) {
    for (const char *at = log; (at = strstr(at, FORWARDED)) != NULL;) {
        char *end;
        at += strlen(FORWARDED);
        unsigned long local = strtoul(at, &end, 10);
        size_t length = strlen(port);
        if (strncmp(end, " -> ", 4) == 0 && strncmp(end + 4, port, length) == 0 && end[4 + length] == '\n')
            return local;
    }
    return 0;
}

static enum upgrade_status wait_for_ports(struct upgrade_call *call, pid_t pid, const char *path,
                                          struct upgrade_instance *instance) {
    char log[LOG_MAX];
    int64_t until_ms = command_now_ms() + REACH_MS;
    int wait_status;
    for (;;) {
        bool ended = command_ended(pid, &wait_status);
        read_file(path, log);
        unsigned long api = local_port(log, upgrade_value(call, "api-port"));
        unsigned long admin = local_port(log, upgrade_value(call, "admin-port"));
        if (api > 0 && admin > 0 && !ended) {
            snprintf(instance->api, sizeof instance->api, ADDRESS ":%lu", api);
            snprintf(instance->admin, sizeof instance->admin, ADDRESS ":%lu", admin);
            return UPGRADE_OK;
        }
        bool late = upgrade_left_ms(call) == 0 || command_now_ms() > until_ms;
        if (ended || late) {
            enum upgrade_status status =
                ended ? upgrade_fail(call, "port_forward_failed", "kubectl port-forward to %.200s ended",
                                     instance->name)
                      : upgrade_timed_out(call, "kubectl port-forward to %.200s opened no ports", instance->name);
            upgrade_fail_output(call, log);
            return status;
        }
        (void)poll(NULL, 0, WAIT_MS);
    }
}

enum upgrade_status kube_reach(struct upgrade_call *call, size_t slot, enum upgrade_side side,
                               struct upgrade_instance *instance) {
    struct kube_words words;
    char path[1024];
    const char *pod = strchr(instance->name, '/');
    kube_unreach(call, slot, side);
    int length = snprintf(path, sizeof path, "%s/port-forward-%s-%zu.log", call->folder,
                          side == UPGRADE_OLD ? "old" : "new", slot);
    if (pod == NULL || length < 0 || (size_t)length >= sizeof path)
        return upgrade_fail(call, "port_forward_failed", "no port can be opened to %.200s", instance->name);
    (void)unlink(path);
    kube_begin(call, &words, false);
    kube_word(&words, "port-forward");
    kube_word(&words, "--address=" ADDRESS);
    kube_word(&words, "pod/%s", pod + 1);
    kube_word(&words, ":%s", upgrade_value(call, "api-port"));
    kube_word(&words, ":%s", upgrade_value(call, "admin-port"));
    struct command_background forward = {.argv = words.argv, .log_file = path, .dies_with_us = true};
    int error = command_start(&forward, &forwards[side][slot]);
    if (error != 0) {
        forwards[side][slot] = 0;
        return upgrade_fail(call, "port_forward_failed", "kubectl: %s", strerror(error));
    }
    enum upgrade_status status = wait_for_ports(call, forwards[side][slot], path, instance);
    if (status != UPGRADE_OK) kube_unreach(call, slot, side);
    return status;
}

void kube_unreach(struct upgrade_call *call, size_t slot, enum upgrade_side side) {
    (void)call;
    command_stop(forwards[side][slot], END_MS);
    forwards[side][slot] = 0;
}
