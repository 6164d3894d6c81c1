#include "upgrade/live.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS    5000
#define COPY_MS    30000
#define ANSWER_MS  60000
#define REPEATS    4 /* of a request whose load is shed */
#define HEAD_MAX   256
#define TAP        "/debug/tap"
#define OWN_TIME_S 60 /* that the copies stay beyond the time for which requests are copied */
#define TAP_MOST_S 600

/* A copy as kzgd gives it (service/tap.h). Pointers go into the reply. */
struct copy {
    char operation[64], in[8], out[8], code[64], id[80];
    long status;
    const uint8_t *body, *answer;
    size_t body_bytes, answer_bytes;
};

static bool ask_tap(const struct verify *verify, const struct upgrade_instance *old, const char *path, bool post,
                    int64_t timeout_ms, struct transport_reply *ret) {
    const struct transport_request request = {.address = old->admin,
                                              .path = path,
                                              .type = post ? "text/plain" : NULL,
                                              .accept = "application/json, application/octet-stream;q=0.9",
                                              .body = (const uint8_t *)"",
                                              .timeout_ms = timeout_ms};
    return verify->transport->exchange(verify->transport->user, &request, ret);
}

/* ---- Begin, look, end ------------------------------------------------------------------------------------------ */

static bool read_size(json_object *object, const char *key, size_t *ret) {
    json_object *value = NULL;
    if (!json_object_object_get_ex(object, key, &value) || !json_object_is_type(value, json_type_int)) return false;
    int64_t number = json_object_get_int64(value);
    *ret = number < 0 ? 0 : (size_t)number;
    return number >= 0;
}

static uint64_t sum(json_object *drops) {
    uint64_t all = 0;
    json_object_object_foreach(drops, key, value) {
        (void)key;
        int64_t number = json_object_get_int64(value);
        all += number > 0 ? (uint64_t)number : 0;
    }
    return all;
}

static bool read_progress(const struct transport_reply *reply, struct live_progress *ret) {
    json_object *object = reply->status == 200 ? json_tokener_parse((const char *)reply->body) : NULL;
    json_object *copying = NULL, *drops = NULL;
    *ret = (struct live_progress){0};
    bool good = json_object_is_type(object, json_type_object) && read_size(object, "begun", &ret->begun) &&
                read_size(object, "filling", &ret->filling) &&
                json_object_object_get_ex(object, "copying", &copying) &&
                json_object_is_type(copying, json_type_boolean) &&
                json_object_object_get_ex(object, "dropped", &drops) && json_object_is_type(drops, json_type_object);
    if (good) ret->copying = json_object_get_boolean(copying) != 0;
    if (good) ret->dropped = sum(drops);
    json_object_put(object);
    return good;
}

/* Of a problem document; "" without. */
static void read_detail(const struct transport_reply *reply, char out[LIVE_WHY_MAX]) {
    json_object *object = json_tokener_parse((const char *)reply->body), *detail = NULL;
    out[0] = '\0';
    if (json_object_is_type(object, json_type_object) && json_object_object_get_ex(object, "detail", &detail) &&
        json_object_is_type(detail, json_type_string))
        snprintf(out, LIVE_WHY_MAX, ": %.300s", json_object_get_string(detail));
    json_object_put(object);
}

bool live_begin(const struct verify *verify, const struct upgrade_instance *old, size_t requests, double seconds,
                char why[LIVE_WHY_MAX]) {
    char path[64], detail[LIVE_WHY_MAX];
    struct transport_reply reply;
    struct live_progress progress;
    double most = seconds + OWN_TIME_S > TAP_MOST_S ? TAP_MOST_S : seconds + OWN_TIME_S;
    snprintf(path, sizeof path, TAP "?requests=%zu&seconds=%.0f", requests, most);
    bool asked = ask_tap(verify, old, path, true, LOOK_MS, &reply);
    bool good = asked && read_progress(&reply, &progress);
    if (!asked) {
        snprintf(why, LIVE_WHY_MAX, "%.200s", reply.error);
    } else if (!good && reply.status == 404) {
        snprintf(why, LIVE_WHY_MAX, "its version cannot copy requests");
    } else if (!good) {
        read_detail(&reply, detail);
        snprintf(why, LIVE_WHY_MAX, "HTTP %ld%.300s", reply.status, detail);
    }
    transport_free(&reply);
    return good;
}

bool live_look(const struct verify *verify, const struct upgrade_instance *old, struct live_progress *ret) {
    struct transport_reply reply;
    bool good = ask_tap(verify, old, TAP, false, LOOK_MS, &reply) && read_progress(&reply, ret);
    transport_free(&reply);
    return good;
}

void live_end(const struct verify *verify, const struct upgrade_instance *old) {
    struct transport_reply reply;
    (void)ask_tap(verify, old, TAP "/end", true, LOOK_MS, &reply);
    transport_free(&reply);
}

/* ---- One copy -------------------------------------------------------------------------------------------------- */

static bool is_form(const char *word) {
    return strcmp(word, "ssz") == 0 || strcmp(word, "json") == 0;
}

