/* podman and docker by their command lines, which are the same for all that is needed here. Each function is one
 * command or a few, to the call's deadline; what fails fills call->failure.
 *
 * A place is where a container of a slot can be: 'a' or 'b'. The container in it is named SERVICE-SLOT-PLACE, and has
 * the labels kzgd.service, kzgd.slot, kzgd.place, and kzgd.upgrade with the id of the upgrade that made it. */
#ifndef UPGRADE_CONTAINER_RUNTIME_H
#define UPGRADE_CONTAINER_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "upgrade/driver.h"
#include "upgrade/formats.h"

#define CONTAINER_ID_MAX        72
#define CONTAINER_NAME_MAX      280 /* a service's name, slot, place */
#define CONTAINER_REFERENCE_MAX 400 /* repository@sha256:... */

struct container {
    bool there;
    bool ours; /* has the service's label, and those of this slot and place */
    char id[CONTAINER_ID_MAX];
    char name[CONTAINER_NAME_MAX];
    char image[CONTAINER_ID_MAX + 8];        /* the image's own id */
    char reference[CONTAINER_REFERENCE_MAX]; /* as it was given to run */
    char upgrade[UPGRADE_ID_MAX];            /* "": made by hand */
    char status[24];                         /* the runtime's word */
    bool running;
    bool waiting; /* made, and not started yet */
    int exit_code;
    uint64_t restarts;
    uint64_t memory_limit; /* 0: none */
    char error[256];       /* what the runtime says of a start that failed */
};

/* "podman" or "docker", as the option says or whichever is there. */
UPGRADE_MUST_USE enum upgrade_status runtime_find(struct upgrade_call *call, const char **ret_name);

/* What stands in the two places of a slot. */
UPGRADE_MUST_USE enum upgrade_status runtime_look(struct upgrade_call *call, size_t slot, struct container ret[2]);

/* How many slots the service has: the highest one with a container, and one. */
UPGRADE_MUST_USE enum upgrade_status runtime_count(struct upgrade_call *call, size_t *ret_slots);

/* Names the place: "kzgd-0-a", "0-a". */
void runtime_name(const struct upgrade_call *call, size_t slot, char place, char out[CONTAINER_NAME_MAX]);

/* What the container wrote, its end; "" when that cannot be had. */
void runtime_log(struct upgrade_call *call, const char *name, char out[UPGRADE_OUTPUT_MAX]);

/* Makes and starts a container. upgrade: for its label; "": none. */
UPGRADE_MUST_USE enum upgrade_status runtime_run(struct upgrade_call *call, size_t slot, char place,
                                                 const char *image, const char *upgrade, const char *api,
                                                 const char *admin);

/* Has the image's kzgd check the very words, environment and volumes that runtime_run would give it, in a container
 * that is gone afterwards (and is not started again, whatever "run" says about that). Says its formats (formats.h),
 * too. */
UPGRADE_MUST_USE enum upgrade_status runtime_check_config(struct upgrade_call *call, size_t slot, char place,
                                                          const char *image, const char *api, const char *admin,
                                                          char ret_formats[FORMATS_MAX]);

/* One that was made, or has ended. */
UPGRADE_MUST_USE enum upgrade_status runtime_start(struct upgrade_call *call, const char *name);

/* One that runs gets SIGTERM, and SIGKILL when the time is nearly over; then it is gone. */
UPGRADE_MUST_USE enum upgrade_status runtime_remove(struct upgrade_call *call, const struct container *container);

/* Is the image here? Its id then, "" otherwise. */
UPGRADE_MUST_USE enum upgrade_status runtime_image(struct upgrade_call *call, const char *reference,
                                                   char ret_id[CONTAINER_ID_MAX + 8]);

UPGRADE_MUST_USE enum upgrade_status runtime_pull(struct upgrade_call *call, const char *reference);

/* What the image's kzgd says to --version, in a container of its own that is gone afterwards, without a network. */
UPGRADE_MUST_USE enum upgrade_status runtime_version(struct upgrade_call *call, const char *image, char *out,
                                                     size_t size);

#endif
