/* kzg profile: the operation profiler's table; CPU and heap profiles of the running process; those it kept by itself.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/profile_top.h"
#include "cli/remote.h"
#include "kzgops/flame.h"

#define PROFILE_BYTES_MAX ((size_t)256 << 20)
#define SECONDS_DEFAULT   10
#define SECONDS_MAX       60

/* ---- The operation profiler ---------------------------------------------------------------------------------- */

static enum cli_exit run_table(struct cli *cli, const struct cli_args *args) {
    static const char *const windows[] = {"1m", "10m", "all"};
    if (!cli_given(args, CLI_OPT_WINDOW)) return remote_show(cli, args, NULL, "/debug/profile", NULL);
    const char *window = args->value[CLI_OPT_WINDOW];
    for (size_t i = 0; i < sizeof windows / sizeof *windows; i++) {
        if (strcmp(window, windows[i]) == 0)
            return remote_show_named(cli, args, "/debug/profile?window=", windows[i]);
    }
    return cli_usage(cli, "--window is '%s': expected 1m, 10m or all", window);
}

static enum cli_exit run_reset(struct cli *cli, const struct cli_args *args) {
    return remote_show(cli, args, "POST", "/debug/profile/reset", "");
}

/* ---- Profiles of the process --------------------------------------------------------------------------------- */

static enum cli_exit fetch(const struct cli *cli, const struct cli_args *args, const struct client_request *request,
                           enum cli_exit (*use)(const struct client *client, const struct cli_args *args,
                                                struct client_reply *reply)) {
    struct client client;
    struct client_reply reply = {0};
    enum cli_exit result = client_open(&client, cli, args);
    if (result == CLI_OK) result = client_expect(&client, request, &reply);
    if (result == CLI_OK) result = use(&client, args, &reply);
    client_reply_free(&reply);
    client_close(&client);
    return result;
}

static enum cli_exit save_pprof(const struct client *client, const struct cli_args *args,
                                struct client_reply *reply) {
    struct cli_place place = {.file = client->address};
    if (reply->length < 2 || (uint8_t)reply->body[0] != 0x1f || (uint8_t)reply->body[1] != 0x8b)
        return cli_error(client->cli, client->failure, "answer_invalid", &place,
                         "the answer is no gzipped profile; is that kzgd's administration address?");
    return remote_save(client, reply, args->value[CLI_OPT_PPROF]);
}

/* Folded stacks as a picture. */
static enum cli_exit draw(const struct client *client, const struct client_reply *reply, const char *file) {
    struct cli_place place = {.file = client->address};
    char note[256];
    kzgops_flame flame = {0};
    snprintf(note, sizeof note, "of %s", client->address);
    const kzgops_flame_config config = {.title = "kzgd, CPU profile", .note = note};
    const char *error = kzgops_flame_svg(&config, reply->body, reply->length, &flame);
    if (error != NULL)
        return cli_error(client->cli, client->failure, "answer_invalid", &place, "no picture of the answer: %s",
                         error);
    const struct client_reply picture = {.body = flame.data, .length = flame.size};
    enum cli_exit result = remote_save(client, &picture, file);
    kzgops_flame_release(&flame);
    return result;
}

/* Folded stacks: into their file, as a flame graph, or as a table of the functions that took most. */
static enum cli_exit use_folded(const struct client *client, const struct cli_args *args,
                                struct client_reply *reply) {
    if (cli_given(args, CLI_OPT_SVG)) return draw(client, reply, args->value[CLI_OPT_SVG]);
    if (cli_given(args, CLI_OPT_FOLDED)) return remote_save(client, reply, args->value[CLI_OPT_FOLDED]);
    return profile_top(client->cli, reply->body);
}

static enum cli_exit run_cpu(struct cli *cli, const struct cli_args *args) {
    uint64_t seconds;
    char path[96];
    bool pprof = cli_given(args, CLI_OPT_PPROF);
    CLI_TRY(cli_args_number(cli, args, CLI_OPT_SECONDS, 1, SECONDS_MAX, SECONDS_DEFAULT, &seconds));
    if (pprof + cli_given(args, CLI_OPT_FOLDED) + cli_given(args, CLI_OPT_SVG) > 1)
        return cli_usage(cli, "--pprof, --folded and --svg are forms of a profile: ask for one of them");
    snprintf(path, sizeof path, "/debug/pprof/profile?seconds=%" PRIu64 "%s", seconds, pprof ? "" : "&format=folded");
    struct client_request request = {
        .path = path, .accept = pprof ? NULL : CLIENT_TEXT, .bytes_max = PROFILE_BYTES_MAX, .extra_s = seconds};
    return fetch(cli, args, &request, pprof ? save_pprof : use_folded);
}

