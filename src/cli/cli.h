/* What every command of the tool shares: exit statuses, how errors are told, the table of commands. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "kzg/kzg.h"

/* One run of one command. */
struct cli {
    const char *command; /* for messages; "kzg" alone before it is known */
    bool stdin_taken;    /* something reads standard input; nothing else can */
    bool json;
    bool quiet;
};

/* Where in the input something is wrong. Zero-initialised: nowhere in particular. */
struct cli_place {
    const char *file; /* file name, "standard input" or the option that held the value; NULL: none */
    const char *item; /* "blob", "cell", ...; NULL: no item */
    uint64_t index;   /* of the item, from 0, over all files */
    bool has_element;
    uint32_t element; /* field element inside the item */
    bool has_offset;
    uint64_t offset; /* byte in the file */
};

/* Tells the error on standard error, as a sentence or, with --json, as one line of JSON, and returns status. code is
 * a stable name: one of base/status_list.h, or "usage". */
enum cli_exit cli_error(const struct cli *cli, enum cli_exit status, const char *code, const struct cli_place *place,
                        const char *format, ...) __attribute__((format(printf, 5, 6)));

/* cli_error for the user's command line: status CLI_BAD_INPUT, code "usage", with a hint at the command's help. */
enum cli_exit cli_usage(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

enum cli_exit cli_out_of_memory(const struct cli *cli);

/* cli_error for a failed call of libkzg: what was wrong, by its code. CLI_FAILED for the codes that are not the
 * input's fault. */
enum cli_exit cli_status_error(const struct cli *cli, kzg_status status, const struct cli_place *place);

/* A command. Its options and their help come from options.h. */
struct cli_command {
    const char *name;
    const char *operands; /* as in the usage line: "[FILE...]" */
    const char *summary;  /* one line, for the list */
    const char *text;     /* paragraphs for its help */
    const char *examples; /* lines for its help */
    uint64_t options;     /* CLI_BIT(...) of each one that it takes */
    int operands_max;     /* -1: any number */
    bool remote;          /* asks a running kzgd */
    enum cli_exit (*run)(struct cli *cli, const struct cli_args *args);
};

extern const struct cli_command cli_bench;
extern const struct cli_command cli_cells;
extern const struct cli_command cli_challenge;
extern const struct cli_command cli_commit;
extern const struct cli_command cli_cpu;
extern const struct cli_command cli_doctor;
extern const struct cli_command cli_drain;
extern const struct cli_command cli_errors;
extern const struct cli_command cli_explain;
extern const struct cli_command cli_health;
extern const struct cli_command cli_help;
extern const struct cli_command cli_log;
extern const struct cli_command cli_make_blob;
extern const struct cli_command cli_memory;
extern const struct cli_command cli_metrics;
extern const struct cli_command cli_profile;
extern const struct cli_command cli_prove;
extern const struct cli_command cli_recover;
extern const struct cli_command cli_rollback;
extern const struct cli_command cli_run;
extern const struct cli_command cli_selftest;
extern const struct cli_command cli_slow;
extern const struct cli_command cli_undrain;
extern const struct cli_command cli_unpack;
extern const struct cli_command cli_upgrade;
extern const struct cli_command cli_verify;
extern const struct cli_command cli_verify_cells;
extern const struct cli_command cli_version;
extern const struct cli_command cli_watch;

#endif
