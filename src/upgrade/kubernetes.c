/* kubernetes: a Deployment's pods, through kubectl. kubernetes.h tells how it goes. */
#include "upgrade/kubernetes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct upgrade_option options[] = {
    {"namespace", UPGRADE_OPTION_NAME, "kzgd", "where the Deployment is"},
    {"deployment", UPGRADE_OPTION_NAME, "kzgd", "its name"},
    {"container", UPGRADE_OPTION_NAME, "kzgd", "kzgd's container in its pods"},
    {"image", UPGRADE_OPTION_IMAGE, "", "the new image's repository; default: that of the present one"},
    {"digest", UPGRADE_OPTION_DIGEST, "", "the new image's digest; without it the version is used as tag"},
    {"context", UPGRADE_OPTION_CONTEXT, "", "of kubectl's configuration; default: the present one when it begins"},
    {"kubeconfig", UPGRADE_OPTION_PATH, "", "kubectl's configuration; default: where kubectl looks"},
    {"account", UPGRADE_OPTION_NAME, "", "service account of the namespace to act as (kubectl --as)"},
    {"api-port", UPGRADE_OPTION_NUMBER, "4844", "port of the API in a pod"},
    {"admin-port", UPGRADE_OPTION_NUMBER, "7594", "port of the administration in a pod"},
    {NULL, UPGRADE_OPTION_NAME, NULL, NULL},
};

const char *kube_note(const char *notes, const char *name, char *out, size_t size) {
    size_t length = strlen(name);
    out[0] = '\0';
    for (const char *at = notes; *at != '\0'; at += *at == '\n') {
        size_t line = strcspn(at, "\n");
        if (line > length && memcmp(at, name, length) == 0 && at[length] == '=') {
            snprintf(out, size, "%.*s", (int)(line - length - 1), at + length + 1);
            return out;
        }
        at += line;
    }
    return out;
}

/* ---- Looks ----------------------------------------------------------------------------------------------------- */

static enum upgrade_status describe(struct upgrade_call *call, struct upgrade_description *ret) {
    struct kube_deployment deployment;
    char kubectl[512], cluster[KUBE_CLUSTER_MAX + 64], context[KUBE_NAME_MAX], slots[24];
    if (!command_find("kubectl", kubectl, sizeof kubectl))
        return upgrade_fail(call, "kubectl_missing", "there is no kubectl in PATH");
    enum upgrade_status status = kube_cluster(call, context, cluster, sizeof cluster);
    if (status != UPGRADE_OK) return status;
    if (call->remembered[0] == '\0' && context[0] != '\0')
        snprintf(call->remembered, UPGRADE_REMEMBERED_MAX, "context=%s\n", context);
    status = kube_get_deployment(call, &deployment);
    if (status != UPGRADE_OK) return status;
    kube_note(call->remembered, "slots", slots, sizeof slots);
    *ret = (struct upgrade_description){.slots = slots[0] != '\0' ? strtoul(slots, NULL, 10) : deployment.replicas,
                                        .serves_at_once = true,
                                        .old_ends_at_take_over = true};
    int length = snprintf(ret->target, sizeof ret->target, "cluster %s, namespace %.40s, deployment %.40s", cluster,
                          upgrade_value(call, "namespace"), upgrade_value(call, "deployment"));
    if (length < 0) ret->target[0] = '\0';
    bool has_container = deployment.image[0] != '\0';
    kube_deployment_free(&deployment);
    if (has_container) return UPGRADE_OK;
    return upgrade_fail(call, "container_missing", "the deployment's pods have no container %.60s",
                        upgrade_value(call, "container"));
}

/* What tells old pods from new ones: from the notes, before those are there from the Deployment. */
struct sides {
    char selector[KUBE_SELECTOR_MAX], old_set[KUBE_NAME_MAX], target[KUBE_IMAGE_MAX];
    size_t slots;
};

static enum upgrade_status find_sides(struct upgrade_call *call, struct sides *ret, struct kube_state **ret_state) {
    char slots[24];
    kube_note(call->remembered, "selector", ret->selector, sizeof ret->selector);
    kube_note(call->remembered, "set", ret->old_set, sizeof ret->old_set);
    kube_note(call->remembered, "target", ret->target, sizeof ret->target);
    ret->slots = strtoul(kube_note(call->remembered, "slots", slots, sizeof slots), NULL, 10);
    if (ret->old_set[0] != '\0') return kube_get_state(call, ret->selector, ret_state);
    struct kube_deployment deployment;
    enum upgrade_status status = kube_get_deployment(call, &deployment);
    if (status != UPGRADE_OK) return status;
    status = kube_get_state(call, deployment.selector, ret_state);
    const struct kube_set *set =
        status == UPGRADE_OK ? kube_find_set(*ret_state, "", deployment.revision, deployment.image) : NULL;
    if (set != NULL) snprintf(ret->old_set, sizeof ret->old_set, "%s", set->name);
    snprintf(ret->selector, sizeof ret->selector, "%s", deployment.selector);
    ret->slots = deployment.replicas;
    kube_deployment_free(&deployment);
    return status;
}

static bool is_on_side(const struct kube_state *state, const struct sides *sides, const struct kube_pod *pod,
                       enum upgrade_side side) {
    bool old = strcmp(pod->set, sides->old_set) == 0;
    if (side == UPGRADE_OLD) return old && !pod->ending;
    return !old && sides->target[0] != '\0' && pod->set[0] != '\0' &&
           kube_find_set(state, pod->set, "", sides->target) != NULL;
}

