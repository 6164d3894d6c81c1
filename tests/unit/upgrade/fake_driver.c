#include "fake_driver.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_NAME "world"

static struct fake_world *world;
static int64_t clock_ms = 1000;

/* ---- The world ------------------------------------------------------------------------------------------------- */

static void map_file(const char *folder, int flags) {
    char path[300];
    snprintf(path, sizeof path, "%s/" FILE_NAME, folder);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *world) != 0) abort();
    world = mmap(NULL, sizeof *world, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (world == MAP_FAILED) abort();
    close(fd);
}

struct fake_world *fake_join(const char *folder) {
    map_file(folder, 0);
    return world->next.version[0] != '\0' ? world : fake_open(folder);
}

struct fake_world *fake_open(const char *folder) {
    map_file(folder, O_TRUNC);
    const struct fake_instance well = {
        .life = FAKE_UP, .serving = true, .version = "1.0.0", .answer_s = 0.01, .cpu_s = 0.001, .p99_s = 0.1};
    for (size_t i = 0; i < FAKE_SLOTS; i++) world->slot[i].old = well;
    world->next = well;
    world->next.serving = false;
    snprintf(world->next.version, sizeof world->next.version, "1.1.0");
    world->memory_bytes = 1e12;
    return world;
}

void fake_close(struct fake_world *one) {
    munmap(one, sizeof *one);
}

void fake_promote(struct fake_world *one, const char *next_version) {
    for (size_t i = 0; i < FAKE_SLOTS; i++)
        if (one->slot[i].new_one.serving && one->slot[i].old.life == FAKE_NONE) {
            one->slot[i].old = one->slot[i].new_one;
            one->slot[i].new_one = (struct fake_instance){.life = FAKE_NONE};
        }
    snprintf(one->next.version, sizeof one->next.version, "%s", next_version);
}

void fake_moment(void) {
    for (size_t i = 0; i < FAKE_SLOTS; i++)
        if (!world->slot[i].old.serving && !world->slot[i].new_one.serving) world->lost = true;
    if (++world->moment == world->kill_at) kill(getpid(), SIGKILL);
}

static bool serves_alone(const struct fake_instance *one, const struct fake_instance *other) {
    return one->life == FAKE_UP && one->serving && other->life == FAKE_NONE && !other->serving;
}

bool fake_all_new(const struct fake_world *one) {
    bool all = true;
    for (size_t i = 0; i < FAKE_SLOTS; i++) all = all && serves_alone(&one->slot[i].new_one, &one->slot[i].old);
    return all;
}

bool fake_all_old(const struct fake_world *one) {
    bool all = true;
    for (size_t i = 0; i < FAKE_SLOTS; i++) all = all && serves_alone(&one->slot[i].old, &one->slot[i].new_one);
    return all;
}

/* ---- Driver ---------------------------------------------------------------------------------------------------- */

static enum upgrade_status fault(struct upgrade_call *call, const char *function, size_t slot) {
    struct fake_fault *one = &world->fault;
    if (one->times == 0 || strcmp(one->function, function) != 0) return UPGRADE_OK;
    if (one->slot != FAKE_SLOTS && one->slot != slot) return UPGRADE_OK;
    one->times--;
    if (one->times_out) return upgrade_timed_out(call, "%s took too long", function);
    enum upgrade_status status = upgrade_fail(call, "fake_failed", "%s failed", function);
    upgrade_fail_output(call, "what it said");
    return status;
}

static enum upgrade_status describe(struct upgrade_call *call, struct upgrade_description *ret) {
    *ret = (struct upgrade_description){
        .target = "a file", .slots = FAKE_SLOTS, .local = true, .old_ends_at_take_over = world->ends_old};
    return fault(call, "describe", 0);
}

static enum upgrade_status preflight(struct upgrade_call *call) {
    upgrade_check(call, "image", world->refuses ? UPGRADE_REFUSE : UPGRADE_PASS, "it is %s",
                  world->refuses ? "not there" : "there");
    return fault(call, "preflight", 0);
}

static enum upgrade_status prepare(struct upgrade_call *call) {
    fake_moment();
    snprintf(call->remembered, UPGRADE_REMEMBERED_MAX, "version=%s", call->from_version);
    return fault(call, "prepare", 0);
}

