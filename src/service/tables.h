/* Where this daemon's precomputed tables come from: --table-cache, or computed at the start. All but
 * tables_metrics on the thread that starts it. */
#ifndef SERVICE_TABLES_H
#define SERVICE_TABLES_H

#include "kzg/kzg.h"

struct service;

/* X(NAME, "name"): as /version says it. */
#define TABLES_LIST(X)                                                       \
    X(OFF, "off")         /* no --table-cache */                             \
    X(USED, "used")       /* mapped, shared with whoever uses the file */    \
    X(WRITTEN, "written") /* computed here, and kept for the next one */     \
    X(BUSY, "busy")       /* computed here; another process keeps its own */ \
    X(FAILED, "failed")   /* computed here; they could not be kept */

enum tables_state {
#define X(NAME, name) TABLES_##NAME,
    TABLES_LIST(X)
#undef X
        TABLES_STATES
};

const char *tables_state_name(enum tables_state state);

/* Gives the options the file's tables, if there are any that may be used. */
void tables_offer(struct service *service, kzg_options *options);
/* After the context was made: what became of them is logged, and what is not used is let go. */
void tables_made(struct service *service);
/* After the context was proven: keeps what was computed, where it is missing. Costs its writing, no request waits. */
void tables_keep(struct service *service);
/* After the context was freed. */
void tables_close(struct service *service);

/* For /metrics. */
void tables_metrics(struct service *service);

#endif
