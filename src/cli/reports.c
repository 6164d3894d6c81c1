/* The commands that print what one page of kzgd says: cpu, errors, memory, metrics, slow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/remote.h"

/* The first page's object with the second's as its member "workers"; the two texts one after another. NULL: no
 * memory. */
static char *join(const struct client_reply *cpu, const struct client_reply *workers, bool json) {
    size_t room = cpu->length + workers->length + 32, length = cpu->length;
    char *text = malloc(room);
    const char *last = json ? memrchr(cpu->body, '}', cpu->length) : NULL;
    if (last != NULL) length = (size_t)(last - cpu->body);
    if (text != NULL)
        snprintf(text, room, last != NULL ? "%.*s,\"workers\":%s}" : "%.*s\n%s", (int)length, cpu->body,
                 workers->body);
    return text;
}

static enum cli_exit print_cpu(const struct client *client, const struct client_reply *cpu,
                               const struct client_reply *workers) {
    bool json = client->cli->json;
    struct client_reply both = {.body = join(cpu, workers, json)};
    if (both.body == NULL) return cli_out_of_memory(client->cli);
    both.length = strlen(both.body);
    enum cli_exit result = remote_print(client, &both, json);
    free(both.body);
    return result;
}

static enum cli_exit run_cpu(struct cli *cli, const struct cli_args *args) {
    struct client client;
    struct client_reply cpu = {0}, workers = {0};
    const char *accept = cli->json ? CLIENT_JSON : CLIENT_TEXT;
    struct client_request request = {.path = "/debug/cpu", .accept = accept};
    enum cli_exit result = client_open(&client, cli, args);
    if (result == CLI_OK) result = client_expect(&client, &request, &cpu);
    request.path = "/debug/workers";
    if (result == CLI_OK) result = client_expect(&client, &request, &workers);
    if (result == CLI_OK) result = print_cpu(&client, &cpu, &workers);
    client_reply_free(&cpu);
    client_reply_free(&workers);
    client_close(&client);
    return result;
}

static enum cli_exit run_errors(struct cli *cli, const struct cli_args *args) {
    return remote_show(cli, args, NULL, "/debug/errors", NULL);
}

static enum cli_exit run_memory(struct cli *cli, const struct cli_args *args) {
    return remote_show(cli, args, NULL, "/debug/memory", NULL);
}

static enum cli_exit run_slow(struct cli *cli, const struct cli_args *args) {
    return remote_show(cli, args, NULL, "/debug/slow", NULL);
}

/* Prometheus has a text form alone; --json still says how errors are told. */
static enum cli_exit run_metrics(struct cli *cli, const struct cli_args *args) {
    struct client client;
    struct client_reply reply = {0};
    struct client_request request = {.path = "/metrics", .accept = CLIENT_TEXT};
    enum cli_exit result = client_open(&client, cli, args);
    if (result == CLI_OK) result = client_expect(&client, &request, &reply);
    if (result == CLI_OK) result = remote_print(&client, &reply, false);
    client_reply_free(&reply);
    client_close(&client);
    return result;
}

const struct cli_command cli_cpu = {
    .name = "cpu",
    .operands = "",
    .summary = "CPU of the machine, the process, its threads and workers; throttling, pressure, drift",
    .text =
        "The figures now, and average, minimum, maximum and share above the threshold by window; then each worker:\n"
        "how busy, at what; and what operations cost here, as measured at kzgd's start.\n",
    .examples = "kzg cpu\nkzg cpu --json | jq .last.throttled\n",
    .options = CLI_BITS_CLIENT,
    .remote = true,
    .run = run_cpu,
};

const struct cli_command cli_errors = {
    .name = "errors",
    .operands = "",
    .summary = "errors by code and place: how many, since when, how often, one sample of each",
    .text = "A sample's request id finds more: kzg explain REQUEST_ID.\n",
    .examples = "kzg errors\nkzg errors --admin unix:/run/kzgd/admin.sock\n",
    .options = CLI_BITS_CLIENT,
    .remote = true,
    .run = run_errors,
};

const struct cli_command cli_memory = {
    .name = "memory",
    .operands = "",
    .summary = "memory by tag, of the process, its control group and heap; limits, leak suspects",
    .text =
        "Live, peak and total bytes of each tag, what the kernel and the heap say, the limit and the thresholds.\n",
    .examples = "kzg memory\n",
    .options = CLI_BITS_CLIENT,
    .remote = true,
    .run = run_memory,
};

const struct cli_command cli_metrics = {
    .name = "metrics",
    .operands = "",
    .summary = "every metric, in Prometheus' text form",
    .text = "What /metrics gives; docs/metrics.md has the list. There is no JSON form: --json is for errors alone.\n",
    .examples = "kzg metrics | grep ^kzg_queue\n",
    .options = CLI_BITS_CLIENT,
    .remote = true,
    .run = run_metrics,
};

const struct cli_command cli_slow = {
    .name = "slow",
    .operands = "",
    .summary = "the slowest requests, with the time of each phase",
    .text = "Each with its operation, status, request id, and the time in every phase from reading to encoding.\n",
    .examples = "kzg slow\n",
    .options = CLI_BITS_CLIENT,
    .remote = true,
    .run = run_slow,
};
