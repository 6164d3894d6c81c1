/* The kubernetes driver's parts: kubernetes.c is the driver (driver.h), kubernetes_kubectl.c runs kubectl,
 * kubernetes_state.c reads what it says, kubernetes_preflight.c looks before anything is changed, kubernetes_roll.c
 * moves the rollout on and back, kubernetes_reach.c opens ports.
 *
 * Slots of a Deployment have no names: in slot N is the N-th new pod, in order of creation; old pods, by name, fill
 * the slots behind those that have been taken over. So instances of a slot are told apart by what they run, not by
 * where they came from.
 *
 * How it goes pod by pod: the Deployment has maxSurge 1 and maxUnavailable 0. When the image is set, its controller
 * makes one new pod and waits until that has been ready for minReadySeconds before it ends an old one. So a pause
 * right after the image was set leaves one new pod beside all old ones. A take-over lets the rollout go on until one
 * old pod less is wanted, and pauses it again: the next new pod may be on its way by then, and cannot be available
 * within minReadySeconds.
 *
 * One call at a time, as driver.h has it. */
#ifndef UPGRADE_KUBERNETES_H
#define UPGRADE_KUBERNETES_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "upgrade/command.h"
#include "upgrade/driver.h"

#define KUBE_NAME_MAX      254
#define KUBE_IMAGE_MAX     512
#define KUBE_SELECTOR_MAX  1024
#define KUBE_PODS_MAX      1024
#define KUBE_SETS_MAX      64
#define KUBE_MIN_READY     5 /* seconds: time to pause in */
#define KUBE_LOOK_MS       250
#define KUBE_REQUEST_MS    30000
#define KUBE_LOG_LINES     "40"
#define KUBE_REVISION_MAX  24
#define KUBE_CREATED_MAX   32
#define KUBE_WORDS_MAX     32
#define KUBE_WORDS_ROOM    4096
#define KUBE_CLUSTER_MAX   160
#define KUBE_POD_WORDS_MAX 256

/* ---- kubernetes_kubectl.c: command lines ----------------------------------------------------------------------- */

/* An argument vector; the words that are made stand in room. */
struct kube_words {
    const char *argv[KUBE_WORDS_MAX + 1];
    size_t count, used;
    char room[KUBE_WORDS_ROOM];
};

/* kubectl with kubeconfig, context, namespace and account. When it is bounded, a request that gets no answer ends
 * before the call's deadline. */
