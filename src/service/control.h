/* The control socket (--control PATH): by it a running kzgd is replaced by another program without a refused
 * connection or a lost request. Each process listens at PATH.<instance> and has an API and an administration of its
 * own beside that, PATH.<instance>.api and .admin; PATH is a symbolic link to the one that serves. Only the owner and
 * root may connect.
 *
 * The old kzgd starts the new one, so that it has the same environment, control group and arguments, and gives it the
 * listening sockets over a connection that stays open, the lifeline: whoever sees it close knows that the other has
 * ended. From then on the listening sockets are shared, and which of the two accepts is a matter of words:
 *
 *     start       the new one loads, and answers at its own addresses
 *     take-over   (asked of the new one) it accepts; then the old one accepts no more and finishes what it has
 *     go-back     (asked of the old one) it accepts again; then the new one finishes what it has, and ends
 *     retire      (asked of the old one) it finishes what it has, and ends
 *     status      what this process is
 *
 * A question is one packet of words, an answer one packet of lines: "ok" or "error CODE TEXT", then "key value" each.
 * docs/operating/handover.md has the words and keys. */
#ifndef SERVICE_CONTROL_H
#define SERVICE_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct service;

/* The path of --control, with ".<instance>.admin" behind it, must fit a socket's address. */
#define CONTROL_PATH_MAX     58
#define CONTROL_INSTANCE_MAX 40 /* with its NUL: letters, digits, '-' */

/* Whether this process was started to replace another. */
bool control_is_successor(void);

/* True when the text can be given to --control; else says what is wrong on standard error. "" can. */
bool control_check(const char *path);

/* Makes service->control and opens service->doors; nothing runs. A successor gets service->listeners too, and so has
 * no use for others. Without --control there is none, and that is fine. argv (borrowed for good) is what a successor
 * is started with. False, with a message, on failure. Before the servers are made. */
bool control_open(struct service *service, char *const *argv);

/* Whether the listeners came from a predecessor. NULL: no. */
bool control_has_listeners(const struct service *service);

/* Its thread; when the servers are there, and before they run: a successor's accept nothing from the listeners. */
bool control_start(struct service *service);

/* What the predecessor measured (cost_text), when it has the same commit and computes with the same backend at the
 * same level of precomputation; else NULL. */
const char *control_calibration(const struct service *service);

/* Whether this process is the one that a service manager knows: no predecessor goes on. Any thread. */
bool control_is_main(const struct service *service);

/* This process can serve. False: another one serves, and the world need not be told. */
bool control_ready(struct service *service);

enum control_end {
    CONTROL_END_SERVICE, /* nobody serves any more */
    CONTROL_END_RETIRED, /* *ret_heir, a child of this process, goes on serving */
    CONTROL_END_ASIDE,   /* another serves, as before */
};

/* A signal came, or the end was asked for: tells the others. From here on nothing changes who accepts. */
enum control_end control_ending(struct service *service, long *ret_heir);

/* Sent to the process itself when the end is asked for over the control socket. Blocked in every thread. */
int control_signal(void);

/* Removes the files and frees; NULL is fine. */
void control_close(struct service *service);

#endif
