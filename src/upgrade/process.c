/* The process driver: kzgd on this host is replaced by another program over its control socket
 * (docs/operating/handover.md). There is one slot. The new instance is called by the upgrade's id; what the driver
 * must know to go back (which instance, which program) is in its notes, and everything else is asked of the
 * processes. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "upgrade/command.h"
#include "upgrade/driver.h"
#include "upgrade/names.h"
#include "upgrade/process_binary.h"
#include "upgrade/process_control.h"

static const struct upgrade_option options[] = {
    {"control", UPGRADE_OPTION_PATH, "/run/kzgd/control", "kzgd's --control"},
    {"binary", UPGRADE_OPTION_PATH, "", "the new kzgd; an upgrade must have it, a rollback knows it"},
    {"digest", UPGRADE_OPTION_DIGEST, "", "what the new kzgd's must be, sha256:..."},
    {"signature", UPGRADE_OPTION_PATH, "", "file with the new kzgd's signature (openssl dgst -sha256 -sign)"},
    {"key", UPGRADE_OPTION_PATH, "", "file with the public key that the signature must be of, in PEM"},
    {"stage", UPGRADE_OPTION_PATH, "", "folder for the programs' copies, readable by kzgd; else the upgrade's own"},
    {"install", UPGRADE_OPTION_PATH, "", "where the new kzgd is put in the end, so that a restart runs it"},
    {NULL, UPGRADE_OPTION_WORD, NULL, NULL},
};

/* ---- Who is who -------------------------------------------------------------------------------------------------
 */

/* The old instance's name: by the notes; before there are any, it is the one that serves. NULL then. */
static const char *old_name(const struct upgrade_call *call, char name[UPGRADE_ID_MAX]) {
    return process_note(call->remembered, "old", name, UPGRADE_ID_MAX) ? name : NULL;
}

static enum process_answer ask_old(struct upgrade_call *call, const char *command, struct process_status *ret) {
    char name[UPGRADE_ID_MAX];
    return process_ask(call, old_name(call, name), command, ret);
}

static enum process_answer ask_new(struct upgrade_call *call, const char *command, struct process_status *ret) {
    return process_ask(call, call->id, command, ret);
}

static bool is(const char *text, const char *word) {
    return strcmp(text, word) == 0;
}

/* One of the two, that which serves if both are there. */
static enum process_answer ask_any(struct upgrade_call *call, struct process_status *ret) {
    enum process_answer answer = process_ask(call, NULL, "status", ret);
    if (answer == PROCESS_NOBODY) answer = ask_new(call, "status", ret);
    return answer == PROCESS_NOBODY ? ask_old(call, "status", ret) : answer;
}

static enum upgrade_status no_control(struct upgrade_call *call) {
    (void)upgrade_fail(call, "no_control", "no kzgd listens at the control socket %s",
                       upgrade_value(call, "control"));
    upgrade_fail_remedy(call, "start kzgd with --control %s, or name the right one: --with control=PATH",
                        upgrade_value(call, "control"));
    return UPGRADE_FAILED;
}

static bool staged(struct upgrade_call *call, const char *which, char out[PATH_MAX]) {
    const char *folder = upgrade_value(call, "stage");
    int n = snprintf(out, PATH_MAX, "%s/kzgd.%s.%s", folder[0] != '\0' ? folder : call->folder, call->id, which);
    if (n > 0 && n < PATH_MAX) return true;
    (void)upgrade_fail(call, "stage_failed", "the path of the folder for programs is too long");
    return false;
}

/* ---- Before -----------------------------------------------------------------------------------------------------
 */

