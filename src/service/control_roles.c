/* Who accepts, and who goes on when another has ended. Everything here is called with the control's lock. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "service/control_state.h"
#include "service/events.h"

#define KILL_AFTER_MS 5000 /* beyond what a drain may take */

const char *control_role_name(enum role role) {
    static const char *const names[] = {"serving", "waiting", "warm", "ending"};
    return names[role];
}

static bool tell(int lifeline, const char *word) {
    return lifeline >= 0 && packet_send(lifeline, word, strlen(word), NULL, 0);
}

static void take(struct control *control, bool on) {
    struct service *service = control->service;
    server_take(service->api, on);
    server_take(service->admin, on);
    for (size_t i = 0; i < LISTENERS; i++) listen_own_file(&service->listeners[i], on && control->files[i]);
}

void control_accept(struct control *control, const char *why) {
    if (control->role == ROLE_SERVING || control->role == ROLE_ENDING) return;
    take(control, true);
    control->role = ROLE_SERVING;
    control_link(control);
    SERVICE_LOG(EVENT_SERVES_NOW, KZGOPS_STR("instance", control->instance), KZGOPS_STR("reason", why));
}

static void stand_aside(struct control *control, enum role role) {
    take(control, false);
    control->role = role;
    SERVICE_LOG(EVENT_STANDS_ASIDE, KZGOPS_STR("instance", control->instance),
                KZGOPS_STR("role", control_role_name(role)),
                KZGOPS_U64("connections", server_connections(control->service->api)));
}

void control_end_self(struct control *control, const char *why) {
    control->role = ROLE_ENDING;
    SERVICE_LOG(EVENT_END_ASKED, KZGOPS_STR("instance", control->instance), KZGOPS_STR("reason", why));
    (void)kill(getpid(), control_signal());
}

/* ---- What the others say ----------------------------------------------------------------------------------------
 */

void control_old_says(struct control *control, const char *word) {
    if (control->role == ROLE_ENDING) return;
    if (strcmp(word, "yield") == 0) {
        stand_aside(control, ROLE_ENDING);
        control_end_self(control, "the predecessor serves again");
    } else if (strcmp(word, "retired") == 0) {
        close(control->old.lifeline);
        control->old.lifeline = -1;
        control->old.pid = 0;
    }
}

/* A predecessor that was taken over from is not needed. One that was not has left nobody to serve. */
void control_old_gone(struct control *control) {
    close(control->old.lifeline);
    control->old.lifeline = -1;
    control->old.pid = 0;
    if (control->role == ROLE_ENDING) return;
    SERVICE_LOG(EVENT_PREDECESSOR_LOST, KZGOPS_STR("instance", control->old.instance),
                KZGOPS_STR("role", control_role_name(control->role)));
    control_remove_files(control, control->old.instance);
    control->orphan = control->role == ROLE_WAITING;
    if (control->orphan && control->ready) control_accept(control, "the predecessor has ended");
}

void control_new_says(struct control *control, const char *word) {
    if (control->role == ROLE_ENDING) return;
    if (strcmp(word, "taking") == 0 && control->role == ROLE_SERVING) {
        control->new.served = true;
        stand_aside(control, ROLE_WARM);
    } else if (strcmp(word, "ending") == 0) {
        control->new.told = true;
        control_end_self(control, "the successor serves, and ends");
    }
}

void control_new_gone(struct control *control) {
    close(control->new.lifeline);
    control->new.lifeline = -1;
    if (control->role == ROLE_WARM) control_accept(control, "the successor has ended");
}

/* ---- What is asked for ------------------------------------------------------------------------------------------
 */

const char *control_take_over(struct control *control, const char **ret_text) {
    *ret_text = "";
    if (control->role == ROLE_SERVING) return NULL;
    if (control->role == ROLE_WARM) return *ret_text = "it was taken over from: go-back is what it can do", "warm";
    if (control->role == ROLE_ENDING) return *ret_text = "it ends", "ending";
    if (service_phase(control->service) != PHASE_READY) return *ret_text = "it is not ready", "not_ready";
    control_accept(control, "taking over");
    (void)tell(control->old.lifeline, "taking");
    return NULL;
}

const char *control_go_back(struct control *control, const char **ret_text) {
    *ret_text = "";
    if (control->role == ROLE_ENDING) return *ret_text = "it ends", "ending";
    if (control->role == ROLE_WAITING) return *ret_text = "it has not served yet", "waiting";
    if (control->role == ROLE_SERVING) {
        if (control->new.pid > 0 && !control->new.told) control_stop_successor(control);
        return NULL;
    }
    control_accept(control, "going back");
    (void)tell(control->new.lifeline, "yield");
    control->new.told = true;
    control->new.kill_ms = server_now_ms() + control->service->config.drain_delay_ms +
                           control->service->config.drain_timeout_ms + KILL_AFTER_MS;
    return NULL;
}

const char *control_retire(struct control *control, const char **ret_text) {
    *ret_text = "";
    if (control->role == ROLE_ENDING) return NULL;
    if (control->role != ROLE_WARM) return *ret_text = "no other one serves in its place", "not_warm";
    (void)tell(control->new.lifeline, "retired");
    control_end_self(control, "retired");
    return NULL;
}
