/* What the parts of the control socket share: control.c (files, life), control_roles.c (who accepts), control_start.c
 * (the successor's process), control_serve.c (the thread, questions and answers). */
#ifndef SERVICE_CONTROL_STATE_H
#define SERVICE_CONTROL_STATE_H

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/packet.h"
#include "service/control.h"
#include "service/listen.h"
#include "service/service.h"

#define CONTROL_CLIENTS  8
#define CONTROL_FILE     108             /* of a path */
#define CONTROL_HANDOVER "KZGD_HANDOVER" /* environment: the lifeline's descriptor */

enum role {
    ROLE_SERVING, /* accepts from the listeners */
    ROLE_WAITING, /* a new one: accepts at its own addresses alone */
    ROLE_WARM,    /* an old one that was taken over from: the same */
    ROLE_ENDING,
};

struct predecessor {
    int lifeline; /* -1: none */
    pid_t pid;
    char instance[CONTROL_INSTANCE_MAX];
};

struct successor {
    int lifeline; /* -1: it has closed it, or there is none */
    pid_t pid;    /* 0: none, or it has ended */
    bool served;
    bool told;       /* to end, or it said that it does */
    int64_t kill_ms; /* when patience with it ends; 0: it has no end to come to */
    char instance[CONTROL_INSTANCE_MAX];
    char binary[PATH_MAX];
    char end[64]; /* how it ended; "" */
};

struct control {
    struct service *service;
    char *const *argv;
    char path[CONTROL_PATH_MAX + 1];
    char instance[CONTROL_INSTANCE_MAX];
    char own[CONTROL_FILE]; /* path.instance */
    char binary[PATH_MAX];  /* of this process */
    char hand[PACKET_MAX];  /* what the predecessor said, "" without one */
    bool files[LISTENERS];  /* the listener's file is kzgd's: the last one to serve removes it */
    int listen_fd;
    int wake_fd;
    int clients[CONTROL_CLIENTS];
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* for all below; held for moments */
    enum role role;
    bool ready;
    bool orphan; /* the predecessor ended before it was taken over from */
    bool stop;
    struct predecessor old;
    struct successor new;
};

/* ---- control.c ---- */

/* A line "key value" of a text; copies the value. False: there is none, or no room. */
bool control_value(const char *text, const char *key, char *out, size_t size);
bool control_is_instance(const char *text);
void control_remove_files(const struct control *control, const char *instance);
void control_link(const struct control *control); /* PATH leads to this instance */

/* ---- control_roles.c: with the lock ---- */

const char *control_role_name(enum role role);
void control_accept(struct control *control, const char *why);
void control_old_says(struct control *control, const char *word);
void control_old_gone(struct control *control);
void control_new_says(struct control *control, const char *word);
void control_new_gone(struct control *control);
void control_end_self(struct control *control, const char *why);
/* Each returns NULL, or an error's code with *ret_text. */
const char *control_take_over(struct control *control, const char **ret_text);
const char *control_go_back(struct control *control, const char **ret_text);
const char *control_retire(struct control *control, const char **ret_text);

/* ---- control_start.c: with the lock ---- */

const char *control_start_successor(struct control *control, const char *instance, const char *binary,
                                    const char **ret_text);
/* Has it ended? Kills it when patience ends. Every tick. */
void control_look_after(struct control *control);
/* For a successor that has not served: SIGTERM, and SIGKILL in a while. */
void control_stop_successor(struct control *control);

/* ---- control_serve.c ---- */

bool control_serve(struct control *control);

#endif
