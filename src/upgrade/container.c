/* The container driver: podman or docker by command line. Each slot has two places, a and b (container_runtime.h),
 * with addresses of their own; the new container is started in the place that the old one leaves free.
 *
 * Who gets the clients:
 *   with a proxy      HAProxy is told (container_proxy.h). The new one's place is in maintenance there before it is
 *                     started, and gets requests when it has been verified, and not before.
 *   shared            kzgd itself: all listen at one port, a new one from the moment that it is ready; POST /drain
 *                     makes an old one leave it, /undrain come back, both at once.
 *   without           whatever balances looks at /readyz, as deploy/haproxy has it: a new one gets requests as soon
 *                     as it is ready; POST /drain and /undrain take the old one out and bring it back, which takes
 *                     the balancer some seconds ("notice") to see.
 * Either way the old one stays loaded until it is retired. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upgrade/command.h"
#include "upgrade/container_ending.h"
#include "upgrade/container_proxy.h"
#include "upgrade/container_runtime.h"
#include "upgrade/transport.h"

#define MIGRATE    "/proc/sys/net/ipv4/tcp_migrate_req"
#define IDLE_MS    10000 /* for a server's sessions to end; longer ones are left to end by themselves */
#define HTTP_MS    5000
#define TEXT       "text/plain"
#define PLACES     "ab"
#define NOTE_IMAGE "image="
#define NOTE_REF   "reference="

static const struct upgrade_option options[] = {
    {"image", UPGRADE_OPTION_IMAGE, NULL, "the new version's image: repository, without tag or digest"},
    {"digest", UPGRADE_OPTION_DIGEST, NULL, "its digest, by which it is pulled"},
    {"runtime", UPGRADE_OPTION_WORD, "", "podman or docker; without it, whichever is there"},
    {"service", UPGRADE_OPTION_NAME, "kzgd", "containers are named SERVICE-SLOT-a and -b, and labelled kzgd.service"},
    {"api", UPGRADE_OPTION_ADDRESS, "127.0.0.1:4850",
     "API address of slot 0's place a; b has the next port, and so on"},
    {"admin", UPGRADE_OPTION_ADDRESS, "127.0.0.1:7600", "administration addresses, in the same way"},
    {"run", UPGRADE_OPTION_ARGUMENTS, "--network=host", "words for the runtime's run; {place} becomes 0-a, 0-b, ..."},
    {"arguments", UPGRADE_OPTION_ARGUMENTS, "", "words for kzgd, likewise; addresses are added"},
    {"pull", UPGRADE_OPTION_ARGUMENTS, "", "words for the runtime's pull"},
    {"proxy", UPGRADE_OPTION_ADDRESS, "", "HAProxy's administration socket; servers are named as containers"},
    {"backend", UPGRADE_OPTION_NAME, "kzgd", "its backend"},
    {"shared", UPGRADE_OPTION_ADDRESS, "",
     "in place of a proxy: the address that all kzgd listen at (--shared-listen)"},
    {"notice", UPGRADE_OPTION_NUMBER, "10", "without proxy: seconds until a balancer has seen a change of /readyz"},
    {NULL, UPGRADE_OPTION_NAME, NULL, NULL},
};

static bool is_shared(const struct upgrade_call *call) {
    return upgrade_value(call, "shared")[0] != '\0';
}

/* ---- Places -----------------------------------------------------------------------------------------------------
 */

/* A slot as it stands. old is where the serving version is, NULL: nowhere; fresh is the new one's, NULL: not begun.
 */
struct slot {
    struct container place[2];
    struct container *old, *fresh;
};

static char letter(const struct slot *slot, const struct container *container) {
    return PLACES[container - slot->place];
}

static struct container *other(struct slot *slot, const struct container *container) {
    return &slot->place[container == slot->place];
}

/* Port of a place: the base and two for each slot. False: there is none. */
static bool address(const struct upgrade_call *call, const char *option, size_t slot, char place,
                    char out[UPGRADE_ADDRESS_MAX]) {
    const char *base = upgrade_value(call, option), *colon = strrchr(base, ':');
    if (strncmp(base, "unix:", 5) == 0 || colon == NULL) return false;
    unsigned long port = strtoul(colon + 1, NULL, 10) + 2 * slot + (place == PLACES[1]);
    if (port > 65535) return false;
    snprintf(out, UPGRADE_ADDRESS_MAX, "%.*s:%lu", (int)(colon - base), base, port);
    return true;
}

