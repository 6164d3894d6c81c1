#include "upgrade/container_runtime.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upgrade/command.h"
#include "upgrade/container_words.h"

#define SHORT_MS    30000 /* for a command that only looks */
#define STOP_MOST_S 90
#define LOG_LINES   "40"

#define LABEL_SERVICE "kzgd.service"
#define LABEL_SLOT    "kzgd.slot"
#define LABEL_PLACE   "kzgd.place"
#define LABEL_UPGRADE "kzgd.upgrade"

/* ---- The program ------------------------------------------------------------------------------------------------
 */

enum upgrade_status runtime_find(struct upgrade_call *call, const char **ret_name) {
    static const char *const names[] = {"podman", "docker"};
    const char *wanted = upgrade_value(call, "runtime");
    char path[512];
    for (size_t i = 0; i < 2; i++) {
        if (wanted[0] != '\0' && strcmp(wanted, names[i]) != 0) continue;
        *ret_name = names[i];
        if (command_find(names[i], path, sizeof path)) return UPGRADE_OK;
    }
    if (wanted[0] != '\0' && strcmp(wanted, names[0]) != 0 && strcmp(wanted, names[1]) != 0)
        return upgrade_fail(call, "runtime_unknown", "runtime is '%.60s': expected podman or docker", wanted);
    enum upgrade_status status = upgrade_fail(call, "runtime_missing", "there is no %s in PATH",
                                              wanted[0] != '\0' ? wanted : "podman or docker");
    upgrade_fail_remedy(call, "apt-get install podman");
    return status;
}

static enum upgrade_status begin(struct upgrade_call *call, struct words *words) {
    const char *name;
    words->count = words->used = 0;
    words->full = false;
    memset(words->argv, 0, sizeof words->argv);
    enum upgrade_status status = runtime_find(call, &name);
    if (status == UPGRADE_OK) words_add(words, "%s", name);
    return status;
}

static enum upgrade_status finish(struct upgrade_call *call, const char *code, const struct words *words,
                                  int64_t timeout_ms, struct command_result *ret) {
    *ret = (struct command_result){0};
    if (words->full) return upgrade_fail(call, "arguments_too_long", "the command line has too many words");
    return command_run_for(call, code, words->argv, timeout_ms, ret);
}

/* A command whose output nobody needs. */
static enum upgrade_status run_plainly(struct upgrade_call *call, const char *code, const struct words *words,
                                       int64_t timeout_ms) {
    struct command_result result;
    enum upgrade_status status = finish(call, code, words, timeout_ms, &result);
    command_result_free(&result);
    return status;
}

/* The command ran, and says that there is no such thing. */
static bool says_missing(const struct command_result *result) {
    return result->end == COMMAND_EXITED && result->status != 0 &&
           (strstr(result->error, "no such") != NULL || strstr(result->error, "No such") != NULL ||
            strstr(result->error, "image not known") != NULL);
}

/* ---- Inspect ----------------------------------------------------------------------------------------------------
 */

static json_object *member(json_object *object, const char *name) {
    json_object *found = NULL;
    return json_object_object_get_ex(object, name, &found) ? found : NULL;
}

static void copy(json_object *object, const char *name, char *out, size_t size) {
    const char *text = json_object_get_string(member(object, name));
    snprintf(out, size, "%s", text == NULL ? "" : text);
}

static void read_labels(json_object *labels, const struct upgrade_call *call, size_t slot, char place,
                        struct container *ret) {
    char service[256], slot_text[24], place_text[4], expected[24];
    copy(labels, LABEL_SERVICE, service, sizeof service);
    copy(labels, LABEL_SLOT, slot_text, sizeof slot_text);
    copy(labels, LABEL_PLACE, place_text, sizeof place_text);
    copy(labels, LABEL_UPGRADE, ret->upgrade, sizeof ret->upgrade);
    snprintf(expected, sizeof expected, "%zu", slot);
    ret->ours = strcmp(service, upgrade_value(call, "service")) == 0 && strcmp(slot_text, expected) == 0 &&
                place_text[0] == place && place_text[1] == '\0';
}

static void read_container(json_object *object, const struct upgrade_call *call, size_t slot, char place,
                           struct container *ret) {
    json_object *state = member(object, "State"), *config = member(object, "Config");
    ret->there = true;
    copy(object, "Id", ret->id, sizeof ret->id);
    copy(object, "Image", ret->image, sizeof ret->image);
    copy(config, "Image", ret->reference, sizeof ret->reference);
    copy(state, "Status", ret->status, sizeof ret->status);
    copy(state, "Error", ret->error, sizeof ret->error);
    ret->running = json_object_get_boolean(member(state, "Running")) && strcmp(ret->status, "running") == 0;
    ret->waiting = strcmp(ret->status, "created") == 0 || strcmp(ret->status, "configured") == 0 ||
                   strcmp(ret->status, "initialized") == 0;
    ret->exit_code = json_object_get_int(member(state, "ExitCode"));
    ret->restarts = json_object_get_uint64(member(object, "RestartCount"));
    ret->memory_limit = json_object_get_uint64(member(member(object, "HostConfig"), "Memory"));
    read_labels(member(config, "Labels"), call, slot, place, ret);
}