static enum upgrade_status inspect(struct upgrade_call *call, size_t slot, enum upgrade_side side,
                                   struct upgrade_instance *ret) {
    static const enum upgrade_instance_state states[] = {
        [FAKE_NONE] = UPGRADE_ABSENT,
        [FAKE_UP] = UPGRADE_RUNNING,
        [FAKE_LOADING] = UPGRADE_STARTING,
        [FAKE_BROKEN] = UPGRADE_BROKEN,
    };
    const struct fake_instance *one = side == UPGRADE_OLD ? &world->slot[slot].old : &world->slot[slot].new_one;
    ret->state = states[one->life];
    ret->restarts = one->restarts;
    ret->serving = one->serving;
    snprintf(ret->name, sizeof ret->name, "%s:%zu", side == UPGRADE_OLD ? "old" : "new", slot);
    snprintf(ret->api, sizeof ret->api, "%.100s", ret->name);
    snprintf(ret->admin, sizeof ret->admin, "%.100s", ret->name);
    if (one->life == FAKE_BROKEN) {
        snprintf(ret->detail, sizeof ret->detail, "exit status 1");
        snprintf(ret->output, sizeof ret->output, "its last words");
    }
    return fault(call, side == UPGRADE_OLD ? "inspect_old" : "inspect_new", slot);
}

static enum upgrade_status start(struct upgrade_call *call, size_t slot) {
    struct fake_instance *one = &world->slot[slot].new_one;
    enum upgrade_status status = fault(call, "start", slot);
    world->starts++;
    if (status != UPGRADE_OK || (one->life != FAKE_NONE && strcmp(one->id, call->id) == 0)) return status;
    fake_moment();
    *one = world->next;
    one->born_ms = clock_ms;
    snprintf(one->id, sizeof one->id, "%s", call->id);
    fake_moment();
    return UPGRADE_OK;
}

static enum upgrade_status take_over(struct upgrade_call *call, size_t slot) {
    struct fake_instance *old = &world->slot[slot].old, *one = &world->slot[slot].new_one;
    enum upgrade_status status = fault(call, "take_over", slot);
    world->take_overs++;
    if (status != UPGRADE_OK) return status;
    fake_moment();
    one->serving = true;
    fake_moment();
    old->serving = false;
    if (world->ends_old) *old = (struct fake_instance){.life = FAKE_NONE};
    fake_moment();
    if (one->breaks_with_clients) one->life = FAKE_BROKEN;
    return UPGRADE_OK;
}

static enum upgrade_status go_back(struct upgrade_call *call, size_t slot) {
    struct fake_instance *old = &world->slot[slot].old;
    enum upgrade_status status = fault(call, "go_back", slot);
    world->backs++;
    if (status != UPGRADE_OK) return status;
    if (strncmp(call->remembered, "version=", 8) != 0) return upgrade_fail(call, "forgot", "'%s'", call->remembered);
    fake_moment();
    if (old->life == FAKE_NONE) {
        *old = (struct fake_instance){.life = FAKE_UP, .answer_s = 0.01, .p99_s = 0.1};
        snprintf(old->version, sizeof old->version, "%s", call->remembered + 8);
    }
    fake_moment();
    old->serving = true;
    fake_moment();
    world->slot[slot].new_one = (struct fake_instance){.life = FAKE_NONE};
    fake_moment();
    return UPGRADE_OK;
}

static enum upgrade_status retire(struct upgrade_call *call, size_t slot) {
    enum upgrade_status status = fault(call, "retire", slot);
    world->retires++;
    if (status != UPGRADE_OK) return status;
    fake_moment();
    world->slot[slot].old = (struct fake_instance){.life = FAKE_NONE};
    fake_moment();
    return UPGRADE_OK;
}

static enum upgrade_status clean(struct upgrade_call *call) {
    fake_moment();
    world->cleans++;
    return fault(call, "clean", 0);
}

static void by_hand(struct upgrade_call *call, char *out, size_t size) {
    snprintf(out, size, "restore %s", call->remembered);
}

static const struct upgrade_option options[] = {
    {"place", UPGRADE_OPTION_WORD, "here", "where it is"},
    {0},
};