static enum upgrade_status addresses(struct upgrade_call *call, size_t slot, char place,
                                     char api[UPGRADE_ADDRESS_MAX], char admin[UPGRADE_ADDRESS_MAX]) {
    if (address(call, "api", slot, place, api) && address(call, "admin", slot, place, admin)) return UPGRADE_OK;
    return upgrade_fail(call, "address_wrong",
                        "api and admin must be host:port, with two free ports for each slot behind it: slot %zu",
                        slot);
}

/* Which of the two is old: of another upgrade, or of none; one that runs before one that does not. */
static enum upgrade_status look(struct upgrade_call *call, size_t index, struct slot *ret) {
    *ret = (struct slot){0};
    enum upgrade_status status = runtime_look(call, index, ret->place);
    for (size_t i = 0; i < 2 && status == UPGRADE_OK; i++) {
        struct container *here = &ret->place[i];
        if (!here->there) continue;
        if (!here->ours)
            return upgrade_fail(call, "name_taken",
                                "the container %.200s has not the labels kzgd.service, kzgd.slot, kzgd.place of its "
                                "name",
                                here->name);
        if (strcmp(here->upgrade, call->id) == 0) {
            ret->fresh = here;
        } else if (ret->old == NULL || (here->running && !ret->old->running)) {
            ret->old = here;
        } else if (here->running) {
            return upgrade_fail(call, "two_old", "%.100s and %.100s both run: end the one that is not wanted",
                                ret->old->name, here->name);
        }
    }
    return status;
}

/* ---- Notes: "image=ID\nreference=...\n" of the old version --------------------------------------------------------
 */

static bool note(const char *notes, const char *name, char *out, size_t size) {
    for (const char *at = notes; at != NULL && *at != '\0';) {
        if (strncmp(at, name, strlen(name)) == 0) {
            at += strlen(name);
            snprintf(out, size, "%.*s", (int)strcspn(at, "\n"), at);
            return out[0] != '\0';
        }
        at = strchr(at, '\n');
        if (at != NULL) at++;
    }
    return false;
}

/* What is to be run: an image by digest, or in a rollback the very image that ran before. */
static bool wanted_image(const struct upgrade_call *call, char out[CONTAINER_REFERENCE_MAX]) {
    if (call->undone != NULL) return note(call->undone, NOTE_IMAGE, out, CONTAINER_REFERENCE_MAX);
    snprintf(out, CONTAINER_REFERENCE_MAX, "%s@%s", upgrade_value(call, "image"), upgrade_value(call, "digest"));
    return true;
}

static enum upgrade_status need_image(struct upgrade_call *call, char out[CONTAINER_REFERENCE_MAX]) {
    if (wanted_image(call, out)) return UPGRADE_OK;
    return upgrade_fail(call, "notes_missing", "the upgrade that is undone did not note what ran before");
}

/* ---- Asking an instance ---------------------------------------------------------------------------------------- */

/* POST with type, GET without. The HTTP status; 0 and why without an answer. */
static long exchange(const struct upgrade_call *call, const char *address, const char *path, const char *type,
                     char why[256]) {
    struct transport transport;
    struct transport_reply reply = {0};
    int64_t left_ms = upgrade_left_ms(call);
    const struct transport_request request = {.address = address,
                                              .path = path,
                                              .type = type,
                                              .body = (const uint8_t *)"",
                                              .timeout_ms = left_ms < HTTP_MS ? left_ms + 1 : HTTP_MS};
    transport_curl_open(&transport);
    bool answered = transport.user != NULL && transport.exchange(transport.user, &request, &reply);
    long status = answered ? reply.status : 0;
    snprintf(why, 256, "%.255s", reply.error);
    transport_free(&reply);
    transport_curl_close(&transport);
    return status;
}

static bool answers(const struct upgrade_call *call, const char *address) {
    char why[256];
    return exchange(call, address, "/", NULL, why) != 0;
}