static bool is_named(json_object *object, const char *name) {
    const char *found = json_object_get_string(member(object, "Name"));
    if (found == NULL) return false;
    return strcmp(found + (found[0] == '/'), name) == 0; /* docker's begin with a slash */
}

static enum upgrade_status read_places(struct upgrade_call *call, size_t slot, const char *output,
                                       struct container ret[2]) {
    json_object *list = json_tokener_parse(output);
    bool good = list != NULL && json_object_is_type(list, json_type_array);
    for (size_t i = 0; good && i < json_object_array_length(list); i++) {
        json_object *object = json_object_array_get_idx(list, i);
        for (size_t place = 0; place < 2; place++)
            if (is_named(object, ret[place].name)) read_container(object, call, slot, "ab"[place], &ret[place]);
    }
    json_object_put(list);
    return good ? UPGRADE_OK : upgrade_fail(call, "runtime_unreadable", "inspect answered with no list");
}

enum upgrade_status runtime_look(struct upgrade_call *call, size_t slot, struct container ret[2]) {
    struct words words;
    struct command_result result;
    struct upgrade_failure before = *call->failure;
    memset(ret, 0, 2 * sizeof *ret);
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    words_split(&words, "inspect --type container", "");
    for (size_t place = 0; place < 2; place++) {
        runtime_name(call, slot, "ab"[place], ret[place].name);
        words_add(&words, "%s", ret[place].name);
    }
    status = finish(call, "runtime_failed", &words, SHORT_MS, &result);
    if (status == UPGRADE_FAILED && says_missing(&result)) { /* of one, or of both: the rest is in the output */
        *call->failure = before;
        status = UPGRADE_OK;
    }
    if (status == UPGRADE_OK) status = read_places(call, slot, result.output, ret);
    command_result_free(&result);
    return status;
}

enum upgrade_status runtime_count(struct upgrade_call *call, size_t *ret_slots) {
    struct words words;
    struct command_result result;
    const char *service = upgrade_value(call, "service");
    size_t length = strlen(service);
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    words_split(&words, "ps --all --no-trunc --format {{.Names}} --filter", "");
    words_add(&words, "label=" LABEL_SERVICE "=%s", service);
    status = finish(call, "runtime_failed", &words, SHORT_MS, &result);
    *ret_slots = 0;
    for (const char *at = result.output; status == UPGRADE_OK && *at != '\0'; at += *at == '\n') {
        char *end = NULL;
        bool named = strncmp(at, service, length) == 0 && at[length] == '-';
        unsigned long slot = named ? strtoul(at + length + 1, &end, 10) : 0;
        if (named && end != at + length + 1 && *end == '-' && slot < UPGRADE_SLOTS_MAX && slot >= *ret_slots)
            *ret_slots = slot + 1;
        at += strcspn(at, "\n");
    }
    command_result_free(&result);
    return status;
}

void runtime_name(const struct upgrade_call *call, size_t slot, char place, char out[CONTAINER_NAME_MAX]) {
    snprintf(out, CONTAINER_NAME_MAX, "%s-%zu-%c", upgrade_value(call, "service"), slot, place);
}

void runtime_log(struct upgrade_call *call, const char *name, char out[UPGRADE_OUTPUT_MAX]) {
    const char *program;
    struct command_result result;
    struct upgrade_failure kept = *call->failure;
    out[0] = '\0';
    bool found = runtime_find(call, &program) == UPGRADE_OK;
    *call->failure = kept;
    if (!found) return;
    const char *const argv[] = {program, "logs", "--tail", LOG_LINES, name, NULL};
    int64_t deadline_ms = command_now_ms() + SHORT_MS;
    const struct command command = {.argv = argv,
                                    .deadline_ms = deadline_ms < call->deadline_ms ? deadline_ms : call->deadline_ms};
    if (command_run(&command, &result)) {
        /* kzgd logs to standard error, where the end counts; of its greeting the beginning. */
        const char *text = result.error[0] != '\0' ? result.error : result.output;
        size_t length = strlen(text);
        snprintf(out, UPGRADE_OUTPUT_MAX, "%s",
                 length < UPGRADE_OUTPUT_MAX ? text : text + length - UPGRADE_OUTPUT_MAX + 1);
    }
    command_result_free(&result);
}

/* ---- Acts -------------------------------------------------------------------------------------------------------
 */

/* The image, and the words for the kzgd in it. */
static void add_kzgd(struct upgrade_call *call, struct words *words, const char *where, const char *image,
                     const char *api, const char *admin) {
    const char *shared = upgrade_value(call, "shared");
    words_add(words, "%s", image);
    words_split(words, upgrade_value(call, "arguments"), where);
    words_add(words, "--listen=%s", api);
    words_add(words, "--admin-listen=%s", admin);
    if (shared[0] != '\0') words_add(words, "--shared-listen=%s", shared);
}