const struct upgrade_driver fake_driver = {
    .name = "fake",
    .summary = "a file",
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

/* ---- Time and room --------------------------------------------------------------------------------------------- */

static int64_t now_ms(void *user) {
    (void)user;
    return clock_ms;
}

static void sleep_ms(void *user, int64_t ms) {
    (void)user;
    clock_ms += ms;
}

const struct machine_clock fake_clock = {NULL, now_ms, sleep_ms};

void fake_room(const char *folder, struct machine_room *ret) {
    (void)folder;
    *ret = (struct machine_room){.memory_bytes = world->memory_bytes, .disk_bytes = 1e12, .cpus = 4, .load = 1};
}

/* ---- Network: instances answer by what they are ---------------------------------------------------------------- */

static void answer(struct transport_reply *ret, long status, const void *body, size_t length) {
    ret->status = status;
    ret->body = calloc(1, length + 1);
    if (ret->body == NULL) abort();
    memcpy(ret->body, body, length);
    ret->length = length;
}

/* Counters go with the time: a thousand runs before it, a hundred a second in it. */
static void answer_metrics(const struct fake_instance *one, struct transport_reply *ret) {
    char text[1024];
    double seconds = (double)clock_ms / 1000, runs = 1000 + 100 * seconds;
    int n =
        snprintf(text, sizeof text,
                 "kzg_http_responses_total{code=\"200\"} %.0f\nkzg_http_responses_total{code=\"500\"} %.0f\n"
                 "kzg_operations_total{operation=\"compute_cells\",status=\"ok\"} %.0f\n"
                 "kzg_operation_cpu_seconds_total{operation=\"compute_cells\",backend=\"adx\"} %.6f\n"
                 "kzg_operation_duration_seconds_bucket{operation=\"compute_cells\",status=\"ok\",le=\"0.01\"} 0\n"
                 "kzg_operation_duration_seconds_bucket{operation=\"compute_cells\",status=\"ok\",le=\"%.3f\"} %.0f\n"
                 "kzg_operation_duration_seconds_bucket{operation=\"compute_cells\",status=\"ok\",le=\"+Inf\"} %.0f\n"
                 "process_resident_memory_bytes %.0f\n",
                 runs * (1 - one->errors), runs * one->errors, runs, runs * one->cpu_s, one->p99_s, runs, runs,
                 300e6 + one->leak * (double)(clock_ms - one->born_ms) / 1000);
    answer(ret, 200, text, (size_t)n);
}

static void answer_get(const struct fake_instance *one, const char *path, struct transport_reply *ret) {
    char text[256];
    if (strcmp(path, "/version") == 0) {
        int n = snprintf(text, sizeof text, "{\"version\":\"%s\",\"setup\":{\"sha256\":\"" FAKE_SETUP "\"}}",
                         one->version);
        answer(ret, 200, text, (size_t)n);
    } else if (strcmp(path, "/metrics") == 0) {
        answer_metrics(one, ret);
    } else {
        answer(ret, one->unready ? 503 : 200, "why", 3);
    }
}

/* /compute: the body backwards; /check: is "ab" followed by "ba"? */
static void answer_post(const struct fake_instance *one, const struct transport_request *request,
                        struct transport_reply *ret) {
    uint8_t out[16];
    if (strcmp(request->path, "/check") == 0) {
        out[0] = request->length == 4 && memcmp(request->body, "abba", 4) == 0;
        answer(ret, 200, out, 1);
    } else {
        for (size_t i = 0; i < request->length; i++) out[i] = request->body[request->length - 1 - i];
        if (one->wrong || (one->wrong_for_client && strncmp(request->path, "/kzg", 4) == 0)) out[0] ^= 1;
        answer(ret, 200, out, request->length);
    }
    ret->seconds = one->answer_s;
}

/* One request of a client has been copied. */
static void answer_tap(const char *path, struct transport_reply *ret) {
    static const char copy[] = "kzgd-tap 1 compute_cells ssz ssz 200 ok r 2 2\nabba";
    static const char state[] = "{\"copying\":false,\"begun\":1,\"filling\":0,\"dropped\":{}}";
    if (strcmp(path, "/debug/tap/0") == 0)
        answer(ret, 200, copy, sizeof copy - 1);
    else
        answer(ret, 200, state, sizeof state - 1);
}

static bool exchange(void *user, const struct transport_request *request, struct transport_reply *ret) {
    (void)user;
    size_t slot = (size_t)(request->address[4] - '0');
    const struct fake_instance *one =
        request->address[0] == 'o' ? &world->slot[slot].old : &world->slot[slot].new_one;
    *ret = (struct transport_reply){0};
    if (one->life != FAKE_UP || one->unreachable) {
        snprintf(ret->error, sizeof ret->error, "Couldn't connect to server");
        return false;
    }
    if (strncmp(request->path, "/debug/tap", 10) == 0)
        answer_tap(request->path, ret);
    else if (request->type == NULL)
        answer_get(one, request->path, ret);
    else
        answer_post(one, request, ret);
    return true;
}

const struct transport fake_transport = {NULL, exchange};

#define TEXT(text) (const uint8_t *)(text), sizeof(text) - 1

static bool shadow(void *user, struct upgrade_answer *ret) {
    (void)user;
    *ret = (struct upgrade_answer){"shadow", "/compute", "x", TEXT("xyz"), 200, TEXT("zyx")};
    return true;
}

static const struct upgrade_answer known[] = {{"compute", "/compute", "x", TEXT("abc"), 200, TEXT("cba")}};
static const struct upgrade_cross cross[] = {{"check", "/compute", "/check", TEXT("ab"), TEXT("ab"), 2}};

const struct upgrade_answers fake_answers = {
    .known = known,
    .known_count = 1,
    .cross = cross,
    .cross_count = 1,
    .setup_sha256 = FAKE_SETUP,
    .shadow = shadow,
};
