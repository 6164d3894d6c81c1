/* kubectl: its command lines, its answers, and which cluster it speaks to. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "upgrade/kubernetes.h"

void kube_word(struct kube_words *words, const char *format, ...) {
    va_list arguments;
    char *at = words->room + words->used;
    size_t room = sizeof words->room - words->used;
    va_start(arguments, format);
    int length = vsnprintf(at, room, format, arguments);
    va_end(arguments);
    /* Values have bounds (names.h), and so does what we add: a vector that does not fit is our own mistake. */
    KZG_ASSERT(length >= 0 && (size_t)length < room && words->count < KUBE_WORDS_MAX);
    words->argv[words->count++] = at;
    words->argv[words->count] = NULL;
    words->used += (size_t)length + 1;
}

/* The context that was found before all, also by the upgrade that is undone: a change of the present one must not
 * lead to another cluster. */
static const char *context_of(const struct upgrade_call *call, char room[KUBE_NAME_MAX]) {
    const char *given = upgrade_value(call, "context");
    if (given[0] != '\0') return given;
    if (kube_note(call->remembered, "context", room, KUBE_NAME_MAX)[0] != '\0' || call->undone == NULL) return room;
    return kube_note(call->undone, "context", room, KUBE_NAME_MAX);
}

static void who_and_where(struct upgrade_call *call, struct kube_words *words) {
    char room[KUBE_NAME_MAX];
    const char *kubeconfig = upgrade_value(call, "kubeconfig"), *context = context_of(call, room);
    *words = (struct kube_words){0};
    kube_word(words, "kubectl");
    if (kubeconfig[0] != '\0') kube_word(words, "--kubeconfig=%s", kubeconfig);
    if (context[0] != '\0') kube_word(words, "--context=%s", context);
}

void kube_begin(struct upgrade_call *call, struct kube_words *words, bool bounded) {
    const char *space = upgrade_value(call, "namespace"), *account = upgrade_value(call, "account");
    who_and_where(call, words);
    kube_word(words, "--namespace=%s", space);
    if (account[0] != '\0') kube_word(words, "--as=system:serviceaccount:%s:%s", space, account);
    if (bounded) kube_word(words, "--request-timeout=%ds", KUBE_REQUEST_MS / 1000);
}

enum upgrade_status kube_run(struct upgrade_call *call, const char *code, struct kube_words *words) {
    struct command_result result;
    enum upgrade_status status = command_run_for(call, code, words->argv, 0, &result);
    command_result_free(&result);
    return status;
}

enum upgrade_status kube_json(struct upgrade_call *call, struct kube_words *words, json_object **ret) {
    struct command_result result;
    char text[256];
    *ret = NULL;
    enum upgrade_status status = command_run_for(call, "kubectl_failed", words->argv, 0, &result);
    if (status == UPGRADE_OK) {
        if (!result.output_cut) *ret = json_tokener_parse(result.output);
        command_text(words->argv, text, sizeof text);
        if (*ret == NULL)
            status = upgrade_fail(call, "kubectl_answer", "%s: the answer is %s", text,
                                  result.output_cut ? "too long" : "no JSON");
    }
    command_result_free(&result);
    return status;
}

json_object *kube_at(json_object *object, ...) {
    va_list names;
    va_start(names, object);
    for (const char *name = va_arg(names, const char *); name != NULL; name = va_arg(names, const char *)) {
        json_object *inner = NULL;
        if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, name, &inner)) {
            object = NULL;
            break;
        }
        object = inner;
    }
    va_end(names);
    return object;
}

const char *kube_text(json_object *value) {
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

/* The value of that name in a list of kubeconfig's: [{"name": ..., kind: {...}}]. */
static json_object *named(json_object *list, const char *name, const char *kind) {
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        if (strcmp(kube_text(kube_at(entry, "name", NULL)), name) == 0) return kube_at(entry, kind, NULL);
    }
    return NULL;
}

enum upgrade_status kube_cluster(struct upgrade_call *call, char *ret_context, char *out, size_t size) {
    struct kube_words words;
    json_object *config;
    char room[KUBE_NAME_MAX];
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    who_and_where(call, &words);
    kube_word(&words, "config");
    kube_word(&words, "view");
    kube_word(&words, "--output=json");
    enum upgrade_status status = kube_json(call, &words, &config);
    if (status != UPGRADE_OK) return status;
    const char *context = context_of(call, room);
    if (context[0] == '\0') context = kube_text(kube_at(config, "current-context", NULL));
    const char *cluster =
        kube_text(kube_at(named(kube_at(config, "contexts", NULL), context, "context"), "cluster", NULL));
    const char *server =
        kube_text(kube_at(named(kube_at(config, "clusters", NULL), cluster, "cluster"), "server", NULL));
    snprintf(ret_context, KUBE_NAME_MAX, "%s", context);
    if (cluster[0] != '\0')
        snprintf(out, size, "%.80s (%.90s)", cluster, server);
    else if (context[0] == '\0' && host != NULL)
        snprintf(out, size, "that this pod is in (%.90s)", host);
    else
        status = upgrade_fail(call, "cluster_unknown", "kubectl's configuration names no cluster%s%.120s",
                              context[0] != '\0' ? " for the context " : "", context);
    json_object_put(config);
    return status;
}