static bool parse(const struct transport_reply *reply, struct copy *ret) {
    char head[HEAD_MAX];
    int used = 0;
    const uint8_t *end = memchr(reply->body, '\n', reply->length < HEAD_MAX ? reply->length : HEAD_MAX - 1);
    *ret = (struct copy){0};
    if (end == NULL) return false;
    size_t length = (size_t)(end - reply->body);
    memcpy(head, reply->body, length);
    head[length] = '\0';
    int fields =
        sscanf(head, "kzgd-tap 1 %63[a-z0-9_] %7s %7s %ld %63[a-z0-9_] %79s %zu %zu%n", ret->operation, ret->in,
               ret->out, &ret->status, ret->code, ret->id, &ret->body_bytes, &ret->answer_bytes, &used);
    size_t rest = reply->length - length - 1;
    if (fields != 8 || (size_t)used != length || !is_form(ret->in) || !is_form(ret->out)) return false;
    if (ret->body_bytes > rest || ret->answer_bytes != rest - ret->body_bytes) return false;
    ret->body = end + 1;
    ret->answer = ret->body + ret->body_bytes;
    return true;
}

static const char *media(const char *form) {
    return strcmp(form, "json") == 0 ? "application/json" : "application/octet-stream";
}

/* False: no answer, or its load is shed each time (ret->status says which). */
static bool ask_new(const struct verify *verify, const struct upgrade_instance *new_one, const struct copy *copy,
                    struct transport_reply *ret) {
    char path[96];
    snprintf(path, sizeof path, "/kzg/v1/%s", copy->operation);
    const struct transport_request request = {.address = new_one->api,
                                              .path = path,
                                              .type = media(copy->in),
                                              .accept = media(copy->out),
                                              .body = copy->body,
                                              .length = copy->body_bytes,
                                              .timeout_ms = ANSWER_MS};
    for (int again = 0; again < REPEATS; again++) {
        if (again > 0) transport_free(ret);
        if (!verify->transport->exchange(verify->transport->user, &request, ret))
            return verify_fail(verify, "unreachable", "%s: %s%s: %s", new_one->name, new_one->api, path, ret->error);
        if (ret->status != 429 && ret->status != 503) return true;
    }
    return false;
}

static bool is_same(const struct copy *copy, const struct transport_reply *reply) {
    char code[96];
    if (reply->status != copy->status) return false;
    if (copy->status == 200)
        return reply->length == copy->answer_bytes && memcmp(reply->body, copy->answer, reply->length) == 0;
    int n = snprintf(code, sizeof code, "\"code\":\"%s\"", copy->code);
    return memmem(reply->body, reply->length, code, (size_t)n) != NULL;
}

static void keep_one(const char *keep, const char *what, const void *bytes, size_t length) {
    char path[1200];
    int n = snprintf(path, sizeof path, "%s.%s", keep, what);
    FILE *file = n > 0 && (size_t)n < sizeof path ? fopen(path, "we") : NULL;
    if (file == NULL) return;
    (void)fwrite(bytes, 1, length, file);
    (void)fclose(file);
}

static bool differs(const struct verify *verify, const struct upgrade_instance *old,
                    const struct upgrade_instance *new_one, const struct copy *copy,
                    const struct transport_reply *reply, const char *keep) {
    size_t at = 0;
    while (at < reply->length && at < copy->answer_bytes && reply->body[at] == copy->answer[at]) at++;
    if (keep != NULL) {
        keep_one(keep, "request", copy->body, copy->body_bytes);
        keep_one(keep, "old", copy->status == 200 ? copy->answer : (const void *)copy->code,
                 copy->status == 200 ? copy->answer_bytes : strlen(copy->code));
        keep_one(keep, "new", reply->body, reply->length);
    }
    return verify_fail(
        verify, "live_differs",
        "request %s of a client, %s (%s): %s answered HTTP %ld, %s, %zu bytes; %s answers HTTP %ld, %zu bytes; "
        "they differ from byte %zu on%s%s",
        copy->id, copy->operation, copy->in, old->name, copy->status, copy->code, copy->answer_bytes, new_one->name,
        reply->status, reply->length, at, keep == NULL ? "" : ". Kept in ", keep == NULL ? "" : keep);
}

/* ---- All of them ----------------------------------------------------------------------------------------------- */

static bool compare_one(const struct verify *verify, const struct upgrade_instance *old,
                        const struct upgrade_instance *new_one, const struct transport_reply *copied,
                        const char *keep, struct live_result *ret) {
    struct copy copy;
    struct transport_reply reply = {0};
    bool good = true;
    if (!parse(copied, &copy))
        return verify_fail(verify, "unreachable", "%s: %s" TAP " gives no copy of a request", old->name, old->admin);
    if (!ask_new(verify, new_one, &copy, &reply)) {
        good = verify->failure->code[0] == '\0';
        ret->shed += good;
    } else if (is_same(&copy, &reply)) {
        ret->compared++;
    } else {
        good = differs(verify, old, new_one, &copy, &reply, keep);
    }
    transport_free(&reply);
    return good;
}

bool live_compare(const struct verify *verify, const struct upgrade_instance *old,
                  const struct upgrade_instance *new_one, size_t begun, const char *keep, struct live_result *ret) {
    bool good = true;
    *ret = (struct live_result){0};
    for (size_t i = 0; good && i < begun; i++) {
        char path[64];
        struct transport_reply copied;
        snprintf(path, sizeof path, TAP "/%zu", i);
        if (!ask_tap(verify, old, path, false, COPY_MS, &copied))
            good = verify_fail(verify, "unreachable", "%s: %s%s: %s", old->name, old->admin, path, copied.error);
        else if (copied.status == 200) /* else its client went away, or its load was shed */
            good = compare_one(verify, old, new_one, &copied, keep, ret);
        transport_free(&copied);
    }
    return good;
}
