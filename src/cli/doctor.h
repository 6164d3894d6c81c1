/* The parts of kzg doctor. */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/client.h"
#include "diagnose/facts.h"
#include "diagnose/finding.h"

/* Where to look beside the daemon. */
struct doctor_places {
    const char *state_dir;  /* NULL: as kzgd says, or KZGD_STATE_DIR */
    const char *kernel_log; /* NULL: /dev/kmsg */
    const char *proc_root, *cgroup_root;
    bool given; /* one of them was: then the daemon is taken to be of this machine, whatever its address */
};

/* Asks every page and reads the machine. A daemon that does not answer is a fact, not an error. ret needs facts_free,
 * also after an error. */
enum cli_exit doctor_gather(struct client *client, const struct doctor_places *places, struct facts *ret);

/* How the process ended, from the state directory, as JSON or text; NULL without memory. *ret_path (unless NULL) gets
 * the file that says it. free(). */
char *doctor_ending(const struct facts *facts, bool json, char *ret_path, size_t path_size);

/* Writes the archive to path ("-": standard output) and says on standard error what is wrong if it cannot. profile:
 * with a CPU profile of five seconds. */
enum cli_exit doctor_bundle(struct client *client, const struct facts *facts, const struct findings *findings,
                            const char *path, bool profile, size_t *ret_files);

/* A report of findings, as text or JSON; NULL without memory. free(). */
char *doctor_report(const struct facts *facts, const struct findings *findings, bool json, size_t *ret_length);

#endif
