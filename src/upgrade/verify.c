#include "upgrade/verify.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS      5000
#define ANSWER_MS    60000
#define REPEATS      3
#define REPEATS_SLOW 12 /* of a pair that looks slow */
#define TEXT_SHOWN   300
/* Seconds a request that a connection and a scheduler may take, of the least of several: little beside the
 * operations, or one that takes twice as long on a fast machine is not seen. */
#define SLOW_MARGIN 0.0003

bool verify_fail(const struct verify *verify, const char *code, const char *format, ...) {
    va_list arguments;
    if (verify->failure->code[0] != '\0') return false;
    *verify->failure = (struct upgrade_failure){0};
    snprintf(verify->failure->code, sizeof verify->failure->code, "%s", code);
    va_start(arguments, format);
    vsnprintf(verify->failure->message, sizeof verify->failure->message, format, arguments);
    va_end(arguments);
    return false;
}

/* What an instance said itself, where it is text. */
static void show(const struct verify *verify, const struct transport_reply *reply) {
    struct upgrade_failure *failure = verify->failure;
    if (reply->body == NULL) return;
    snprintf(failure->output, sizeof failure->output, "%.*s", TEXT_SHOWN, (const char *)reply->body);
    for (char *at = failure->output; *at != '\0'; at++)
        if (((unsigned char)*at < 0x20 && *at != '\n') || (unsigned char)*at >= 0x7f) *at = '?';
}

static bool get(const struct verify *verify, const struct upgrade_instance *instance, const char *path,
                struct transport_reply *ret) {
    struct transport_request request = {.address = instance->admin, .path = path, .timeout_ms = LOOK_MS};
    if (verify->transport->exchange(verify->transport->user, &request, ret)) return true;
    return verify_fail(verify, "unreachable", "%s: %s%s: %s", instance->name, instance->admin, path, ret->error);
}

bool verify_get_version(const struct verify *verify, const struct upgrade_instance *instance,
                        struct verify_version *ret) {
    struct transport_reply reply;
    *ret = (struct verify_version){0};
    bool good = get(verify, instance, "/version", &reply);
    json_object *object = good && reply.status == 200 ? json_tokener_parse((const char *)reply.body) : NULL;
    json_object *version = NULL, *setup = NULL, *digest = NULL;
    if (good && json_object_object_get_ex(object, "version", &version) &&
        json_object_is_type(version, json_type_string)) {
        snprintf(ret->version, sizeof ret->version, "%s", json_object_get_string(version));
        if (json_object_object_get_ex(object, "setup", &setup) && json_object_is_type(setup, json_type_object) &&
            json_object_object_get_ex(setup, "sha256", &digest))
            snprintf(ret->setup_sha256, sizeof ret->setup_sha256, "%s", json_object_get_string(digest));
    } else if (good) {
        good = verify_fail(verify, "unreachable", "%s: %s/version is no answer of a kzgd (HTTP %ld)", instance->name,
                           instance->admin, reply.status);
        show(verify, &reply);
    }
    json_object_put(object);
    transport_free(&reply);
    return good;
}

bool verify_ready(const struct verify *verify, const struct upgrade_instance *instance) {
    struct transport_reply reply;
    bool good = get(verify, instance, "/readyz?verbose", &reply);
    if (good && reply.status != 200) {
        good = verify_fail(verify, "not_ready", "%s: /readyz is %ld", instance->name, reply.status);
        show(verify, &reply);
    }
    transport_free(&reply);
    return good;
}

/* ---- Known answers ------------------------------------------------------------------------------------------------
 */

static bool ask(const struct verify *verify, const struct upgrade_instance *instance, const char *path,
                const char *type, const uint8_t *body, size_t length, struct transport_reply *ret) {
    struct transport_request request = {.address = instance->api,
                                        .path = path,
                                        .type = type,
                                        .body = body,
                                        .length = length,
                                        .timeout_ms = ANSWER_MS};
    if (verify->transport->exchange(verify->transport->user, &request, ret)) return true;
    return verify_fail(verify, "unreachable", "%s: %s%s: %s", instance->name, instance->api, path, ret->error);
}

static size_t first_difference(const struct transport_reply *reply, const uint8_t *expected, size_t length) {
    size_t at = 0;
    while (at < reply->length && at < length && reply->body[at] == expected[at]) at++;
    return at;
}