/* Must be answered with 200. */
static enum upgrade_status ask(struct upgrade_call *call, const char *admin, const char *path, const char *type) {
    char why[256];
    long status = exchange(call, admin, path, type, why);
    if (status == 0) return upgrade_fail(call, "unreachable", "%s of %s: %.200s", path, admin, why);
    if (status == 200) return UPGRADE_OK;
    return upgrade_fail(call, "not_ready", "%s of %s is answered with %ld", path, admin, status);
}

/* ---- Describe, preflight, prepare -------------------------------------------------------------------------------
 */

static enum upgrade_status describe(struct upgrade_call *call, struct upgrade_description *ret) {
    const char *runtime;
    char api[UPGRADE_ADDRESS_MAX], admin[UPGRADE_ADDRESS_MAX];
    *ret = (struct upgrade_description){.local = true, .serves_at_once = !proxy_is_used(call)};
    if (proxy_is_used(call) && is_shared(call))
        return upgrade_fail(call, "options_clash", "proxy and shared are two ways to give instances their clients");
    enum upgrade_status status = runtime_find(call, &runtime);
    if (status == UPGRADE_OK) status = runtime_count(call, &ret->slots);
    if (status != UPGRADE_OK) return status;
    if (ret->slots == 0) {
        status = upgrade_fail(call, "service_missing", "there is no container with the label kzgd.service=%.100s",
                              upgrade_value(call, "service"));
        upgrade_fail_remedy(call, "%s ps --all --filter label=kzgd.service", runtime);
        return status;
    }
    snprintf(ret->target, sizeof ret->target, "%s on this machine, service %.100s, %zu slot%s", runtime,
             upgrade_value(call, "service"), ret->slots, ret->slots == 1 ? "" : "s");
    return addresses(call, ret->slots - 1, PLACES[1], api, admin);
}

static enum upgrade_status check_image(struct upgrade_call *call) {
    char image[CONTAINER_REFERENCE_MAX], id[CONTAINER_ID_MAX + 8];
    enum upgrade_status status = need_image(call, image);
    if (status == UPGRADE_OK) status = runtime_image(call, image, id);
    if (status != UPGRADE_OK) return status;
    if (id[0] != '\0')
        upgrade_check(call, "image", UPGRADE_PASS, "%.300s is here", image);
    else if (call->undone == NULL)
        upgrade_check(call, "image", UPGRADE_PASS, "%.300s is not here yet: it will be pulled", image);
    else
        upgrade_check(call, "image", UPGRADE_REFUSE, "the image that ran before, %.100s, is not here any more",
                      image);
    return UPGRADE_OK;
}

/* The place that the new one is to have. */
static enum upgrade_status check_place(struct upgrade_call *call, size_t index) {
    struct slot slot;
    struct proxy_server found;
    enum upgrade_status status = look(call, index, &slot);
    if (status != UPGRADE_OK || slot.old == NULL) return status;
    const struct container *next = other(&slot, slot.old);
    if (next->there && next->running && next != slot.fresh)
        upgrade_check(call, "place", UPGRADE_REFUSE, "%.200s runs where the new one is to be", next->name);
    if (!proxy_is_used(call)) return UPGRADE_OK;
    for (size_t i = 0; i < 2; i++) {
        status = proxy_look(call, slot.place[i].name, &found);
        if (status != UPGRADE_OK) return status;
        if (!found.known)
            upgrade_check(call, "proxy", UPGRADE_REFUSE, "HAProxy's backend %.100s has no server %.200s",
                          upgrade_value(call, "backend"), slot.place[i].name);
        else if (&slot.place[i] == slot.old)
            upgrade_check(call, "proxy", found.up ? UPGRADE_PASS : UPGRADE_REFUSE, "HAProxy %s %.200s requests",
                          found.up ? "gives" : "does not give", slot.place[i].name);
    }
    return UPGRADE_OK;
}

/* Without the kernel's moving them, connections that are only being made when an old one leaves would be reset. */
static void check_shared(struct upgrade_call *call) {
    const char *address = upgrade_value(call, "shared");
    char text[8] = "";
    FILE *file = fopen(MIGRATE, "re");
    bool there = file != NULL && fgets(text, sizeof text, file) != NULL;
    if (file != NULL) fclose(file);
    if (!there)
        upgrade_check(call, "shared", UPGRADE_REFUSE,
                      "this kernel moves no connections to another listener (Linux 5.14 does): use a proxy");
    else if (strcmp(text, "0\n") == 0)
        upgrade_check(call, "shared", UPGRADE_REFUSE,
                      "connections would be reset when an old instance leaves %.120s: sysctl -w "
                      "net.ipv4.tcp_migrate_req=1",
                      address);
    else if (!answers(call, address))
        upgrade_check(call, "shared", UPGRADE_REFUSE,
                      "nothing answers at %.120s: the old containers must have --shared-listen, too", address);
    else
        upgrade_check(call, "shared", UPGRADE_PASS, "%.120s is shared, and nothing is lost when one leaves", address);
}

