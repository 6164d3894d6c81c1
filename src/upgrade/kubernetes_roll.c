/* The rollout: on by one pod and stopped, and back. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "upgrade/kubernetes.h"

/* The notes of prepare. */
struct notes {
    char set[KUBE_NAME_MAX], revision[KUBE_REVISION_MAX], image[KUBE_IMAGE_MAX], target[KUBE_IMAGE_MAX];
    size_t slots;
};

/* False: prepare has not been. */
static bool read_notes(const struct upgrade_call *call, struct notes *ret) {
    char slots[24];
    kube_note(call->remembered, "set", ret->set, sizeof ret->set);
    kube_note(call->remembered, "revision", ret->revision, sizeof ret->revision);
    kube_note(call->remembered, "image", ret->image, sizeof ret->image);
    kube_note(call->remembered, "target", ret->target, sizeof ret->target);
    ret->slots = strtoul(kube_note(call->remembered, "slots", slots, sizeof slots), NULL, 10);
    return ret->set[0] != '\0';
}

static enum upgrade_status no_notes(struct upgrade_call *call) {
    return upgrade_fail(call, "notes_missing", "the notes of this upgrade do not say what ran before");
}

/* ---- Commands -------------------------------------------------------------------------------------------------- */

/* kubectl rollout <what> deployment/NAME. Waiting for a status is bounded by the call alone. */
static void rollout_words(struct upgrade_call *call, const char *what, const char *revision, struct kube_words *ret) {
    kube_begin(call, ret, strcmp(what, "status") != 0);
    kube_word(ret, "rollout");
    kube_word(ret, "%s", what);
    kube_word(ret, "deployment/%s", upgrade_value(call, "deployment"));
    if (revision != NULL) kube_word(ret, "--to-revision=%s", revision);
}

static enum upgrade_status rollout(struct upgrade_call *call, const char *what, const char *revision) {
    struct kube_words words;
    rollout_words(call, what, revision, &words);
    return kube_run(call, "rollout_failed", &words);
}

static void set_image_words(struct upgrade_call *call, const char *image, struct kube_words *ret) {
    kube_begin(call, ret, true);
    kube_word(ret, "set");
    kube_word(ret, "image");
    kube_word(ret, "deployment/%s", upgrade_value(call, "deployment"));
    kube_word(ret, "%s=%s", upgrade_value(call, "container"), image);
}

static enum upgrade_status set_image(struct upgrade_call *call, const char *image) {
    struct kube_words words;
    upgrade_say(call, "setting the image to %s", image);
    set_image_words(call, image, &words);
    return kube_run(call, "set_image_failed", &words);
}

/* Deployment and pods at about the same moment; both are for free. */
static enum upgrade_status look(struct upgrade_call *call, struct kube_deployment *ret_deployment,
                                struct kube_state **ret_state) {
    *ret_state = NULL;
    enum upgrade_status status = kube_get_deployment(call, ret_deployment);
    if (status != UPGRADE_OK) return status;
    status = kube_get_state(call, ret_deployment->selector, ret_state);
    if (status != UPGRADE_OK) kube_deployment_free(ret_deployment);
    return status;
}

static enum upgrade_status changed_meanwhile(struct upgrade_call *call, const struct kube_deployment *deployment) {
    return upgrade_fail(call, "changed_meanwhile", "somebody else has set the image to %.300s", deployment->image);
}

/* Sleeps a little. False: the deadline has come. */
static bool pause_a_little(const struct upgrade_call *call) {
    int64_t left_ms = upgrade_left_ms(call);
    (void)poll(NULL, 0, left_ms < KUBE_LOOK_MS ? (int)left_ms : KUBE_LOOK_MS);
    return left_ms > 0;
}

/* ---- On -------------------------------------------------------------------------------------------------------- */

/* How far the rollout is to go: new pods that are wanted at least, old ones that are wanted at most. */
struct aim {
    size_t new_least, old_most;
    bool stop; /* there it is paused */
};