/* The end of what the pod wrote; "" when it cannot be had. */
static void read_log(struct upgrade_call *call, const struct kube_pod *pod, char out[UPGRADE_OUTPUT_MAX]) {
    struct kube_words words;
    struct command_result result;
    kube_begin(call, &words, true);
    kube_word(&words, "logs");
    kube_word(&words, "--container=%s", upgrade_value(call, "container"));
    kube_word(&words, "--tail=" KUBE_LOG_LINES);
    if (pod->previous) kube_word(&words, "--previous");
    kube_word(&words, "%s", pod->name);
    struct command command = {.argv = words.argv, .deadline_ms = call->deadline_ms};
    if (command_run(&command, &result) && result.output != NULL) {
        size_t length = strlen(result.output),
               skip = length < UPGRADE_OUTPUT_MAX ? 0 : length - UPGRADE_OUTPUT_MAX + 1;
        snprintf(out, UPGRADE_OUTPUT_MAX, "%s", result.output + skip);
    }
    command_result_free(&result);
}

static void fill(struct upgrade_call *call, const struct kube_pod *pod, struct upgrade_instance *ret) {
    ret->state = pod->state;
    ret->restarts = pod->restarts;
    ret->serving = pod->ready && !pod->ending;
    snprintf(ret->name, sizeof ret->name, "%.120s/%.130s", upgrade_value(call, "namespace"), pod->name);
    snprintf(ret->detail, sizeof ret->detail, "%s", pod->detail);
    if (pod->state == UPGRADE_BROKEN && pod->previous) read_log(call, pod, ret->output);
}

static enum upgrade_status inspect(struct upgrade_call *call, size_t slot, enum upgrade_side side,
                                   struct upgrade_instance *ret) {
    struct sides sides;
    struct kube_state *state = NULL;
    *ret = (struct upgrade_instance){.state = UPGRADE_ABSENT};
    enum upgrade_status status = find_sides(call, &sides, &state);
    if (status != UPGRADE_OK) return status;
    const struct kube_set *old = kube_find_set(state, sides.old_set, "", "");
    size_t left = old == NULL ? 0 : old->replicas;
    size_t gone = side == UPGRADE_OLD && left < sides.slots ? sides.slots - left : 0;
    for (size_t i = 0, at = gone; i < state->pod_count && slot >= gone; i++) {
        if (!is_on_side(state, &sides, &state->pods[i], side)) continue;
        if (at++ != slot) continue;
        fill(call, &state->pods[i], ret);
        break;
    }
    free(state);
    return UPGRADE_OK;
}

/* ---- Prepare --------------------------------------------------------------------------------------------------- */

/* The nodes pull the image when they start a pod; what is got ready here is the way back. */
static enum upgrade_status note_way_back(struct upgrade_call *call, const struct kube_deployment *deployment,
                                         const struct kube_state *state) {
    char target[KUBE_IMAGE_MAX], context[KUBE_NAME_MAX];
    const struct kube_set *set = kube_find_set(state, "", deployment->revision, deployment->image);
    if (set == NULL)
        return upgrade_fail(call, "set_missing", "no ReplicaSet has the deployment's revision %s",
                            deployment->revision);
    if (!kube_target_image(call, deployment->image, target))
        return upgrade_fail(call, "image_unknown", "the new image's name is too long");
    kube_note(call->remembered, "context", context, sizeof context);
    int length =
        snprintf(call->remembered, UPGRADE_REMEMBERED_MAX,
                 "context=%s\nselector=%s\nslots=%zu\nset=%s\nrevision=%s\nimage=%s\ntarget=%s\n", context,
                 deployment->selector, deployment->replicas, set->name, set->revision, deployment->image, target);
    if (length < 0 || (size_t)length >= UPGRADE_REMEMBERED_MAX)
        return upgrade_fail(call, "notes_too_long", "the deployment's names are too long");
    upgrade_say(call, "the way back is revision %s with %s", set->revision, deployment->image);
    return UPGRADE_OK;
}

static enum upgrade_status prepare(struct upgrade_call *call) {
    struct kube_deployment deployment;
    struct kube_state *state = NULL;
    char set[KUBE_NAME_MAX];
    if (kube_note(call->remembered, "set", set, sizeof set)[0] != '\0') return UPGRADE_OK;
    enum upgrade_status status = kube_get_deployment(call, &deployment);
    if (status != UPGRADE_OK) return status;
    status = kube_get_state(call, deployment.selector, &state);
    if (status == UPGRADE_OK) status = note_way_back(call, &deployment, state);
    free(state);
    kube_deployment_free(&deployment);
    return status;
}

const struct upgrade_driver upgrade_driver_kubernetes = {
    .name = "kubernetes",
    .summary = "pods of a Deployment, through kubectl",
    .options = options,
    .describe = describe,
    .preflight = kube_preflight,
    .prepare = prepare,
    .inspect = inspect,
    .reach = kube_reach,
    .unreach = kube_unreach,
    .start = kube_start,
    .take_over = kube_take_over,
    .go_back = kube_go_back,
    .retire = kube_retire,
    .clean = kube_clean,
    .by_hand = kube_by_hand,
};
