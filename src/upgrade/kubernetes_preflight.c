/* Before anything is changed: rights, image, and whether the Deployment can go pod by pod. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upgrade/kubernetes.h"

#define SKEW_MAX 1 /* minor versions that kubectl and a cluster may be apart, by Kubernetes' version skew policy */

bool kube_target_image(const struct upgrade_call *call, const char *present, char out[KUBE_IMAGE_MAX]) {
    const char *image = upgrade_value(call, "image"), *digest = upgrade_value(call, "digest");
    if (call->undone != NULL) return kube_note(call->undone, "image", out, KUBE_IMAGE_MAX)[0] != '\0';
    /* A repository may have a port: a tag's ':' stands behind the last '/'. */
    size_t length = strcspn(present, "@");
    for (size_t i = length; i > 0 && present[i - 1] != '/'; i--)
        if (present[i - 1] == ':') length = i - 1;
    int written = snprintf(out, KUBE_IMAGE_MAX, "%.*s%s%s", image[0] != '\0' ? (int)strlen(image) : (int)length,
                           image[0] != '\0' ? image : present, digest[0] != '\0' ? "@" : ":",
                           digest[0] != '\0' ? digest : call->to_version);
    return written > 0 && written < KUBE_IMAGE_MAX;
}

/* ---- Rights ---------------------------------------------------------------------------------------------------- */

struct right {
    const char *verb, *resource, *sub;
    bool named; /* that one Deployment */
};

/* deploy/kubernetes/base/upgrader.yaml gives these. */
static const struct right rights[] = {
    {"get", "deployments.apps", NULL, true},
    {"patch", "deployments.apps", NULL, true},
    {"list", "replicasets.apps", NULL, false},
    {"list", "pods", NULL, false},
    {"get", "pods", "log", false},
    {"create", "pods", "portforward", false},
    {"list", "poddisruptionbudgets.policy", NULL, false},
};

static enum upgrade_status may(struct upgrade_call *call, const struct right *right, bool *ret) {
    struct kube_words words;
    struct command_result result;
    kube_begin(call, &words, true);
    kube_word(&words, "auth");
    kube_word(&words, "can-i");
    kube_word(&words, "%s", right->verb);
    kube_word(&words, "%s%s%s", right->resource, right->named ? "/" : "",
              right->named ? upgrade_value(call, "deployment") : "");
    if (right->sub != NULL) kube_word(&words, "--subresource=%s", right->sub);
    struct command command = {.argv = words.argv, .deadline_ms = call->deadline_ms};
    bool ran = command_run(&command, &result);
    bool yes = result.output != NULL && strncmp(result.output, "yes", 3) == 0;
    bool no = result.output != NULL && strncmp(result.output, "no", 2) == 0;
    bool said = no || (yes && ran);
    *ret = yes && ran;
    enum upgrade_status status = UPGRADE_OK;
    if (!said) {
        status = upgrade_fail(call, "rights_unknown", "kubectl does not say whether it may %s %s", right->verb,
                              right->resource);
        upgrade_fail_output(call, result.error);
    }
    command_result_free(&result);
    return status;
}

static enum upgrade_status check_rights(struct upgrade_call *call) {
    char missing[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < sizeof rights / sizeof *rights; i++) {
        bool good;
        enum upgrade_status status = may(call, &rights[i], &good);
        if (status != UPGRADE_OK) return status;
        if (good) continue;
        int n = snprintf(missing + used, sizeof missing - used, "%s%s %s%s%s", used > 0 ? ", " : "", rights[i].verb,
                         rights[i].resource, rights[i].sub != NULL ? "/" : "",
                         rights[i].sub != NULL ? rights[i].sub : "");
        if (n > 0) used = used + (size_t)n < sizeof missing ? used + (size_t)n : sizeof missing - 1;
    }
    upgrade_check(call, "rights", used > 0 ? UPGRADE_REFUSE : UPGRADE_PASS, "%s%s",
                  used > 0 ? "not allowed in this namespace: " : "all that is needed, and known to be allowed",
                  missing);
    return UPGRADE_OK;
}

/* ---- kubectl --------------------------------------------------------------------------------------------------- */

/* The minor version, as "32" or "32+"; -1: not there. */
static int minor(json_object *answer, const char *side) {
    char *end;
    const char *text = kube_text(kube_at(answer, side, "minor", NULL));
    long found = strtol(text, &end, 10);
    return end == text || found < 0 || found > 1000 ? -1 : (int)found;
}

/* rollout undo writes the whole template back, as far as kubectl knows its fields: one that is much older than the
 * cluster forgets the newer ones, and what comes back is not what ran. */
static enum upgrade_status check_kubectl(struct upgrade_call *call) {
    struct kube_words words;
    json_object *answer;
    kube_begin(call, &words, true);
    kube_word(&words, "version");
    kube_word(&words, "--output=json");
    enum upgrade_status status = kube_json(call, &words, &answer);
    if (status != UPGRADE_OK) return status;
    int client = minor(answer, "clientVersion"), server = minor(answer, "serverVersion");
    json_object_put(answer);
    if (client < 0 || server < 0)
        upgrade_check(call, "kubectl", UPGRADE_WARN, "its version, or the cluster's, is not known");
    else if (client + SKEW_MAX < server)
        upgrade_check(call, "kubectl", UPGRADE_REFUSE,
                      "1.%d is too old for a cluster of 1.%d: its 'rollout undo' loses fields that it does not know",
                      client, server);
    else
        upgrade_check(call, "kubectl", client > server + SKEW_MAX ? UPGRADE_WARN : UPGRADE_PASS,
                      "1.%d, for a cluster of 1.%d", client, server);
    return UPGRADE_OK;
}

/* ---- The Deployment -------------------------------------------------------------------------------------------- */