static enum upgrade_status describe(struct upgrade_call *call, struct upgrade_description *ret) {
    struct process_status status;
    enum process_answer answer = ask_any(call, &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    if (answer == PROCESS_NOBODY) return no_control(call);
    *ret = (struct upgrade_description){.slots = 1, .local = true};
    snprintf(ret->target, sizeof ret->target, "kzgd of %.110s on this host: process %ld, %.100s",
             upgrade_value(call, "control"), (long)status.pid, status.binary);
    return UPGRADE_OK;
}

static void check_handover(struct upgrade_call *call, const struct process_status *status) {
    if (status->predecessor[0] != '\0') {
        upgrade_check(call, "handover", UPGRADE_REFUSE,
                      "instance %s, which this one replaced, has not been retired: another upgrade is under way",
                      status->predecessor);
    } else if (status->successor_pid != 0) {
        upgrade_check(call, "handover", UPGRADE_REFUSE, "instance %s is about to replace this one: another upgrade",
                      status->successor);
    } else {
        upgrade_check(call, "handover", UPGRADE_PASS, "process %ld can be replaced", (long)status->pid);
    }
}

/* The upgrade's folder is ours alone. */
static void check_stage(struct upgrade_call *call, const struct process_status *status) {
    const char *stage = upgrade_value(call, "stage");
    if (stage[0] == '\0' && status->uid != geteuid()) {
        upgrade_check(call, "stage", UPGRADE_REFUSE,
                      "kzgd runs as user %ld, who cannot read %s: --with stage=FOLDER names one that he can",
                      (long)status->uid, call->folder);
    } else if (stage[0] != '\0' && access(stage, W_OK | X_OK) != 0) {
        upgrade_check(call, "stage", UPGRADE_REFUSE, "%s: %s", stage, strerror(errno));
    } else {
        upgrade_check(call, "stage", UPGRADE_PASS, "programs are kept in %s",
                      stage[0] != '\0' ? stage : call->folder);
    }
}

static enum upgrade_status preflight(struct upgrade_call *call) {
    struct process_status status;
    char binary[PATH_MAX], found[64];
    enum process_answer answer = process_ask(call, NULL, "status", &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    if (answer == PROCESS_NOBODY) return no_control(call);
    bool tool = command_find("sha256sum", found, sizeof found);
    upgrade_check(call, "tools", tool ? UPGRADE_PASS : UPGRADE_REFUSE, "sha256sum is %s",
                  tool ? "there" : "not there");
    check_handover(call, &status);
    check_stage(call, &status);
    process_binary_wanted(call, binary, sizeof binary);
    return process_binary_check(call, binary, status.pid) ? UPGRADE_OK : UPGRADE_FAILED;
}

/* program: the copy of what it runs. */
static bool remember_old(struct upgrade_call *call, const struct process_status *status, const char *program) {
    char number[32], birth[32], command[1500];
    snprintf(number, sizeof number, "%ld", (long)status->pid);
    snprintf(birth, sizeof birth, "%llu", (unsigned long long)command_birth(status->pid));
    process_binary_command(program, status->pid, command, sizeof command);
    return process_remember(call, "old", status->instance) && process_remember(call, "old-pid", number) &&
           process_remember(call, "old-birth", birth) && process_remember(call, "old-command", command);
}

/* A program, its copy, and the copy's digest under key and key-digest. */
static bool stage(struct upgrade_call *call, const char *from, const char *which, const char *key) {
    char path[PATH_MAX], digest[PROCESS_DIGEST_MAX], digest_key[32];
    snprintf(digest_key, sizeof digest_key, "%s-digest", key);
    return staged(call, which, path) && process_binary_copy(call, from, path) &&
           process_binary_digest(call, path, digest) && process_remember(call, key, path) &&
           process_remember(call, digest_key, digest);
}

/* The running program by /proc: its file may have been replaced already. */
static enum upgrade_status prepare(struct upgrade_call *call) {
    struct process_status status;
    char binary[PATH_MAX], running[64], copy[PATH_MAX], digest[PROCESS_DIGEST_MAX];
    enum process_answer answer = process_ask(call, NULL, "status", &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    if (answer == PROCESS_NOBODY) return no_control(call);
    snprintf(running, sizeof running, "/proc/%ld/exe", (long)status.pid);
    process_binary_wanted(call, binary, sizeof binary);
    if (!staged(call, "old", copy) || !remember_old(call, &status, copy) ||
        !stage(call, running, "old", "old-binary") || !stage(call, binary, "new", "new-binary")) {
        return UPGRADE_FAILED;
    }
    (void)process_note(call->remembered, "new-binary-digest", digest, sizeof digest);
    upgrade_say(call, "%s is staged: %s", binary, digest);
    if (!staged(call, "new", copy) || !process_binary_signed(call, copy)) return UPGRADE_FAILED;
    const char *wanted = call->undone == NULL ? upgrade_value(call, "digest") : "";
    if (wanted[0] == '\0' || is(wanted, digest)) return UPGRADE_OK;
    return upgrade_fail(call, "digest_wrong", "%s has changed since it was looked at: %s", binary, digest);
}

/* ---- Looking ----------------------------------------------------------------------------------------------------
 */

static void describe_instance(const struct process_status *status, struct upgrade_instance *ret) {
    ret->state = UPGRADE_RUNNING;
    snprintf(ret->name, sizeof ret->name, "process %ld (%s)", (long)status->pid, status->instance);
    snprintf(ret->api, sizeof ret->api, "%s", status->api);
    snprintf(ret->admin, sizeof ret->admin, "%s", status->admin);
    snprintf(ret->detail, sizeof ret->detail, "%s, %s", status->role, status->phase);
    ret->serving = is(status->role, "serving");
}

/* There is no answer from it: what does the one say that started it? */
static enum upgrade_status look_for_new(struct upgrade_call *call, struct upgrade_instance *ret) {
    struct process_status old;
    char gone[8];
    snprintf(ret->name, sizeof ret->name, "instance %s", call->id);
    if (process_note(call->remembered, "gone-back", gone, sizeof gone)) return UPGRADE_OK;
    enum process_answer answer = ask_old(call, "status", &old);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    if (answer == PROCESS_NOBODY || !is(old.successor, call->id)) return UPGRADE_OK;
    if (old.successor_pid != 0) {
        ret->state = UPGRADE_STARTING;
        snprintf(ret->name, sizeof ret->name, "process %ld (%s)", (long)old.successor_pid, call->id);
        return UPGRADE_OK;
    }
    ret->state = UPGRADE_BROKEN;
    snprintf(ret->detail, sizeof ret->detail, "it has ended, %s; kzgd's log says more", old.successor_end);
    return UPGRADE_OK;
}

static enum upgrade_status inspect(struct upgrade_call *call, size_t slot, enum upgrade_side side,
                                   struct upgrade_instance *ret) {
    struct process_status status;
    (void)slot;
    *ret = (struct upgrade_instance){.state = UPGRADE_ABSENT};
    enum process_answer answer =
        side == UPGRADE_OLD ? ask_old(call, "status", &status) : ask_new(call, "status", &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    if (answer == PROCESS_NOBODY) return side == UPGRADE_NEW ? look_for_new(call, ret) : UPGRADE_OK;
    describe_instance(&status, ret);
    return UPGRADE_OK;
}

/* ---- Forward ----------------------------------------------------------------------------------------------------
 */

static enum upgrade_status start(struct upgrade_call *call, size_t slot) {
    struct process_status status;
    char path[PATH_MAX], command[PATH_MAX + 64];
    (void)slot;
    enum process_answer answer = ask_new(call, "status", &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    if (answer == PROCESS_ANSWERED) return UPGRADE_OK;
    if (!process_note(call->remembered, "new-binary", path, sizeof path))
        return upgrade_fail(call, "start_failed", "the notes do not say which program is to be started");
    snprintf(command, sizeof command, "start %s %s", call->id, path);
    answer = ask_old(call, command, &status);
    if (answer == PROCESS_NOBODY)
        return upgrade_fail(call, "old_lost", "the old instance is not there any more: nobody can start a new one");
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    upgrade_say(call, "process %ld started: %s", (long)status.successor_pid, path);
    return UPGRADE_OK;
}

/* Until the old one accepts no more, or has ended. */
static enum upgrade_status take_over(struct upgrade_call *call, size_t slot) {
    struct process_status status;
    (void)slot;
    enum process_answer answer = ask_new(call, "take-over", &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    if (answer == PROCESS_NOBODY)
        return upgrade_fail(call, "new_lost", "the new instance has ended before it could take over");
    do {
        answer = ask_old(call, "status", &status);
        if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
        if (answer == PROCESS_NOBODY || !is(status.role, "serving")) return UPGRADE_OK;
    } while (process_pause(call));
    return upgrade_timed_out(call, "process %ld does not stop accepting", (long)status.pid);
}

static bool old_has_ended(const struct upgrade_call *call) {
    char pid[32] = "", birth[32] = "", now[32];
    (void)process_note(call->remembered, "old-pid", pid, sizeof pid);
    (void)process_note(call->remembered, "old-birth", birth, sizeof birth);
    snprintf(now, sizeof now, "%llu", (unsigned long long)command_birth((pid_t)strtol(pid, NULL, 10)));
    return !is(now, birth);
}

static enum upgrade_status retire(struct upgrade_call *call, size_t slot) {
    struct process_status status;
    (void)slot;
    enum process_answer answer = ask_old(call, "status", &status);
    if (answer == PROCESS_ANSWERED) answer = ask_old(call, "retire", &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    do {
        if (old_has_ended(call)) return UPGRADE_OK;
    } while (process_pause(call));
    return upgrade_timed_out(call, "the old process has not finished what it has");
}

/* ---- Back -------------------------------------------------------------------------------------------------------
 */

/* Until the old one has seen the new one's end; it kills one that has none. */
static enum upgrade_status wait_new_gone(struct upgrade_call *call) {
    struct process_status status;
    do {
        enum process_answer answer = ask_old(call, "status", &status);
        if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
        if (answer == PROCESS_NOBODY)
            return upgrade_fail(call, "old_lost", "the old instance ended while it was gone back to");
        if (!is(status.successor, call->id) || status.successor_pid == 0) return UPGRADE_OK;
    } while (process_pause(call));
    return upgrade_timed_out(call, "process %ld, the new one, does not end", (long)status.successor_pid);
}

/* One whose predecessor has ended serves as soon as it is ready. */
static enum process_answer wait_new_serves(struct upgrade_call *call) {
    struct process_status status;
    enum process_answer answer;
    do answer = ask_new(call, "status", &status);
    while (answer == PROCESS_ANSWERED && !is(status.role, "serving") && process_pause(call));
    return answer;
}

/* The old one is not there any more: the new one starts the old program, is taken over from by it, and retired. The
 * notes then call that one the old one. */
static enum upgrade_status start_old_anew(struct upgrade_call *call) {
    struct process_status status = {0};
    char name[UPGRADE_ID_MAX], path[PATH_MAX], command[PATH_MAX + 64];
    if (!process_note(call->remembered, "old-binary", path, sizeof path))
        return upgrade_fail(call, "old_lost", "the old instance is not there, and no copy of its program");
    snprintf(name, sizeof name, "%.34s-back", call->id);
    snprintf(command, sizeof command, "start %s %s", name, path);
    enum process_answer answer = process_ask(call, name, "status", &status);
    if (answer == PROCESS_NOBODY) answer = wait_new_serves(call);
    if (answer == PROCESS_ANSWERED && !is(status.instance, name)) answer = ask_new(call, command, &status);
    if (answer == PROCESS_NOBODY) {
        (void)upgrade_fail(call, "all_lost", "neither the old nor the new instance is there any more");
        return UPGRADE_FAILED;
    }
    upgrade_say(call, "the old instance has ended: its program is started anew");
    while (answer != PROCESS_ERROR &&
           !(answer == PROCESS_ANSWERED && is(status.instance, name) && is(status.phase, "ready"))) {
        if (!process_pause(call)) return upgrade_timed_out(call, "the old program, started anew, does not get ready");
        answer = process_ask(call, name, "status", &status);
    }
    if (answer != PROCESS_ERROR) answer = process_ask(call, name, "take-over", &status);
    if (answer != PROCESS_ANSWERED) return upgrade_fail(call, "old_lost", "the old program, started anew, has ended");
    if (!remember_old(call, &status, path)) return UPGRADE_FAILED;
    do {
        answer = ask_new(call, "status", &status);
        if (answer == PROCESS_ANSWERED && is(status.role, "warm")) answer = ask_new(call, "retire", &status);
        if (answer == PROCESS_NOBODY) return UPGRADE_OK;
        if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    } while (process_pause(call));
    return upgrade_timed_out(call, "the new process does not end");
}

static enum upgrade_status go_back(struct upgrade_call *call, size_t slot) {
    struct process_status status;
    (void)slot;
    enum process_answer answer = ask_old(call, "go-back", &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    enum upgrade_status result = answer == PROCESS_NOBODY ? start_old_anew(call) : wait_new_gone(call);
    if (result == UPGRADE_OK && !process_remember(call, "gone-back", "1")) return UPGRADE_FAILED;
    return result;
}

/* ---- After ------------------------------------------------------------------------------------------------------
 */

/* The program that serves is put where a restart finds it. */
static enum upgrade_status install(struct upgrade_call *call) {
    char path[PATH_MAX];
    const char *to = upgrade_value(call, "install");
    if (to[0] == '\0' || !process_note(call->remembered, "new-binary", path, sizeof path)) return UPGRADE_OK;
    if (!process_binary_copy(call, path, to)) return UPGRADE_FAILED;
    upgrade_say(call, "%s is the new program", to);
    return UPGRADE_OK;
}

/* The old program's copy stays: a rollback runs it, unless it was gone back to already. */
static enum upgrade_status clean(struct upgrade_call *call) {
    struct process_status status;
    char path[PATH_MAX];
    enum process_answer answer = ask_new(call, "status", &status);
    if (answer == PROCESS_ERROR) return UPGRADE_FAILED;
    if (answer == PROCESS_ANSWERED && is(status.role, "serving")) return install(call);
    if (process_note(call->remembered, "new-binary", path, sizeof path)) (void)unlink(path);
    return UPGRADE_OK;
}

/* The new one's death makes a warm old one serve; without an old one, the old program is started. */
static void by_hand(struct upgrade_call *call, char *out, size_t size) {
    struct process_status old, new_one;
    struct upgrade_failure failure = *call->failure; /* asking must not change it */
    char command[1500];
    bool warm = ask_old(call, "status", &old) == PROCESS_ANSWERED;
    bool there = ask_new(call, "status", &new_one) == PROCESS_ANSWERED;
    *call->failure = failure;
    int n = 0;
    out[0] = '\0';
    if (there) n = snprintf(out, size, "kill -%s %ld\n", warm ? "KILL" : "TERM", (long)new_one.pid);
    if (warm || n < 0 || (size_t)n >= size) return;
    if (process_note(call->remembered, "old-command", command, sizeof command))
        snprintf(out + n, size - (size_t)n, "%s\n", command);
}

const struct upgrade_driver upgrade_driver_process = {
    .name = "process",
    .summary = "kzgd on this host, replaced over its control socket",
    .options = options,
    .describe = describe,
    .preflight = preflight,
    .prepare = prepare,
    .inspect = inspect,
    .start = start,
    .take_over = take_over,
    .go_back = go_back,
    .retire = retire,
    .clean = clean,
    .by_hand = by_hand,
};
