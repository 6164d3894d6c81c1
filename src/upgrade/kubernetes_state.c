/* What kubectl says of the Deployment, its ReplicaSets and its pods. An answer is checked as far as it is used: what
 * is missing in it is empty or 0. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upgrade/kubernetes.h"

static size_t number(json_object *value) {
    int64_t n = json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : 0;
    return n > 0 ? (size_t)n : 0;
}

static size_t length_of(json_object *list) {
    return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

/* A number, or a share of replicas, rounded up (surge) or down. */
static size_t share(json_object *value, size_t replicas, bool up) {
    if (!json_object_is_type(value, json_type_string)) return number(value);
    size_t part = strtoul(json_object_get_string(value), NULL, 10) * replicas;
    return (part + (up ? 99 : 0)) / 100;
}

/* The image of our container in a template or a pod. */
static const char *image_of(const struct upgrade_call *call, json_object *spec) {
    json_object *containers = kube_at(spec, "containers", NULL);
    for (size_t i = 0; i < length_of(containers); i++) {
        json_object *container = json_object_array_get_idx(containers, i);
        if (strcmp(kube_text(kube_at(container, "name", NULL)), upgrade_value(call, "container")) == 0)
            return kube_text(kube_at(container, "image", NULL));
    }
    return "";
}

/* ---- The Deployment -------------------------------------------------------------------------------------------- */

static enum upgrade_status read_selector(struct upgrade_call *call, json_object *selector,
                                         char out[KUBE_SELECTOR_MAX]) {
    json_object *labels = kube_at(selector, "matchLabels", NULL);
    size_t used = 0;
    out[0] = '\0';
    if (length_of(kube_at(selector, "matchExpressions", NULL)) > 0 || !json_object_is_type(labels, json_type_object))
        return upgrade_fail(call, "selector_unknown",
                            "the deployment selects its pods by expressions: only labels are known");
    json_object_object_foreach(labels, name, value) {
        int n =
            snprintf(out + used, KUBE_SELECTOR_MAX - used, "%s%s=%s", used > 0 ? "," : "", name, kube_text(value));
        used += n > 0 ? (size_t)n : 0;
        if (used >= KUBE_SELECTOR_MAX)
            return upgrade_fail(call, "selector_unknown", "the deployment's selector is too long");
    }
    return UPGRADE_OK;
}

static bool is_settled(json_object *answer, size_t replicas) {
    json_object *status = kube_at(answer, "status", NULL);
    return number(kube_at(status, "observedGeneration", NULL)) >=
               number(kube_at(answer, "metadata", "generation", NULL)) &&
           number(kube_at(status, "updatedReplicas", NULL)) == replicas &&
           number(kube_at(status, "replicas", NULL)) == replicas &&
           number(kube_at(status, "availableReplicas", NULL)) == replicas;
}

enum upgrade_status kube_get_deployment(struct upgrade_call *call, struct kube_deployment *ret) {
    struct kube_words words;
    *ret = (struct kube_deployment){0};
    kube_begin(call, &words, true);
    kube_word(&words, "get");
    kube_word(&words, "deployment.apps/%s", upgrade_value(call, "deployment"));
    kube_word(&words, "--output=json");
    enum upgrade_status status = kube_json(call, &words, &ret->answer);
    if (status != UPGRADE_OK) return status;
    json_object *spec = kube_at(ret->answer, "spec", NULL), *pod = kube_at(spec, "template", "spec", NULL);
    json_object *rolling = kube_at(spec, "strategy", "rollingUpdate", NULL);
    ret->replicas = number(kube_at(spec, "replicas", NULL));
    ret->surge = rolling == NULL ? SIZE_MAX : share(kube_at(rolling, "maxSurge", NULL), ret->replicas, true);
    ret->unavailable =
        rolling == NULL ? SIZE_MAX : share(kube_at(rolling, "maxUnavailable", NULL), ret->replicas, false);
    ret->min_ready_s = number(kube_at(spec, "minReadySeconds", NULL));
    ret->paused = json_object_get_boolean(kube_at(spec, "paused", NULL));
    ret->settled = is_settled(ret->answer, ret->replicas);
    ret->labels = kube_at(spec, "template", "metadata", "labels", NULL);
    snprintf(ret->revision, sizeof ret->revision, "%s",
             kube_text(kube_at(ret->answer, "metadata", "annotations", "deployment.kubernetes.io/revision", NULL)));
    snprintf(ret->image, sizeof ret->image, "%s", image_of(call, pod));
    status = read_selector(call, kube_at(spec, "selector", NULL), ret->selector);
    if (status != UPGRADE_OK) kube_deployment_free(ret);
    return status;
}