/* A load that is shed (429, 503) says nothing about being right. */
static bool is_shed(const struct transport_reply *reply) {
    return reply->status == 429 || reply->status == 503;
}

static bool is_right(const struct verify *verify, const struct upgrade_instance *instance,
                     const struct upgrade_answer *answer, const struct transport_reply *reply, const char *code) {
    if (reply->status != answer->status) {
        bool good = verify_fail(verify, code, "%s: %s: HTTP %ld, expected %ld", instance->name, answer->name,
                                reply->status, answer->status);
        show(verify, reply);
        return good;
    }
    if (answer->status != 200) {
        if (memmem(reply->body, reply->length, answer->expected, answer->expected_length) != NULL) return true;
        bool good = verify_fail(verify, code, "%s: %s: the error is not '%.*s'", instance->name, answer->name,
                                (int)answer->expected_length, (const char *)answer->expected);
        show(verify, reply);
        return good;
    }
    if (reply->length == answer->expected_length && memcmp(reply->body, answer->expected, reply->length) == 0)
        return true;
    return verify_fail(verify, code, "%s: %s: the answer (%zu bytes, expected %zu) is wrong from byte %zu on",
                       instance->name, answer->name, reply->length, answer->expected_length,
                       first_difference(reply, answer->expected, answer->expected_length));
}

static bool check_known(const struct verify *verify, const struct upgrade_instance *instance,
                        const struct upgrade_answer *answer) {
    struct transport_reply reply;
    bool good = ask(verify, instance, answer->path, answer->type, answer->body, answer->body_length, &reply);
    for (int again = 0; good && is_shed(&reply) && again < REPEATS; again++) {
        transport_free(&reply);
        good = ask(verify, instance, answer->path, answer->type, answer->body, answer->body_length, &reply);
    }
    good = good && is_right(verify, instance, answer, &reply, "answer_wrong");
    transport_free(&reply);
    return good;
}

bool verify_instance(const struct verify *verify, const struct upgrade_instance *instance, const char *version) {
    struct verify_version found;
    const struct upgrade_answers *answers = verify->answers;
    if (!verify_get_version(verify, instance, &found)) return false;
    if (strcmp(found.version, version) != 0)
        return verify_fail(verify, "version_wrong", "%s says that it is %s, expected %s", instance->name,
                           found.version, version);
    if (!verify_ready(verify, instance)) return false;
    if (answers->setup_sha256 != NULL && strcmp(found.setup_sha256, answers->setup_sha256) != 0)
        return verify_fail(verify, "setup_differs", "%s has the trusted setup %.16s..., this kzg has %.16s...",
                           instance->name, found.setup_sha256, answers->setup_sha256);
    for (size_t i = 0; i < answers->known_count; i++)
        if (!check_known(verify, instance, &answers->known[i])) return false;
    return true;
}

/* ---- Cross-verification
 * --------------------------------------------------------------------------------------------- */

static bool cross_one(const struct verify *verify, const struct upgrade_cross *cross,
                      const struct upgrade_instance *maker, const struct upgrade_instance *verifier) {
    struct transport_reply made, judged = {0};
    static const char type[] = "application/octet-stream";
    bool good = ask(verify, maker, cross->make_path, type, cross->body, cross->body_length, &made);
    if (good && (made.status != 200 || made.length != cross->result_length))
        good = verify_fail(verify, "cross_verification_failed", "%s: %s: HTTP %ld and %zu bytes, expected %zu",
                           maker->name, cross->make_path, made.status, made.length, cross->result_length);
    uint8_t *body = good ? malloc(cross->prefix_length + made.length) : NULL;
    if (good && body == NULL) good = verify_fail(verify, "out_of_memory", "no memory for a request");
    if (good) {
        memcpy(body, cross->prefix, cross->prefix_length);
        memcpy(body + cross->prefix_length, made.body, made.length);
        good = ask(verify, verifier, cross->verify_path, type, body, cross->prefix_length + made.length, &judged);
    }
    if (good && !(judged.status == 200 && judged.length == 1 && judged.body[0] == 1))
        good =
            verify_fail(verify, "cross_verification_failed", "%s: what %s made is not verified by %s (HTTP %ld, %s)",
                        cross->name, maker->name, verifier->name, judged.status,
                        judged.status == 200 && judged.length == 1 ? "answer: not valid" : "no verdict");
    free(body);
    transport_free(&made);
    transport_free(&judged);
    return good;
}