static enum upgrade_status preflight(struct upgrade_call *call) {
    size_t slots;
    enum upgrade_status status = check_image(call);
    if (status == UPGRADE_OK && is_shared(call)) check_shared(call);
    if (status == UPGRADE_OK) status = runtime_count(call, &slots);
    for (size_t i = 0; status == UPGRADE_OK && i < slots; i++) status = check_place(call, i);
    return status;
}

/* "kzgd 1.2.3 (commit ..." */
static bool is_version(const char *line, const char *version) {
    size_t length = strlen(version);
    return strncmp(line, "kzgd ", 5) == 0 && strncmp(line + 5, version, length) == 0 &&
           (line[5 + length] == ' ' || line[5 + length] == '\0');
}

static enum upgrade_status check_version(struct upgrade_call *call, const char *image) {
    char line[256];
    enum upgrade_status status = runtime_version(call, image, line, sizeof line);
    if (status != UPGRADE_OK || is_version(line, call->to_version)) return status;
    return upgrade_fail(call, "version_wrong", "the image %.200s holds '%.100s', and not kzgd %s", image, line,
                        call->to_version);
}

/* As it will be started in slot 0. An old image that does not take these words is nothing to stop for: its formats
 * are not known then. */
static enum upgrade_status check_config(struct upgrade_call *call, const struct slot *slot, const char *image) {
    char api[UPGRADE_ADDRESS_MAX], admin[UPGRADE_ADDRESS_MAX], formats[FORMATS_MAX], old_formats[FORMATS_MAX] = "";
    char place = PLACES[slot->old == slot->place];
    enum upgrade_status status = addresses(call, 0, place, api, admin);
    if (status == UPGRADE_OK) status = runtime_check_config(call, 0, place, image, api, admin, formats);
    if (status != UPGRADE_OK) return status;
    struct upgrade_failure kept = *call->failure;
    if (runtime_check_config(call, 0, place, slot->old->image, api, admin, old_formats) != UPGRADE_OK)
        *call->failure = kept;
    formats_check(call, old_formats, formats);
    return UPGRADE_OK;
}

static enum upgrade_status prepare(struct upgrade_call *call) {
    struct slot slot;
    char image[CONTAINER_REFERENCE_MAX], id[CONTAINER_ID_MAX + 8];
    enum upgrade_status status = need_image(call, image);
    if (status == UPGRADE_OK) status = look(call, 0, &slot);
    if (status != UPGRADE_OK) return status;
    if (slot.old == NULL) return upgrade_fail(call, "old_missing", "slot 0 has no container to go back to");
    snprintf(call->remembered, UPGRADE_REMEMBERED_MAX, NOTE_IMAGE "%s\n" NOTE_REF "%s\n", slot.old->image,
             slot.old->reference);
    status = runtime_image(call, image, id);
    if (status == UPGRADE_OK && id[0] == '\0') {
        upgrade_say(call, "pulling %.300s", image);
        status = runtime_pull(call, image);
    }
    if (status == UPGRADE_OK) status = check_version(call, image);
    return status == UPGRADE_OK ? check_config(call, &slot, image) : status;
}

/* ---- Inspect ----------------------------------------------------------------------------------------------------
 */

static void judge(struct upgrade_call *call, const struct container *container, struct upgrade_instance *ret) {
    if (container->running) {
        ret->state = UPGRADE_RUNNING;
    } else if (container->waiting) {
        ret->state = UPGRADE_STARTING;
        snprintf(ret->detail, sizeof ret->detail, "%s", container->status);
    } else {
        char why[400];
        ret->state = UPGRADE_BROKEN;
        container_ending(container, KERNEL_LOG, why, sizeof why);
        snprintf(ret->detail, sizeof ret->detail, "%s, %s", container->status, why);
        runtime_log(call, container->name, ret->output);
    }
}