void kube_deployment_free(struct kube_deployment *deployment) {
    json_object_put(deployment->answer);
    deployment->answer = deployment->labels = NULL;
}

/* ---- Pods ------------------------------------------------------------------------------------------------------ */

/* Reasons of waiting that waiting does not cure. */
static bool is_hopeless(const char *reason) {
    static const char *const reasons[] = {"ImagePullBackOff",           "InvalidImageName",     "ErrImageNeverPull",
                                          "CreateContainerConfigError", "CreateContainerError", "RunContainerError",
                                          "ImageInspectError",          "CrashLoopBackOff"};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(reason, reasons[i]) == 0) return true;
    return false;
}

static json_object *condition(json_object *status, const char *type) {
    json_object *conditions = kube_at(status, "conditions", NULL);
    for (size_t i = 0; i < length_of(conditions); i++) {
        json_object *entry = json_object_array_get_idx(conditions, i);
        if (strcmp(kube_text(kube_at(entry, "type", NULL)), type) == 0) return entry;
    }
    return NULL;
}

static json_object *container_status(const struct upgrade_call *call, json_object *status) {
    json_object *list = kube_at(status, "containerStatuses", NULL);
    for (size_t i = 0; i < length_of(list); i++) {
        json_object *entry = json_object_array_get_idx(list, i);
        if (strcmp(kube_text(kube_at(entry, "name", NULL)), upgrade_value(call, "container")) == 0) return entry;
    }
    return NULL;
}

static void read_container(json_object *container, struct kube_pod *ret) {
    json_object *state = kube_at(container, "state", NULL), *waiting = kube_at(state, "waiting", NULL);
    json_object *ended = kube_at(state, "terminated", NULL),
                *last = kube_at(container, "lastState", "terminated", NULL);
    ret->restarts = number(kube_at(container, "restartCount", NULL));
    ret->previous = ret->restarts > 0;
    if (kube_at(state, "running", NULL) != NULL) {
        ret->state = UPGRADE_RUNNING;
    } else if (waiting != NULL) {
        const char *reason = kube_text(kube_at(waiting, "reason", NULL));
        if (is_hopeless(reason)) ret->state = UPGRADE_BROKEN;
        snprintf(ret->detail, sizeof ret->detail, "%.60s: %.180s", reason,
                 kube_text(kube_at(waiting, "message", NULL)));
    }
    if (last != NULL && ended == NULL && ret->state != UPGRADE_STARTING) ended = last;
    if (ended == NULL) return;
    size_t used = strlen(ret->detail);
    snprintf(ret->detail + used, sizeof ret->detail - used, "%sended with exit status %d (%.60s)",
             used > 0 ? "; " : "", json_object_get_int(kube_at(ended, "exitCode", NULL)),
             kube_text(kube_at(ended, "reason", NULL)));
}

static void read_pod(struct upgrade_call *call, json_object *pod, struct kube_pod *ret) {
    json_object *meta = kube_at(pod, "metadata", NULL), *status = kube_at(pod, "status", NULL);
    json_object *owners = kube_at(meta, "ownerReferences", NULL), *container = container_status(call, status);
    json_object *scheduled = condition(status, "PodScheduled");
    *ret = (struct kube_pod){.state = UPGRADE_STARTING};
    snprintf(ret->name, sizeof ret->name, "%s", kube_text(kube_at(meta, "name", NULL)));
    snprintf(ret->created, sizeof ret->created, "%s", kube_text(kube_at(meta, "creationTimestamp", NULL)));
    if (length_of(owners) > 0)
        snprintf(ret->set, sizeof ret->set, "%s",
                 kube_text(kube_at(json_object_array_get_idx(owners, 0), "name", NULL)));
    ret->ending = kube_at(meta, "deletionTimestamp", NULL) != NULL;
    ret->ready = strcmp(kube_text(kube_at(condition(status, "Ready"), "status", NULL)), "True") == 0;
    if (container != NULL) {
        read_container(container, ret);
    } else if (strcmp(kube_text(kube_at(scheduled, "status", NULL)), "False") == 0) {
        snprintf(ret->detail, sizeof ret->detail, "%.60s: %.180s", kube_text(kube_at(scheduled, "reason", NULL)),
                 kube_text(kube_at(scheduled, "message", NULL)));
    }
    const char *phase = kube_text(kube_at(status, "phase", NULL));
    if (strcmp(phase, "Failed") == 0 || strcmp(phase, "Succeeded") == 0) {
        ret->state = UPGRADE_BROKEN;
        if (ret->detail[0] == '\0')
            snprintf(ret->detail, sizeof ret->detail, "%s: %.200s", phase,
                     kube_text(kube_at(status, "message", NULL)));
    }
    if (ret->ending) snprintf(ret->detail, sizeof ret->detail, "it is ending");
}