static enum cli_exit run_heap(struct cli *cli, const struct cli_args *args) {
    struct client_request request = {.path = "/debug/pprof/heap", .bytes_max = PROFILE_BYTES_MAX};
    return fetch(cli, args, &request, save_pprof);
}

/* A profile, or the report that lies beside it. */
static enum cli_exit save_capture(const struct client *client, const struct cli_args *args,
                                  struct client_reply *reply) {
    if (strcmp(reply->type, CLIENT_JSON) != 0) return save_pprof(client, args, reply);
    if (cli_given(args, CLI_OPT_PPROF)) return remote_save(client, reply, args->value[CLI_OPT_PPROF]);
    return remote_print(client, reply, true);
}

static enum cli_exit run_captures(struct cli *cli, const struct cli_args *args) {
    if (args->operand_count < 2) return remote_show(cli, args, NULL, "/debug/pprof/captures", NULL);
    char *path = client_path("/debug/pprof/captures/", args->operands[1]);
    if (path == NULL) return cli_out_of_memory(cli);
    struct client_request request = {.path = path, .bytes_max = PROFILE_BYTES_MAX};
    enum cli_exit result = fetch(cli, args, &request, save_capture);
    free(path);
    return result;
}

/* ---- The command --------------------------------------------------------------------------------------------- */

static const struct what {
    const char *name; /* NULL: no operand */
    uint64_t options; /* of those that not all take */
    size_t operands_max;
    enum cli_exit (*run)(struct cli *cli, const struct cli_args *args);
} whats[] = {
    {NULL, CLI_BIT(WINDOW), 0, run_table},
    {"reset", 0, 1, run_reset},
    {"cpu", CLI_BIT(SECONDS) | CLI_BIT(FOLDED) | CLI_BIT(PPROF) | CLI_BIT(SVG), 1, run_cpu},
    {"heap", CLI_BIT(PPROF), 1, run_heap},
    {"captures", CLI_BIT(PPROF), 2, run_captures},
};

static const struct what *find_what(const char *name) {
    if (name == NULL) return &whats[0];
    for (size_t i = 1; i < sizeof whats / sizeof *whats; i++)
        if (strcmp(whats[i].name, name) == 0) return &whats[i];
    return NULL;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    const char *name = args->operand_count > 0 ? args->operands[0] : NULL;
    const struct what *what = find_what(name);
    uint64_t own = CLI_BIT(WINDOW) | CLI_BIT(SECONDS) | CLI_BIT(FOLDED) | CLI_BIT(PPROF) | CLI_BIT(SVG);
    if (what == NULL) return cli_usage(cli, "'%s' is none of cpu, heap, captures, reset", name);
    if (args->operand_count > what->operands_max)
        return cli_usage(cli, "profile %s: '%s' is too many", name, args->operands[what->operands_max]);
    for (int i = 0; i < CLI_OPTIONS; i++) {
        if ((args->given & own & ~what->options) >> i & 1)
            return cli_usage(cli, "profile %s does not take %s",
                             name == NULL ? "without cpu, heap or captures" : name,
                             cli_option_name((enum cli_option)i));
    }
    return what->run(cli, args);
}

const struct cli_command cli_profile = {
    .name = "profile",
    .operands = "[cpu | heap | captures [NAME] | reset]",
    .summary = "where a running kzgd's time and memory go",
    .text =
        "Without an operand: every operation and phase with count, average, extremes and quantiles, by --window.\n"
        "reset begins them anew.\n"
        "\n"
        "cpu: takes a profile of --seconds and prints the functions that took most, or writes it to --svg FILE\n"
        "(a flame graph, for a browser), --folded FILE (stacks as text) or --pprof FILE (for 'go tool pprof' and\n"
        "speedscope). One is taken at a time.\n"
        "heap: what is allocated, by where; needs kzgd --heap-profile on. To --pprof FILE or a pipe.\n"
        "captures: the profiles that kzgd took by itself, and why; with NAME that file, to --pprof FILE or a pipe.\n",
    .examples = "kzg profile --window 1m\n"
                "kzg profile cpu --seconds 10\n"
                "kzg profile cpu --svg cpu.svg\n"
                "kzg profile cpu --pprof cpu.pb.gz && go tool pprof -top cpu.pb.gz\n"
                "kzg profile captures\n",
    .options = CLI_BIT(WINDOW) | CLI_BIT(SECONDS) | CLI_BIT(FOLDED) | CLI_BIT(PPROF) | CLI_BIT(SVG) | CLI_BITS_CLIENT,
    .operands_max = 2,
    .remote = true,
    .run = run,
};