static void check_image(struct upgrade_call *call, const struct kube_deployment *deployment) {
    char target[KUBE_IMAGE_MAX];
    if (!kube_target_image(call, deployment->image, target))
        upgrade_check(call, "image", UPGRADE_REFUSE, "no name can be made for it from %.200s", deployment->image);
    else if (strcmp(target, deployment->image) == 0)
        upgrade_check(call, "image", UPGRADE_REFUSE,
                      "%.300s is what the deployment has: there is nothing to roll out", target);
    else if (strchr(target, '@') == NULL)
        upgrade_check(call, "image", UPGRADE_WARN, "%.300s has no digest: whoever can push can move its tag", target);
    else
        upgrade_check(call, "image", UPGRADE_PASS, "%.400s", target);
}

static void check_strategy(struct upgrade_call *call, const struct kube_deployment *deployment) {
    struct kube_words words;
    char text[600];
    if (deployment->surge == 1 && deployment->unavailable == 0 && deployment->min_ready_s >= KUBE_MIN_READY) {
        upgrade_check(call, "strategy", UPGRADE_PASS, "one pod more, none less, ready for %zu s",
                      deployment->min_ready_s);
        return;
    }
    kube_begin(call, &words, false);
    kube_word(&words, "patch");
    kube_word(&words, "deployment/%s", upgrade_value(call, "deployment"));
    kube_word(&words, "--type=merge");
    kube_word(&words, "--patch={\"spec\":{\"minReadySeconds\":10,\"strategy\":{\"type\":\"RollingUpdate\","
                      "\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":0}}}}");
    command_text(words.argv, text, sizeof text);
    upgrade_check(
        call, "strategy", UPGRADE_REFUSE,
        "to stop behind each pod it must have maxSurge 1, maxUnavailable 0 and minReadySeconds %d or more: %s",
        KUBE_MIN_READY, text);
}

static void check_rollout(struct upgrade_call *call, const struct kube_deployment *deployment) {
    if (deployment->paused)
        upgrade_check(call, "rollout", UPGRADE_REFUSE, "the deployment is paused: somebody is at work on it");
    else if (!deployment->settled)
        upgrade_check(call, "rollout", UPGRADE_REFUSE, "not all of its %zu pods are up to date and available",
                      deployment->replicas);
    else
        upgrade_check(call, "rollout", UPGRADE_PASS, "revision %s, %zu pods, all available", deployment->revision,
                      deployment->replicas);
}

/* ---- Disruption budgets ---------------------------------------------------------------------------------------- */

/* Whether the budget is about pods with these labels. Expressions are taken to be: careful is right here. */
static bool is_about(json_object *selector, json_object *labels) {
    json_object *wanted = kube_at(selector, "matchLabels", NULL), *has;
    if (!json_object_is_type(wanted, json_type_object)) return true;
    json_object_object_foreach(wanted, name, value) {
        if (!json_object_object_get_ex(labels, name, &has) || strcmp(kube_text(has), kube_text(value)) != 0)
            return false;
    }
    return true;
}

enum upgrade_status kube_budget(struct upgrade_call *call, const struct kube_deployment *deployment, bool *ret_any,
                                bool *ret_allowed, char *why, size_t size) {
    struct kube_words words;
    json_object *answer;
    *ret_any = false;
    *ret_allowed = true;
    kube_begin(call, &words, true);
    kube_word(&words, "get");
    kube_word(&words, "poddisruptionbudgets.policy");
    kube_word(&words, "--output=json");
    enum upgrade_status status = kube_json(call, &words, &answer);
    if (status != UPGRADE_OK) return status;
    json_object *items = kube_at(answer, "items", NULL);
    size_t count = json_object_is_type(items, json_type_array) ? json_object_array_length(items) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *budget = json_object_array_get_idx(items, i);
        if (!is_about(kube_at(budget, "spec", "selector", NULL), deployment->labels)) continue;
        int allowed = json_object_get_int(kube_at(budget, "status", "disruptionsAllowed", NULL));
        *ret_any = true;
        if (allowed > 0) continue;
        *ret_allowed = false;
        snprintf(why, size, "the budget %.100s lets no pod end now: %d are healthy, %d must be",
                 kube_text(kube_at(budget, "metadata", "name", NULL)),
                 json_object_get_int(kube_at(budget, "status", "currentHealthy", NULL)),
                 json_object_get_int(kube_at(budget, "status", "desiredHealthy", NULL)));
    }
    json_object_put(answer);
    return UPGRADE_OK;
}

static enum upgrade_status check_budget(struct upgrade_call *call, const struct kube_deployment *deployment) {
    bool any, allowed;
    char why[300];
    enum upgrade_status status = kube_budget(call, deployment, &any, &allowed, why, sizeof why);
    if (status != UPGRADE_OK) return status;
    if (!any)
        upgrade_check(call, "budget", UPGRADE_WARN, "no disruption budget: draining nodes may end all pods at once");
    else if (!allowed)
        upgrade_check(call, "budget", UPGRADE_REFUSE, "%s", why);
    else
        upgrade_check(call, "budget", UPGRADE_PASS, "disruption budgets let a pod end");
    return UPGRADE_OK;
}

enum upgrade_status kube_preflight(struct upgrade_call *call) {
    struct kube_deployment deployment;
    enum upgrade_status status = check_kubectl(call);
    if (status == UPGRADE_OK) status = check_rights(call);
    if (status == UPGRADE_OK) status = kube_get_deployment(call, &deployment);
    if (status != UPGRADE_OK) return status;
    check_image(call, &deployment);
    check_strategy(call, &deployment);
    check_rollout(call, &deployment);
    status = check_budget(call, &deployment);
    kube_deployment_free(&deployment);
    return status;
}