static enum upgrade_status inspect(struct upgrade_call *call, size_t index, enum upgrade_side side,
                                   struct upgrade_instance *ret) {
    struct slot slot;
    *ret = (struct upgrade_instance){.state = UPGRADE_ABSENT};
    enum upgrade_status status = look(call, index, &slot);
    const struct container *container = side == UPGRADE_NEW ? slot.fresh : slot.old;
    if (status != UPGRADE_OK || container == NULL) return status;
    snprintf(ret->name, sizeof ret->name, "%.255s", container->name);
    ret->restarts = container->restarts;
    judge(call, container, ret);
    if (ret->state == UPGRADE_RUNNING && proxy_is_used(call)) {
        struct proxy_server found;
        struct upgrade_failure kept = *call->failure;
        ret->serving = proxy_look(call, container->name, &found) == UPGRADE_OK && found.up;
        *call->failure = kept; /* a proxy that does not answer now is nothing that the instance is to blame for */
    }
    return addresses(call, index, letter(&slot, container), ret->api, ret->admin);
}

/* ---- Start ------------------------------------------------------------------------------------------------------
 */

static enum upgrade_status run_in(struct upgrade_call *call, size_t index, char place, const char *image,
                                  const char *upgrade) {
    char api[UPGRADE_ADDRESS_MAX], admin[UPGRADE_ADDRESS_MAX];
    enum upgrade_status status = addresses(call, index, place, api, admin);
    return status == UPGRADE_OK ? runtime_run(call, index, place, image, upgrade, api, admin) : status;
}

static enum upgrade_status start(struct upgrade_call *call, size_t index) {
    struct slot slot;
    char image[CONTAINER_REFERENCE_MAX];
    enum upgrade_status status = look(call, index, &slot);
    if (status == UPGRADE_OK) status = need_image(call, image);
    if (status != UPGRADE_OK) return status;
    if (slot.fresh != NULL && !slot.fresh->waiting) {
        upgrade_say(call, "%s is there already", slot.fresh->name);
        return UPGRADE_OK;
    }
    if (slot.old == NULL)
        return upgrade_fail(call, "old_missing", "slot %zu has no container to stand beside", index);
    struct container *next = other(&slot, slot.old);
    if (proxy_is_used(call)) status = proxy_set(call, next->name, PROXY_MAINT);
    if (status == UPGRADE_OK && slot.fresh != NULL) return runtime_start(call, slot.fresh->name);
    if (status == UPGRADE_OK && next->there) { /* left over from an earlier time, and ended */
        upgrade_say(call, "removing %s, which has ended", next->name);
        status = runtime_remove(call, next);
    }
    if (status != UPGRADE_OK) return status;
    upgrade_say(call, "starting %s from %.300s", next->name, image);
    return run_in(call, index, letter(&slot, next), image, call->id);
}

/* ---- Clients ----------------------------------------------------------------------------------------------------
 */

/* Time for whoever balances to see it. */
static enum upgrade_status notice(struct upgrade_call *call, const char *what) {
    int64_t ms = strtoll(upgrade_value(call, "notice"), NULL, 10) * 1000, left_ms = upgrade_left_ms(call);
    if (is_shared(call)) return UPGRADE_OK; /* there is nobody who would have to see it */
    if (ms > left_ms) return upgrade_timed_out(call, "notice is longer than the time that a step may take");
    upgrade_say(call, "%lld s for the balancer to see that %s", (long long)(ms / 1000), what);
    int64_t until_ms = command_now_ms() + ms;
    for (int64_t now_ms = command_now_ms(); now_ms < until_ms; now_ms = command_now_ms())
        (void)poll(NULL, 0, (int)(until_ms - now_ms));
    return UPGRADE_OK;
}

/* In rotation: at once with a proxy, which is waited for. */
static enum upgrade_status bring_in(struct upgrade_call *call, size_t index, const struct slot *slot,
                                    const struct container *container) {
    char api[UPGRADE_ADDRESS_MAX], admin[UPGRADE_ADDRESS_MAX];
    if (proxy_is_used(call)) {
        enum upgrade_status status = proxy_set(call, container->name, PROXY_READY);
        return status == UPGRADE_OK ? proxy_wait_up(call, container->name) : status;
    }
    enum upgrade_status status = addresses(call, index, letter(slot, container), api, admin);
    if (status == UPGRADE_OK) status = ask(call, admin, "/undrain", TEXT);
    return status == UPGRADE_OK ? notice(call, "it is ready") : status;
}

