/* One run of kzg upgrade or kzg rollback: where journals are, who holds the lock, which upgrade it is about, and what
 * its end means as an exit status. */
#ifndef CLI_UPGRADE_SESSION_H
#define CLI_UPGRADE_SESSION_H

#include "cli/cli.h"
#include "upgrade/journal.h"

/* What the commands take that run the machine. */
#define CLI_BITS_UPGRADE_RUN (CLI_BITS_CONTEXT | CLI_BIT(JOURNAL) | CLI_BIT(PAGE) | CLI_BIT(FORCE) | CLI_BITS_ALWAYS)

/* --journal, KZG_UPGRADES, /var/lib/kzg/upgrades for root, else the user's state folder. */
enum cli_exit upgrade_folder(const struct cli *cli, const struct cli_args *args, char out[JOURNAL_FOLDER_MAX]);

/* The newest upgrade, or the one of that id. CLI_BAD_INPUT, told: there is none. */
enum cli_exit upgrade_find(const struct cli *cli, const char *folder, const char *id, struct journal *ret);

enum upgrade_verb { UPGRADE_BEGIN, UPGRADE_RESUME, UPGRADE_ABORT };

/* Takes the lock and runs. BEGIN: journal is a new one, whose state is PLAN; refused while another has not ended.
 * RESUME and ABORT: of the upgrade with that id (NULL: the newest), which is loaded into journal. */
enum cli_exit upgrade_run(struct cli *cli, const struct cli_args *args, enum upgrade_verb verb, const char *id,
                          struct journal *journal);

/* Needs a person: neither done nor undone. */
bool upgrade_is_open(const struct journal *journal);

/* What to type next, or "". */
const char *upgrade_next(const struct journal *journal);

#endif
