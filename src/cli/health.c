/* kzg health: one probe of kzgd, and its verdict as exit status. */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/remote.h"

/* This command's exit statuses. What can be no verdict (usage, no answer) counts as failed too. */
#define HEALTHY  CLI_OK
#define DEGRADED CLI_NOT_VALID
#define UNWELL   CLI_BAD_INPUT

static const char *const probes[] = {"healthz", "livez", "readyz", "startupz"};

static enum cli_exit choose_probe(const struct cli *cli, const struct cli_args *args, const char **ret_probe) {
    *ret_probe = probes[0];
    if (!cli_given(args, CLI_OPT_PROBE)) return CLI_OK;
    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
        *ret_probe = probes[i];
        if (strcmp(args->value[CLI_OPT_PROBE], probes[i]) == 0) return CLI_OK;
    }
    return cli_usage(cli, "--probe is '%s': expected livez, readyz, startupz or healthz", args->value[CLI_OPT_PROBE]);
}

/* "/healthz?verbose&exclude=memory", or NULL without memory. */
static char *make_path(const struct cli_args *args, const char *probe) {
    char *path = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&path, &length);
    if (out == NULL) return NULL;
    fprintf(out, "/%s?verbose", probe);
    bool fine = true;
    for (size_t i = 0; i < args->list_count && fine; i++) {
        if (args->list[i].option != CLI_OPT_EXCLUDE) continue;
        char *part = client_path("&exclude=", args->list[i].value);
        fine = part != NULL;
        if (fine) fputs(part, out);
        free(part);
    }
    if (fclose(out) == 0 && fine) return path;
    free(path);
    return NULL;
}

/* ---- The report ---------------------------------------------------------------------------------------------- */

static const char *text_of(json_object *object, const char *key) {
    const char *text = json_object_get_string(json_object_object_get(object, key));
    return text == NULL ? "" : text;
}

/* A report is printed without what could drive a terminal. */
static void put_plain(FILE *out, const char *text) {
    for (; *text != '\0'; text++) fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
}

static void put_check(FILE *out, json_object *check) {
    const char *state = text_of(check, "state"), *message = text_of(check, "message");
    bool good = strcmp(state, "ok") == 0 || strcmp(state, "degraded") == 0;
    json_object *value = json_object_object_get(check, "value"), *limit = json_object_object_get(check, "limit");
    fprintf(out, "[%c]", good ? '+' : '-');
    put_plain(out, text_of(check, "name"));
    fputc(' ', out);
    put_plain(out, json_object_get_boolean(json_object_object_get(check, "excluded")) ? "excluded, " : "");
    put_plain(out, state);
    if (message[0] != '\0') fputs(": ", out);
    put_plain(out, message);
    if (value != NULL) {
        fprintf(out, " (%.6g", json_object_get_double(value));
        if (limit != NULL) fprintf(out, ", limit %.6g", json_object_get_double(limit));
        fputc(' ', out);
        put_plain(out, text_of(check, "unit"));
        fputc(')', out);
    }
    fputc('\n', out);
}

static void put_report(FILE *out, const char *probe, json_object *report, bool verbose) {
    json_object *checks = json_object_object_get(report, "checks");
    size_t count = json_object_is_type(checks, json_type_array) ? json_object_array_length(checks) : 0;
    for (size_t i = 0; i < count; i++) {
        json_object *check = json_object_array_get_idx(checks, i);
        if (verbose || strcmp(text_of(check, "state"), "ok") != 0) put_check(out, check);
    }
    fprintf(out, "%s: ", probe);
    put_plain(out, text_of(report, "state"));
    fprintf(out, ", %s/%s passed\n", text_of(report, "passed"), text_of(report, "judged"));
}

static enum cli_exit verdict(const char *state) {
    if (strcmp(state, "ok") == 0) return HEALTHY;
    return strcmp(state, "degraded") == 0 ? DEGRADED : UNWELL;
}

static enum cli_exit show_report(const struct client *client, const struct cli_args *args, const char *probe,
                                 struct client_reply *reply) {
    const struct cli *cli = client->cli;
    struct cli_place place = {.file = client->address};
    json_object *report = json_tokener_parse(reply->body);
    enum cli_exit result = UNWELL;
    if (!json_object_is_type(json_object_object_get(report, "state"), json_type_string)) {
        result = cli_error(cli, UNWELL, "answer_invalid", &place, "the answer is no health report");
    } else {
        struct output output;
        enum cli_exit printed = cli->json ? remote_print(client, reply, true) : CLI_OK;
        if (!cli->json && !cli->quiet) {
            printed = output_open(&output, cli, NULL, OUTPUT_HEX);
            if (printed == CLI_OK) put_report(output.stream, probe, report, cli_given(args, CLI_OPT_VERBOSE));
            printed = output_close(&output, printed);
        }
        result = printed == CLI_OK ? verdict(text_of(report, "state")) : UNWELL;
    }
    json_object_put(report);
    return result;
}

/* ---- The command --------------------------------------------------------------------------------------------- */

/* A report comes with 200 and with 503. A kzgd whose probe has plain text alone says it by the status. */
static enum cli_exit judge(const struct client *client, const struct cli_args *args, const char *probe,
                           const struct client_request *request, struct client_reply *reply) {
    bool answered = reply->status == 200 || reply->status == 503;
    if (answered && strcmp(reply->type, CLIENT_JSON) == 0) return show_report(client, args, probe, reply);
    if (!answered || strcmp(reply->type, CLIENT_TEXT) != 0 || client->cli->json)
        return client_refused(client, request, reply);
    enum cli_exit printed = client->cli->quiet ? CLI_OK : remote_print(client, reply, false);
    return printed == CLI_OK && reply->status == 200 ? HEALTHY : UNWELL;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct client client;
    struct client_reply reply = {0};
    const char *probe;
    CLI_TRY(choose_probe(cli, args, &probe));
    char *path = make_path(args, probe);
    if (path == NULL) return cli_out_of_memory(cli);
    struct client_request request = {.path = path, .accept = CLIENT_JSON};
    enum cli_exit result = client_open(&client, cli, args);
    client.failure = UNWELL;
    if (result == CLI_OK) result = client_fetch(&client, &request, &reply);
    if (result == CLI_OK) result = judge(&client, args, probe, &request, &reply);
    client_reply_free(&reply);
    client_close(&client);
    free(path);
    return result == CLI_FAILED ? UNWELL : result;
}

const struct cli_command cli_health = {
    .name = "health",
    .operands = "",
    .summary = "health of a running kzgd: exit status 0 healthy, 1 degraded, 2 failed or not reachable",
    .text = "Asks a probe and prints what is not well, one line a check, and how many passed. With --verbose every\n"
            "check. Exit status: 0 healthy, 1 degraded (it serves, but something wants attention), 2 failed, or no\n"
            "answer, or wrong usage.\n"
            "\n"
            "Probes: livez (should be restarted when it fails), readyz (can serve), startupz (has started), healthz\n"
            "(everything; the default).\n",
    .examples = "kzg health --verbose\n"
                "kzg health --probe readyz --quiet || echo not ready\n"
                "kzg health --exclude disk --exclude peers --json\n",
    .options = CLI_BIT(PROBE) | CLI_BIT(VERBOSE) | CLI_BIT(EXCLUDE) | CLI_BITS_CLIENT,
    .remote = true,
    .run = run,
};