static int order_pods(const void *a, const void *b) {
    const struct kube_pod *first = a, *second = b;
    if (first->ending != second->ending) return first->ending ? 1 : -1;
    int order = strcmp(first->created, second->created);
    return order != 0 ? order : strcmp(first->name, second->name);
}

static void read_set(struct upgrade_call *call, json_object *set, struct kube_set *ret) {
    json_object *meta = kube_at(set, "metadata", NULL);
    snprintf(ret->name, sizeof ret->name, "%s", kube_text(kube_at(meta, "name", NULL)));
    snprintf(ret->revision, sizeof ret->revision, "%s",
             kube_text(kube_at(meta, "annotations", "deployment.kubernetes.io/revision", NULL)));
    snprintf(ret->image, sizeof ret->image, "%s", image_of(call, kube_at(set, "spec", "template", "spec", NULL)));
    ret->replicas = number(kube_at(set, "spec", "replicas", NULL));
}

enum upgrade_status kube_get_state(struct upgrade_call *call, const char *selector, struct kube_state **ret) {
    struct kube_words words;
    json_object *answer;
    *ret = NULL;
    kube_begin(call, &words, true);
    kube_word(&words, "get");
    kube_word(&words, "replicasets.apps,pods");
    kube_word(&words, "--selector=%s", selector);
    kube_word(&words, "--output=json");
    enum upgrade_status status = kube_json(call, &words, &answer);
    if (status != UPGRADE_OK) return status;
    struct kube_state *state = calloc(1, sizeof *state);
    json_object *items = kube_at(answer, "items", NULL);
    for (size_t i = 0; state != NULL && i < length_of(items); i++) {
        json_object *item = json_object_array_get_idx(items, i);
        bool is_pod = strcmp(kube_text(kube_at(item, "kind", NULL)), "Pod") == 0;
        if (is_pod ? state->pod_count == KUBE_PODS_MAX : state->set_count == KUBE_SETS_MAX) {
            status = upgrade_fail(call, "too_many", "there are more than %d pods or %d ReplicaSets", KUBE_PODS_MAX,
                                  KUBE_SETS_MAX);
            break;
        }
        if (is_pod)
            read_pod(call, item, &state->pods[state->pod_count++]);
        else
            read_set(call, item, &state->sets[state->set_count++]);
    }
    json_object_put(answer);
    if (state == NULL) return upgrade_fail(call, "out_of_memory", "no memory for the state of the pods");
    qsort(state->pods, state->pod_count, sizeof *state->pods, order_pods);
    if (status == UPGRADE_OK)
        *ret = state;
    else
        free(state);
    return status;
}

const struct kube_set *kube_find_set(const struct kube_state *state, const char *name, const char *revision,
                                     const char *image) {
    for (size_t i = 0; i < state->set_count; i++) {
        const struct kube_set *set = &state->sets[i];
        if ((name[0] == '\0' || strcmp(name, set->name) == 0) &&
            (revision[0] == '\0' || strcmp(revision, set->revision) == 0) &&
            (image[0] == '\0' || strcmp(image, set->image) == 0))
            return set;
    }
    return NULL;
}

size_t kube_wanted(const struct kube_state *state, const char *image, const char *but_set) {
    size_t wanted = 0;
    for (size_t i = 0; i < state->set_count; i++)
        if (strcmp(state->sets[i].image, image) == 0 && strcmp(state->sets[i].name, but_set) != 0)
            wanted += state->sets[i].replicas;
    return wanted;
}