bool verify_cross(const struct verify *verify, const struct upgrade_instance *a, const struct upgrade_instance *b) {
    for (size_t i = 0; i < verify->answers->cross_count; i++) {
        const struct upgrade_cross *cross = &verify->answers->cross[i];
        if (!cross_one(verify, cross, a, b) || !cross_one(verify, cross, b, a)) return false;
    }
    return true;
}

/* ---- Shadow
 * --------------------------------------------------------------------------------------------------------- */

/* Both answers, of which nothing but their equality was known before; then against the tool's. */
static bool compare(const struct verify *verify, const struct upgrade_answer *answer,
                    const struct upgrade_instance *old, const struct upgrade_instance *new_one,
                    const struct transport_reply *by_old, const struct transport_reply *by_new) {
    if (is_shed(by_old) || is_shed(by_new)) return true;
    bool same = by_old->status == by_new->status;
    if (same && by_old->status == 200)
        same = by_old->length == by_new->length && memcmp(by_old->body, by_new->body, by_old->length) == 0;
    if (!same)
        return verify_fail(
            verify, "shadow_differs",
            "%s: %s answers HTTP %ld and %zu bytes, %s HTTP %ld and %zu bytes; they differ from byte %zu on",
            answer->name, old->name, by_old->status, by_old->length, new_one->name, by_new->status, by_new->length,
            first_difference(by_new, by_old->body, by_old->length));
    return is_right(verify, new_one, answer, by_new, "answer_wrong");
}

struct pair {
    double old_s, new_s; /* smallest */
};

/* On a busy machine one of them may have been held up each time: a pair that looks slow is asked more often. */
static bool enough(const struct verify *verify, const struct pair *pair, int repeats) {
    if (repeats < REPEATS) return false;
    return repeats == REPEATS_SLOW ||
           pair->new_s <= (pair->old_s + SLOW_MARGIN) * (1 + (verify->settings->speed_ratio - 1) / 2);
}

static bool shadow_one(const struct verify *verify, const struct upgrade_answer *answer,
                       const struct upgrade_instance *old, const struct upgrade_instance *new_one, bool judge_speed,
                       struct pair *ret) {
    bool good = true, more = true;
    *ret = (struct pair){1e9, 1e9};
    for (int i = 1; good && more; i++) {
        struct transport_reply by_old = {0}, by_new = {0};
        good = ask(verify, old, answer->path, answer->type, answer->body, answer->body_length, &by_old) &&
               ask(verify, new_one, answer->path, answer->type, answer->body, answer->body_length, &by_new) &&
               compare(verify, answer, old, new_one, &by_old, &by_new);
        if (good && by_old.seconds < ret->old_s) ret->old_s = by_old.seconds;
        if (good && by_new.seconds < ret->new_s) ret->new_s = by_new.seconds;
        more = judge_speed && !enough(verify, ret, i);
        transport_free(&by_old);
        transport_free(&by_new);
    }
    return good;
}

bool verify_shadow(const struct verify *verify, const struct upgrade_instance *old,
                   const struct upgrade_instance *new_one, size_t count, bool judge_speed) {
    const struct upgrade_answers *answers = verify->answers;
    double old_s = 0, new_s = 0;
    for (size_t i = 0; answers->shadow != NULL && i < count; i++) {
        struct upgrade_answer answer;
        struct pair pair;
        if (!answers->shadow(answers->user, &answer))
            return verify_fail(verify, "out_of_memory", "no request for the comparison could be made");
        if (!shadow_one(verify, &answer, old, new_one, judge_speed, &pair)) return false;
        old_s += pair.old_s + SLOW_MARGIN;
        new_s += pair.new_s;
    }
    if (judge_speed && new_s > old_s * verify->settings->speed_ratio)
        return verify_fail(verify, "slower",
                           "%s takes %.1f ms for requests that %s answers in %.1f ms (speed-ratio %g)", new_one->name,
                           new_s * 1000, old->name, old_s * 1000, verify->settings->speed_ratio);
    return true;
}

char *verify_scrape(const struct verify *verify, const struct upgrade_instance *instance) {
    struct transport_reply reply;
    bool good = get(verify, instance, "/metrics", &reply);
    if (good && reply.status != 200)
        good = verify_fail(verify, "unreachable", "%s: /metrics is HTTP %ld", instance->name, reply.status);
    char *text = NULL;
    if (good) {
        text = (char *)reply.body;
        reply.body = NULL;
    }
    transport_free(&reply);
    return text;
}
