#include "upgrade/process_control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/packet.h"

#define ANSWER_MS 5000
#define PAUSE_MS  20

/* ---- Notes ------------------------------------------------------------------------------------------------------
 */

static const char *find(const char *notes, const char *key) {
    size_t length = strlen(key);
    while (*notes != '\0') {
        if (strncmp(notes, key, length) == 0 && notes[length] == ' ') return notes;
        notes += strcspn(notes, "\n");
        notes += *notes == '\n';
    }
    return NULL;
}

bool process_note(const char *notes, const char *key, char *out, size_t size) {
    const char *line = find(notes, key);
    out[0] = '\0';
    if (line == NULL) return false;
    const char *value = line + strlen(key) + 1;
    size_t length = strcspn(value, "\n");
    if (length >= size) return false;
    memcpy(out, value, length);
    out[length] = '\0';
    return true;
}

bool process_remember(struct upgrade_call *call, const char *key, const char *value) {
    char notes[UPGRADE_REMEMBERED_MAX];
    const char *line = find(call->remembered, key);
    size_t before = line == NULL ? strlen(call->remembered) : (size_t)(line - call->remembered);
    const char *after = line == NULL ? "" : line + strcspn(line, "\n");
    after += *after == '\n';
    int n = snprintf(notes, sizeof notes, "%.*s%s %s\n%s", (int)before, call->remembered, key, value, after);
    if (n < 0 || (size_t)n >= sizeof notes || strchr(value, '\n') != NULL) {
        (void)upgrade_fail(call, "notes_full", "'%s' cannot be remembered: it is too long", key);
        return false;
    }
    memcpy(call->remembered, notes, (size_t)n + 1);
    return true;
}

/* ---- Words ------------------------------------------------------------------------------------------------------
 */

static long number(const char *text, const char *key) {
    char value[32];
    return process_note(text, key, value, sizeof value) ? strtol(value, NULL, 10) : 0;
}

/* All that must be there is: another program at that socket would not say it. */
static bool read_status(const char *text, struct process_status *ret) {
    ret->pid = (pid_t)number(text, "pid");
    ret->successor_pid = (pid_t)number(text, "successor-pid");
    (void)process_note(text, "predecessor", ret->predecessor, sizeof ret->predecessor);
    (void)process_note(text, "successor", ret->successor, sizeof ret->successor);
    (void)process_note(text, "successor-end", ret->successor_end, sizeof ret->successor_end);
    return process_note(text, "instance", ret->instance, sizeof ret->instance) &&
           process_note(text, "role", ret->role, sizeof ret->role) &&
           process_note(text, "phase", ret->phase, sizeof ret->phase) &&
           process_note(text, "version", ret->version, sizeof ret->version) &&
           process_note(text, "binary", ret->binary, sizeof ret->binary) &&
           process_note(text, "api", ret->api, sizeof ret->api) &&
           process_note(text, "admin", ret->admin, sizeof ret->admin) && ret->pid > 0;
}

static enum process_answer no_kzgd(struct upgrade_call *call, const char *path, const char *command) {
    (void)upgrade_fail(call, "control_unknown", "%s gave no answer of a kzgd to '%s'", path, command);
    return PROCESS_ERROR;
}

static enum process_answer said_no(struct upgrade_call *call, const char *path, const char *command,
                                   const char *text) {
    char code[40];
    if (strncmp(text, "error ", 6) != 0) return no_kzgd(call, path, command);
    text += 6;
    size_t length = strcspn(text, " \n");
    snprintf(code, sizeof code, "control_%.*s", (int)(length < 24 ? length : 24), text);
    (void)upgrade_fail(call, code, "kzgd at %s refused '%s': %.200s", path, command, text);
    return PROCESS_ERROR;
}

static enum process_answer exchange(struct upgrade_call *call, int fd, const char *path, const char *command,
                                    struct process_status *ret) {
    static char text[PACKET_MAX]; /* one call at a time */
    ssize_t n = packet_send(fd, command, strlen(command), NULL, 0)
                    ? packet_receive(fd, text, sizeof text, NULL, 0, NULL)
                    : -1;
    if (n == 0 || (n < 0 && (errno == EPIPE || errno == ECONNRESET))) return PROCESS_NOBODY; /* it ended just now */
    if (n < 0) {
        (void)upgrade_fail(call, "control_silent", "kzgd at %s gives no answer to '%s': %s", path, command,
                           errno == EAGAIN ? "it hangs" : strerror(errno));
        return PROCESS_ERROR;
    }
    pid_t pid;
    if (strncmp(text, "ok\n", 3) != 0) return said_no(call, path, command, text);
    if (read_status(text + 3, ret) && packet_peer(fd, &pid, &ret->uid)) return PROCESS_ANSWERED;
    return no_kzgd(call, path, command);
}

enum process_answer process_ask(struct upgrade_call *call, const char *instance, const char *command,
                                struct process_status *ret) {
    char path[PATH_MAX];
    int64_t left_ms = upgrade_left_ms(call);
    *ret = (struct process_status){0};
    snprintf(path, sizeof path, "%s%s%s", upgrade_value(call, "control"), instance == NULL ? "" : ".",
             instance == NULL ? "" : instance);
    int fd = packet_connect(path, left_ms < 1 ? 1 : left_ms < ANSWER_MS ? left_ms : ANSWER_MS);
    if (fd == -ENOENT || fd == -ECONNREFUSED) return PROCESS_NOBODY;
    if (fd < 0) {
        (void)upgrade_fail(call, "control_unreachable", "cannot connect to %s: %s", path, strerror(-fd));
        return PROCESS_ERROR;
    }
    enum process_answer answer = exchange(call, fd, path, command, ret);
    close(fd);
    return answer;
}

bool process_pause(const struct upgrade_call *call) {
    int64_t left_ms = upgrade_left_ms(call);
    if (left_ms <= 0) return false;
    (void)poll(NULL, 0, (int)(left_ms < PAUSE_MS ? left_ms : PAUSE_MS));
    return true;
}