/* Out of rotation; what it has it finishes. */
static enum upgrade_status take_out(struct upgrade_call *call, size_t index, const struct slot *slot,
                                    const struct container *container) {
    char api[UPGRADE_ADDRESS_MAX], admin[UPGRADE_ADDRESS_MAX];
    if (proxy_is_used(call)) {
        enum upgrade_status status = proxy_set(call, container->name, PROXY_DRAIN);
        return status == UPGRADE_OK ? proxy_wait_idle(call, container->name, IDLE_MS) : status;
    }
    enum upgrade_status status = addresses(call, index, letter(slot, container), api, admin);
    if (status == UPGRADE_OK) status = ask(call, admin, "/drain", TEXT);
    return status == UPGRADE_OK ? notice(call, "it is drained") : status;
}

static enum upgrade_status take_over(struct upgrade_call *call, size_t index) {
    struct slot slot;
    enum upgrade_status status = look(call, index, &slot);
    if (status != UPGRADE_OK) return status;
    if (slot.fresh == NULL || !slot.fresh->running)
        return upgrade_fail(call, "new_missing", "slot %zu has no new container that runs", index);
    /* Without a proxy it has been in since it was ready; a repetition is no reason to wait for that again. */
    if (proxy_is_used(call)) status = bring_in(call, index, &slot, slot.fresh);
    if (status == UPGRADE_OK && slot.old != NULL && slot.old->running)
        status = take_out(call, index, &slot, slot.old);
    return status;
}

/* ---- Back and end -----------------------------------------------------------------------------------------------
 */

/* The place is free: whatever comes there next may be looked at again. */
static enum upgrade_status forget(struct upgrade_call *call, const struct container *container) {
    return proxy_is_used(call) && !container->there ? proxy_forget(call, container->name) : UPGRADE_OK;
}

/* Out of rotation and gone. */
static enum upgrade_status end(struct upgrade_call *call, size_t index, const struct slot *slot,
                               const struct container *container) {
    enum upgrade_status status = UPGRADE_OK;
    if (container->running) status = take_out(call, index, slot, container);
    if (status != UPGRADE_OK && !proxy_is_used(call)) { /* it hangs: there is nothing to wait for */
        *call->failure = (struct upgrade_failure){0};
        status = UPGRADE_OK;
    }
    if (status != UPGRADE_OK) return status;
    upgrade_say(call, "ending %s", container->name);
    status = runtime_remove(call, container);
    return status == UPGRADE_OK && proxy_is_used(call) ? proxy_forget(call, container->name) : status;
}

/* The container that ran before, or one of the same image where that is gone. */
static enum upgrade_status revive(struct upgrade_call *call, size_t index, struct slot *slot) {
    char image[CONTAINER_REFERENCE_MAX];
    if (slot->old != NULL && slot->old->running) return UPGRADE_OK;
    if (slot->old != NULL) {
        upgrade_say(call, "starting %s again", slot->old->name);
        enum upgrade_status status = runtime_start(call, slot->old->name);
        return status == UPGRADE_OK ? look(call, index, slot) : status;
    }
    if (!note(call->remembered, NOTE_IMAGE, image, sizeof image))
        return upgrade_fail(call, "notes_missing", "it was not noted what ran before");
    char place = slot->fresh == NULL ? PLACES[0] : letter(slot, other(slot, slot->fresh));
    upgrade_say(call, "making the old container of slot %zu anew from %.100s", index, image);
    enum upgrade_status status = run_in(call, index, place, image, "");
    return status == UPGRADE_OK ? look(call, index, slot) : status;
}

/* Until it is ready: an old one that had ended has to load first. */
static enum upgrade_status wait_ready(struct upgrade_call *call, size_t index, const struct slot *slot) {
    char api[UPGRADE_ADDRESS_MAX], admin[UPGRADE_ADDRESS_MAX];
    enum upgrade_status status = addresses(call, index, letter(slot, slot->old), api, admin);
    struct upgrade_failure kept = *call->failure;
    while (status == UPGRADE_OK) {
        status = ask(call, admin, "/undrain", TEXT);
        if (status == UPGRADE_OK) status = ask(call, admin, "/readyz", NULL);
        if (status == UPGRADE_OK) break;
        if (upgrade_left_ms(call) <= HTTP_MS) return status;
        *call->failure = kept;
        status = UPGRADE_OK;
        (void)poll(NULL, 0, 100);
    }
    return status;
}