void kube_begin(struct upgrade_call *call, struct kube_words *words, bool bounded);
void kube_word(struct kube_words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs it; for one that is asked for its exit status alone. */
UPGRADE_MUST_USE enum upgrade_status kube_run(struct upgrade_call *call, const char *code, struct kube_words *words);

/* Runs it and parses its JSON; *ret is for json_object_put. */
UPGRADE_MUST_USE enum upgrade_status kube_json(struct upgrade_call *call, struct kube_words *words,
                                               json_object **ret);

/* The context that is used, its cluster's name and address, for people: into out. *ret_context ("" within a pod of
 * the cluster) is KUBE_NAME_MAX bytes. */
UPGRADE_MUST_USE enum upgrade_status kube_cluster(struct upgrade_call *call, char *ret_context, char *out,
                                                  size_t size);

/* A value below an object by its path of names, ended by NULL; NULL when it is not there. */
json_object *kube_at(json_object *object, ...) __attribute__((sentinel));
/* Text of that value; "" when there is none. */
const char *kube_text(json_object *value);

/* ---- kubernetes.c: notes --------------------------------------------------------------------------------------- */

/* Value of a line "name=value" of notes (call->remembered), "" without. Returns out. */
const char *kube_note(const char *notes, const char *name, char *out, size_t size);

/* ---- kubernetes_state.c ---------------------------------------------------------------------------------------- */

struct kube_deployment {
    size_t replicas;           /* wanted */
    size_t surge, unavailable; /* of a rolling update, as numbers; SIZE_MAX: it is recreated at once */
    size_t min_ready_s;
    bool paused;
    bool settled; /* what was asked for last is what runs, and all of it is available */
    char revision[KUBE_REVISION_MAX];
    char image[KUBE_IMAGE_MAX]; /* of our container; "": it has none */
    char selector[KUBE_SELECTOR_MAX];
    json_object *labels; /* of its pods; borrowed from the answer */
    json_object *answer; /* for kube_deployment_free */
};

UPGRADE_MUST_USE enum upgrade_status kube_get_deployment(struct upgrade_call *call, struct kube_deployment *ret);
void kube_deployment_free(struct kube_deployment *deployment);

struct kube_set {
    char name[KUBE_NAME_MAX];
    char revision[KUBE_REVISION_MAX];
    char image[KUBE_IMAGE_MAX];
    size_t replicas; /* wanted */
};

struct kube_pod {
    char name[KUBE_NAME_MAX];
    char set[KUBE_NAME_MAX];        /* the ReplicaSet that made it */
    char created[KUBE_CREATED_MAX]; /* RFC 3339: sorts as text */
    bool ready, ending, previous;   /* previous: an ended container of it has left a log */
    enum upgrade_instance_state state;
    size_t restarts;
    char detail[KUBE_POD_WORDS_MAX];
};

/* Sets and pods that a selector names. */
struct kube_state {
    struct kube_set sets[KUBE_SETS_MAX];
    size_t set_count;
    struct kube_pod pods[KUBE_PODS_MAX]; /* those that end last, by creation, then by name */
    size_t pod_count;
};

/* *ret is for free(). */
UPGRADE_MUST_USE enum upgrade_status kube_get_state(struct upgrade_call *call, const char *selector,
                                                    struct kube_state **ret);

/* The set of that name, revision or image; NULL without. "" matches all of them. */
const struct kube_set *kube_find_set(const struct kube_state *state, const char *name, const char *revision,
                                     const char *image);

/* Pods of a set that the deployment wants, added over all sets that run that image, and not the set of that name. */
size_t kube_wanted(const struct kube_state *state, const char *image, const char *but_set);

/* ---- kubernetes_preflight.c ------------------------------------------------------------------------------------ */

/* What the container's image is to be. False: it does not fit. */
UPGRADE_MUST_USE bool kube_target_image(const struct upgrade_call *call, const char *present,
                                        char out[KUBE_IMAGE_MAX]);

UPGRADE_MUST_USE enum upgrade_status kube_preflight(struct upgrade_call *call);

/* Whether the disruption budgets of its pods let one end now. What stands against it goes into why. */
UPGRADE_MUST_USE enum upgrade_status kube_budget(struct upgrade_call *call, const struct kube_deployment *deployment,
                                                 bool *ret_any, bool *ret_allowed, char *why, size_t size);

/* ---- kubernetes_roll.c ----------------------------------------------------------------------------------------- */

UPGRADE_MUST_USE enum upgrade_status kube_start(struct upgrade_call *call, size_t slot);
UPGRADE_MUST_USE enum upgrade_status kube_take_over(struct upgrade_call *call, size_t slot);
UPGRADE_MUST_USE enum upgrade_status kube_go_back(struct upgrade_call *call, size_t slot);
UPGRADE_MUST_USE enum upgrade_status kube_retire(struct upgrade_call *call, size_t slot);
UPGRADE_MUST_USE enum upgrade_status kube_clean(struct upgrade_call *call);
void kube_by_hand(struct upgrade_call *call, char *out, size_t size);

/* ---- kubernetes_reach.c ---------------------------------------------------------------------------------------- */

/* instance->name is NAMESPACE/POD. */
UPGRADE_MUST_USE enum upgrade_status kube_reach(struct upgrade_call *call, size_t slot, enum upgrade_side side,
                                                struct upgrade_instance *instance);
void kube_unreach(struct upgrade_call *call, size_t slot, enum upgrade_side side);

#endif
