/* What an instance must answer, computed by this tool's libkzg: every operation, right and wrong statements, and
 * input that must be refused. The tool's arithmetic is first held against the embedded answers (kzg_self_test). */
#ifndef CLI_UPGRADE_ANSWERS_H
#define CLI_UPGRADE_ANSWERS_H

#include "cli/cli.h"
#include "kzg/kzg.h"
#include "upgrade/answers.h"

struct answers; /* opaque */

/* Takes --trusted-setup, --backend, --precompute. Tells what is wrong. *ret needs answers_close, also after an error.
 */
enum cli_exit answers_open(struct cli *cli, const struct cli_args *args, struct answers **ret);
void answers_close(struct answers *answers);

/* Borrowed until answers_close. Its shadow() makes new random requests again and again; their seed is in the name. */
const struct upgrade_answers *answers_get(const struct answers *answers);

#endif