static enum upgrade_status go_back(struct upgrade_call *call, size_t index) {
    struct slot slot;
    enum upgrade_status status = look(call, index, &slot);
    if (status == UPGRADE_OK) status = revive(call, index, &slot);
    if (status == UPGRADE_OK && slot.old == NULL)
        status = upgrade_fail(call, "old_missing", "slot %zu has no old container", index);
    if (status == UPGRADE_OK) status = wait_ready(call, index, &slot);
    /* Where there is no new one nothing was taken from the old one, unless that new one is gone already. */
    if (status == UPGRADE_OK && (slot.fresh != NULL || proxy_is_used(call)))
        status = bring_in(call, index, &slot, slot.old);
    if (status != UPGRADE_OK) return status;
    return slot.fresh != NULL ? end(call, index, &slot, slot.fresh) : forget(call, other(&slot, slot.old));
}

static enum upgrade_status retire(struct upgrade_call *call, size_t index) {
    struct slot slot;
    enum upgrade_status status = look(call, index, &slot);
    if (status != UPGRADE_OK) return status;
    if (slot.fresh == NULL || !slot.fresh->running)
        return upgrade_fail(call, "new_missing", "slot %zu has no new container that runs: the old one stays", index);
    if (slot.old == NULL) return forget(call, other(&slot, slot.fresh)); /* it has ended at an earlier attempt */
    return end(call, index, &slot, slot.old);
}

/* The images stay, for kzg rollback. */
static enum upgrade_status clean(struct upgrade_call *call) {
    size_t slots;
    enum upgrade_status status = runtime_count(call, &slots);
    for (size_t i = 0; status == UPGRADE_OK && i < slots; i++) {
        struct slot slot;
        status = look(call, i, &slot);
        if (status != UPGRADE_OK || slot.old == NULL || slot.fresh == NULL) continue;
        const struct container *ended = !slot.fresh->running ? slot.fresh : !slot.old->running ? slot.old : NULL;
        if (ended != NULL) status = runtime_remove(call, ended);
    }
    return status;
}

/* One slot; "" when nothing is known. */
static void by_hand_slot(struct upgrade_call *call, const char *runtime, size_t index, char *out, size_t size) {
    struct slot slot;
    char api[UPGRADE_ADDRESS_MAX], admin[UPGRADE_ADDRESS_MAX];
    const char *socket = upgrade_value(call, "proxy"), *backend = upgrade_value(call, "backend");
    out[0] = '\0';
    if (look(call, index, &slot) != UPGRADE_OK || slot.old == NULL) return;
    if (addresses(call, index, letter(&slot, slot.old), api, admin) != UPGRADE_OK) return;
    const char *fresh = slot.fresh == NULL ? "" : slot.fresh->name;
    int n = snprintf(out, size, "%s start %s\nkzg undrain --admin %s\n", runtime, slot.old->name, admin);
    if (socket[0] != '\0' && n > 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, "echo 'set server %s/%s state ready' | socat - %s%s\n", backend,
                      slot.old->name, strncmp(socket, "unix:", 5) == 0 ? "" : "TCP:", socket);
    if (fresh[0] != '\0' && n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, "%s rm --force %s\n", runtime, fresh);
}

static void by_hand(struct upgrade_call *call, char *out, size_t size) {
    const char *runtime;
    size_t slots = 0, used = 0;
    out[0] = '\0';
    if (runtime_find(call, &runtime) != UPGRADE_OK || runtime_count(call, &slots) != UPGRADE_OK) return;
    for (size_t i = 0; i < slots && used + 1 < size; i++) {
        by_hand_slot(call, runtime, i, out + used, size - used);
        used += strlen(out + used);
    }
}

const struct upgrade_driver upgrade_driver_container = {
    .name = "container",
    .summary = "podman or docker on this machine, two places a slot, behind HAProxy or what looks at /readyz",
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