enum upgrade_status runtime_run(struct upgrade_call *call, size_t slot, char place, const char *image,
                                const char *upgrade, const char *api, const char *admin) {
    struct words words;
    char name[CONTAINER_NAME_MAX], where[32];
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    runtime_name(call, slot, place, name);
    snprintf(where, sizeof where, "%zu-%c", slot, place);
    words_split(&words, "run --detach --pull=never --name", "");
    words_add(&words, "%s", name);
    words_add(&words, "--label=" LABEL_SERVICE "=%s", upgrade_value(call, "service"));
    words_add(&words, "--label=" LABEL_SLOT "=%zu", slot);
    words_add(&words, "--label=" LABEL_PLACE "=%c", place);
    if (upgrade[0] != '\0') words_add(&words, "--label=" LABEL_UPGRADE "=%s", upgrade);
    words_split(&words, upgrade_value(call, "run"), where);
    add_kzgd(call, &words, where, image, api, admin);
    return run_plainly(call, "start_failed", &words, 0);
}

enum upgrade_status runtime_check_config(struct upgrade_call *call, size_t slot, char place, const char *image,
                                         const char *api, const char *admin, char ret_formats[FORMATS_MAX]) {
    struct words words;
    struct command_result result;
    char where[32], run[WORDS_TEXT_MAX];
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    snprintf(where, sizeof where, "%zu-%c", slot, place);
    words_without(upgrade_value(call, "run"), "--restart", run, sizeof run);
    words_split(&words, "run --rm --pull=never", "");
    words_add(&words, "--label=" LABEL_UPGRADE "=%s", call->id);
    words_split(&words, run, where);
    add_kzgd(call, &words, where, image, api, admin);
    words_add(&words, "--check-config");
    status = finish(call, "config_refused", &words, 0, &result);
    formats_read(status == UPGRADE_OK ? result.output : "", ret_formats);
    command_result_free(&result);
    return status;
}

enum upgrade_status runtime_start(struct upgrade_call *call, const char *name) {
    struct words words;
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    words_add(&words, "start");
    words_add(&words, "%s", name);
    return run_plainly(call, "start_failed", &words, 0);
}

static enum upgrade_status stop(struct upgrade_call *call, const char *name) {
    struct words words;
    int64_t grace_s = upgrade_left_ms(call) / 1000 - 5;
    if (grace_s < 1) grace_s = 1;
    if (grace_s > STOP_MOST_S) grace_s = STOP_MOST_S;
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    words_split(&words, "stop --time", "");
    words_add(&words, "%lld", (long long)grace_s);
    words_add(&words, "%s", name);
    return run_plainly(call, "stop_failed", &words, 0);
}

enum upgrade_status runtime_remove(struct upgrade_call *call, const struct container *container) {
    struct words words;
    enum upgrade_status status = container->running ? stop(call, container->name) : UPGRADE_OK;
    if (status == UPGRADE_OK) status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    words_split(&words, "rm --force --volumes", "");
    words_add(&words, "%s", container->name);
    return run_plainly(call, "remove_failed", &words, 0);
}

/* ---- Images -----------------------------------------------------------------------------------------------------
 */

enum upgrade_status runtime_image(struct upgrade_call *call, const char *reference,
                                  char ret_id[CONTAINER_ID_MAX + 8]) {
    struct words words;
    struct command_result result;
    struct upgrade_failure before = *call->failure;
    ret_id[0] = '\0';
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    words_split(&words, "image inspect --format {{.Id}}", "");
    words_add(&words, "%s", reference);
    status = finish(call, "runtime_failed", &words, SHORT_MS, &result);
    if (status == UPGRADE_OK)
        snprintf(ret_id, CONTAINER_ID_MAX + 8, "%.*s", (int)strcspn(result.output, "\n"), result.output);
    if (status == UPGRADE_FAILED && says_missing(&result)) {
        *call->failure = before;
        status = UPGRADE_OK;
    }
    command_result_free(&result);
    return status;
}

enum upgrade_status runtime_pull(struct upgrade_call *call, const char *reference) {
    struct words words;
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    words_split(&words, "pull --quiet", "");
    words_split(&words, upgrade_value(call, "pull"), "");
    words_add(&words, "%s", reference);
    return run_plainly(call, "pull_failed", &words, 0);
}

enum upgrade_status runtime_version(struct upgrade_call *call, const char *image, char *out, size_t size) {
    struct words words;
    struct command_result result;
    enum upgrade_status status = begin(call, &words);
    if (status != UPGRADE_OK) return status;
    words_split(&words, "run --rm --pull=never --network=none", "");
    words_add(&words, "--label=" LABEL_UPGRADE "=%s", call->id);
    words_add(&words, "%s", image);
    words_add(&words, "--version");
    status = finish(call, "image_does_not_run", &words, 0, &result);
    if (status == UPGRADE_OK) snprintf(out, size, "%.*s", (int)strcspn(result.output, "\n"), result.output);
    command_result_free(&result);
    return status;
}