static size_t old_wanted(const struct kube_state *state, const struct notes *notes) {
    const struct kube_set *set = kube_find_set(state, notes->set, "", "");
    return set == NULL ? 0 : set->replicas;
}

/* One look, and the pause or resume that it asks for; *ret_there tells whether the rollout is where the aim wants it.
 */
static enum upgrade_status step(struct upgrade_call *call, const struct notes *notes, const struct aim *aim,
                                bool *ret_there) {
    struct kube_deployment deployment;
    struct kube_state *state;
    enum upgrade_status status = look(call, &deployment, &state);
    if (status != UPGRADE_OK) return status;
    *ret_there =
        kube_wanted(state, notes->target, notes->set) >= aim->new_least && old_wanted(state, notes) <= aim->old_most;
    if (strcmp(deployment.image, notes->target) != 0)
        status = changed_meanwhile(call, &deployment);
    else if (*ret_there && aim->stop && !deployment.paused)
        status = rollout(call, "pause", NULL);
    else if (deployment.paused && (!*ret_there || !aim->stop))
        status = rollout(call, "resume", NULL);
    free(state);
    kube_deployment_free(&deployment);
    return status;
}

static enum upgrade_status advance(struct upgrade_call *call, const struct notes *notes, const struct aim *aim) {
    for (;;) {
        bool there;
        enum upgrade_status status = step(call, notes, aim, &there);
        if (status != UPGRADE_OK || there) return status;
        if (!pause_a_little(call))
            return upgrade_timed_out(call, "the rollout did not get to %zu new pods and at most %zu old ones",
                                     aim->new_least, aim->old_most);
    }
}

/* Sets the image unless it is set. */
static enum upgrade_status begin(struct upgrade_call *call, const struct notes *notes, size_t slot) {
    struct kube_deployment deployment;
    struct kube_state *state;
    enum upgrade_status status = look(call, &deployment, &state);
    if (status != UPGRADE_OK) return status;
    size_t most = deployment.replicas + 1 -
                  (old_wanted(state, notes) < deployment.replicas ? old_wanted(state, notes) : deployment.replicas);
    if (slot + 1 > most) {
        status = upgrade_fail(call, "surge_too_small", "pod %zu cannot be made before an old one ends (maxSurge 1)",
                              slot + 1);
        upgrade_fail_remedy(call, "kzg upgrade --canary 1 --max-unavailable 1");
    } else if (strcmp(deployment.image, notes->target) != 0) {
        status = strcmp(deployment.image, notes->image) == 0 ? set_image(call, notes->target)
                                                             : changed_meanwhile(call, &deployment);
    }
    free(state);
    kube_deployment_free(&deployment);
    return status;
}

enum upgrade_status kube_start(struct upgrade_call *call, size_t slot) {
    struct notes notes;
    if (!read_notes(call, &notes)) return no_notes(call);
    enum upgrade_status status = begin(call, &notes, slot);
    if (status != UPGRADE_OK) return status;
    return advance(call, &notes, &(struct aim){slot + 1, (size_t)-1, true});
}

/* Until the disruption budgets let a pod end. */
static enum upgrade_status wait_for_budget(struct upgrade_call *call) {
    for (;;) {
        struct kube_deployment deployment;
        bool any, allowed;
        char why[300] = "";
        enum upgrade_status status = kube_get_deployment(call, &deployment);
        if (status != UPGRADE_OK) return status;
        status = kube_budget(call, &deployment, &any, &allowed, why, sizeof why);
        kube_deployment_free(&deployment);
        if (status != UPGRADE_OK || allowed) return status;
        if (!pause_a_little(call)) return upgrade_timed_out(call, "%s", why);
    }
}

enum upgrade_status kube_take_over(struct upgrade_call *call, size_t slot) {
    struct notes notes;
    if (!read_notes(call, &notes)) return no_notes(call);
    enum upgrade_status status = wait_for_budget(call);
    if (status != UPGRADE_OK) return status;
    bool last = slot + 1 >= notes.slots;
    status = advance(call, &notes, &(struct aim){slot + 1, last ? 0 : notes.slots - slot - 1, !last});
    return status == UPGRADE_OK && last ? rollout(call, "status", NULL) : status;
}

