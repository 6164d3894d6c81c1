/* The journal: one upgrade's whole state in one file, <state folder>/<id>/journal.json. It is written beside and put
 * in place by rename, both synced, so that after a kill or a power failure the file holds either what was before or
 * what was meant to be: never half. Nothing here prints; errors are told in a buffer of the caller's. */
#ifndef UPGRADE_JOURNAL_H
#define UPGRADE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "upgrade/driver.h"
#include "upgrade/settings.h"
#include "upgrade/states_list.h"

enum upgrade_state {
#define X(NAME, ...) STATE_##NAME,
    STATES_LIST(X)
#undef X
        STATES
};

enum upgrade_kind { KIND_BEFORE, KIND_FORWARD, KIND_BACK, KIND_END };

const char *state_name(enum upgrade_state state);
const char *state_help(enum upgrade_state state);
enum upgrade_kind state_kind(enum upgrade_state state);
enum upgrade_state state_next(enum upgrade_state state);
enum upgrade_state state_otherwise(enum upgrade_state state);

#define JOURNAL_FORMAT      1
#define JOURNAL_WHY_MAX     512
#define JOURNAL_VALUES_MAX  8192
#define JOURNAL_FOLDER_MAX  1024
#define JOURNAL_DRIVER_MAX  32
#define JOURNAL_HISTORY_MAX 512

struct journal {
    char id[UPGRADE_ID_MAX];
    char driver[JOURNAL_DRIVER_MAX];
    char from_version[UPGRADE_VERSION_MAX]; /* "" until plan has looked */
    char to_version[UPGRADE_VERSION_MAX];
    enum upgrade_state state;
    size_t slots;               /* 0 until plan has looked */
    size_t first, count;        /* the slots that are upgraded now */
    bool undoes;                /* kzg rollback of an upgrade that was done */
    int64_t began_s, changed_s; /* Unix time */
    struct upgrade_settings settings;
    char values[JOURNAL_VALUES_MAX]; /* the driver's options: "name=value\n"... */
    char remembered[UPGRADE_REMEMBERED_MAX];
    char undone[UPGRADE_REMEMBERED_MAX];
    struct upgrade_failure failure; /* why it goes back, or ended so; code "" without */
    char why_stuck[512];            /* of a failure of going back */
};

/* A new id: 'u', time in UTC to the millisecond, four random digits: in the order of time as texts. */
void journal_new_id(char out[UPGRADE_ID_MAX]);

/* <folder>/<id>; false when it does not fit. */
bool journal_folder(const char *folder, const char *id, char *out, size_t size);

/* Makes its folder when need be; sets changed_s. */
UPGRADE_MUST_USE bool journal_save(struct journal *journal, const char *folder, char *why);

/* Everything in the file is checked before any of it is used. */
UPGRADE_MUST_USE bool journal_load(struct journal *ret, const char *folder, const char *id, char *why);

/* The ids in the folder, newest first, at most JOURNAL_HISTORY_MAX. *ret_ids is one array for free(). A folder that
 * is not there has none. */
UPGRADE_MUST_USE bool journal_list(const char *folder, char (**ret_ids)[UPGRADE_ID_MAX], size_t *ret_count,
                                   char *why);

#endif