enum upgrade_status kube_retire(struct upgrade_call *call, size_t slot) {
    struct notes notes;
    if (slot > 0) return UPGRADE_OK; /* all at once: the first has waited for them */
    if (!read_notes(call, &notes)) return no_notes(call);
    enum upgrade_status status = advance(call, &notes, &(struct aim){notes.slots, 0, false});
    return status == UPGRADE_OK ? rollout(call, "status", NULL) : status;
}

/* ---- Back ------------------------------------------------------------------------------------------------------ */

/* kubectl undoes nothing while it is paused, and resumed first it would go on for a moment, and end old pods when new
 * ones are available: those may be what is wrong. So a paused one gets the old image first; that is all that was
 * changed, so it is the old template again. */
static enum upgrade_status back_from_pause(struct upgrade_call *call, const struct notes *notes,
                                           const struct kube_deployment *deployment) {
    if (strcmp(deployment->image, notes->image) != 0) {
        enum upgrade_status status = set_image(call, notes->image);
        if (status != UPGRADE_OK) return status;
    }
    return rollout(call, "resume", NULL);
}

static enum upgrade_status undo(struct upgrade_call *call, const struct notes *notes,
                                const struct kube_deployment *deployment, const struct kube_state *state) {
    const struct kube_set *old = kube_find_set(state, notes->set, "", "");
    bool is_old = strcmp(deployment->image, notes->image) == 0;
    if (!is_old && strcmp(deployment->image, notes->target) != 0) return changed_meanwhile(call, deployment);
    if (deployment->paused) return back_from_pause(call, notes, deployment);
    if (is_old) return UPGRADE_OK;
    if (old == NULL) return set_image(call, notes->image); /* too many revisions since: its history is cut off */
    upgrade_say(call, "going back to revision %s", old->revision);
    return rollout(call, "undo", old->revision);
}

enum upgrade_status kube_go_back(struct upgrade_call *call, size_t slot) {
    struct notes notes;
    struct kube_deployment deployment;
    struct kube_state *state;
    (void)slot; /* a Deployment goes back as a whole; the other slots find it done */
    if (!read_notes(call, &notes)) return UPGRADE_OK;
    enum upgrade_status status = look(call, &deployment, &state);
    if (status != UPGRADE_OK) return status;
    bool done = !deployment.paused && deployment.settled && strcmp(deployment.image, notes.image) == 0;
    if (!done) status = undo(call, &notes, &deployment, state);
    free(state);
    kube_deployment_free(&deployment);
    return status == UPGRADE_OK && !done ? rollout(call, "status", NULL) : status;
}

/* Whatever became of it: it is not left paused. */
enum upgrade_status kube_clean(struct upgrade_call *call) {
    struct kube_deployment deployment;
    struct notes notes;
    if (!read_notes(call, &notes)) return UPGRADE_OK;
    enum upgrade_status status = kube_get_deployment(call, &deployment);
    if (status != UPGRADE_OK) return status;
    bool paused = deployment.paused;
    kube_deployment_free(&deployment);
    return paused ? rollout(call, "resume", NULL) : UPGRADE_OK;
}

static size_t add_line(char *out, size_t size, size_t used, const struct kube_words *words, const char *remark) {
    char text[1200];
    command_text(words->argv, text, sizeof text);
    int n = snprintf(out + used, size - used, "%s%s\n", text, remark);
    return n > 0 && (size_t)n < size - used ? used + (size_t)n : used;
}

/* The image first, as in back_from_pause. */
void kube_by_hand(struct upgrade_call *call, char *out, size_t size) {
    struct kube_words words;
    struct notes notes;
    out[0] = '\0';
    if (!read_notes(call, &notes)) return;
    set_image_words(call, notes.image, &words);
    size_t used = add_line(out, size, 0, &words, "");
    rollout_words(call, "resume", NULL, &words);
    used = add_line(out, size, used, &words, "   # if it is paused");
    rollout_words(call, "status", NULL, &words);
    (void)add_line(out, size, used, &words, "");
}
