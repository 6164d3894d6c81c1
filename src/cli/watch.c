/* kzg watch: the figures that matter, again and again. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/watch_sample.h"

#define MIB 1048576.0

struct view {
    const struct cli *cli;
    FILE *out;
    const char *address;
    bool screen; /* a terminal: drawn over the last view */
    struct watch_sample now, before;
    bool has_before;
};

/* ---- Figures ------------------------------------------------------------------------------------------------- */

/* What a counter grew by in a second since the look before; one that went down began anew. */
static double rate(const struct view *view, double now, double before) {
    double seconds = view->now.at_s - view->before.at_s;
    if (!view->has_before || seconds <= 0) return NAN;
    return (now < before ? now : now - before) / seconds;
}

struct figure {
    const char *key;
    double value;
};
enum { OPS, P50, P99, QUEUE, CAPACITY, IN_FLIGHT, CONNECTIONS, REJECTED, MEMORY, LIMIT, CPU, MACHINE, FIGURES };

/* The quantiles are those of the operation with the most calls. */
static void figures_of(const struct view *view, struct figure figure[FIGURES]) {
    const struct watch_sample *now = &view->now, *before = &view->before;
    const struct figure all[FIGURES] = {
        [OPS] = {"ops_per_second", rate(view, now->operations, before->operations)},
        [P50] = {"p50_ms", now->rows > 0 ? now->row[0].p50_ms : NAN},
        [P99] = {"p99_ms", now->rows > 0 ? now->row[0].p99_ms : NAN},
        [QUEUE] = {"queue", now->queue},
        [CAPACITY] = {"queue_capacity", now->queue_capacity},
        [IN_FLIGHT] = {"in_flight", now->in_flight},
        [CONNECTIONS] = {"connections", now->connections},
        [REJECTED] = {"rejected_per_second", rate(view, now->rejected, before->rejected)},
        [MEMORY] = {"memory_mib", now->memory_bytes / MIB},
        [LIMIT] = {"memory_limit_mib", now->memory_limit_bytes / MIB},
        [CPU] = {"cpu_cores", rate(view, now->cpu_s, before->cpu_s)},
        [MACHINE] = {"machine_cpu", now->machine_cpu},
    };
    memcpy(figure, all, sizeof all);
}

struct number {
    char text[32];
};

/* As many digits as can be read at a glance; unknown is what the caller writes for it. */
static struct number number(double value, const char *unknown) {
    struct number number;
    if (!isfinite(value))
        snprintf(number.text, sizeof number.text, "%s", unknown);
    else if (value == floor(value) && fabs(value) < 1e15)
        snprintf(number.text, sizeof number.text, "%.0f", value);
    else
        snprintf(number.text, sizeof number.text, fabs(value) < 10 ? "%.3f" : "%.1f", value);
    return number;
}

static const char *stamp(char out[32]) {
    time_t now = time(NULL);
    struct tm utc = {0};
    if (gmtime_r(&now, &utc) == NULL || strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) out[0] = '\0';
    return out;
}

/* ---- Views --------------------------------------------------------------------------------------------------- */

static void put_json(const struct view *view, const struct figure *figure) {
    char when[32];
    fprintf(view->out, "{\"time\":\"%s\",\"health\":\"%s\",\"unwell\":\"%s\"", stamp(when), view->now.health,
            view->now.unwell);
    fprintf(view->out, ",\"busiest\":\"%s\"", view->now.rows > 0 ? view->now.row[0].operation : "");
    for (size_t i = 0; i < FIGURES; i++)
        fprintf(view->out, ",\"%s\":%s", figure[i].key, number(figure[i].value, "null").text);
    fputs("}\n", view->out);
}

static void put_line(const struct view *view, const struct figure *figure) {
    char when[32];
    fprintf(view->out, "%s health=%s", stamp(when), view->now.health);
    for (size_t i = 0; i < FIGURES; i++) {
        fprintf(view->out, " %s=%s", figure[i].key, number(figure[i].value, "-").text);
        if (i == OPS) fprintf(view->out, " busiest=%s", view->now.rows > 0 ? view->now.row[0].operation : "-");
    }
    if (view->now.unwell[0] != '\0') fprintf(view->out, " unwell=\"%s\"", view->now.unwell);
    fputc('\n', view->out);
}

static void put_screen(const struct view *view, const struct figure *figure) {
    char when[32];
    FILE *out = view->out;
#define F(i) number(figure[i].value, "-").text
    fprintf(out, "\x1b[H\x1b[Jkzgd at %s   %s\n\n", view->address, stamp(when));
    fprintf(out, "health      %s, %s of %s passed%s%s\n", view->now.health, number(view->now.passed, "-").text,
            number(view->now.judged, "-").text, view->now.unwell[0] != '\0' ? "; not well: " : "", view->now.unwell);
    fprintf(out, "operations  %s /s, %s in progress; queue %s of %s\n", F(OPS), F(IN_FLIGHT), F(QUEUE), F(CAPACITY));
    fprintf(out, "requests    %s rejected /s; %s connections\n", F(REJECTED), F(CONNECTIONS));
    fprintf(out, "memory      %s MiB, limit %s MiB\n", F(MEMORY), F(LIMIT));
    fprintf(out, "cpu         %s cores; machine %s %%\n", F(CPU), number(100 * figure[MACHINE].value, "-").text);
#undef F
    fprintf(out, "\n%-46s %10s %10s %10s\n", "last minute", "per s", "p50 ms", "p99 ms");
    for (size_t i = 0; i < view->now.rows; i++) {
        const struct watch_row *row = &view->now.row[i];
        fprintf(out, "%-46s %10s %10s %10s\n", row->operation, number(row->per_second, "-").text,
                number(row->p50_ms, "-").text, number(row->p99_ms, "-").text);
    }
}

static void put(const struct view *view) {
    struct figure figure[FIGURES];
    figures_of(view, figure);
    if (view->cli->json)
        put_json(view, figure);
    else if (view->screen)
        put_screen(view, figure);
    else
        put_line(view, figure);
}

/* ---- The command --------------------------------------------------------------------------------------------- */

/* A daemon that is away for a while is told and waited for; one that was never there ends the command. */
static enum cli_exit look(struct client *client, struct view *view, struct output *output) {
    view->before = view->now;
    enum cli_exit result = watch_sample_take(client, &view->now);
    if (result != CLI_OK) {
        view->now = view->before;
        return result;
    }
    put(view);
    view->has_before = true;
    return output_check(output) == CLI_OK ? CLI_OK : CLI_FAILED;
}

static enum cli_exit go_on(struct client *client, struct view *view, struct output *output, uint64_t interval_s,
                           uint64_t count) {
    const struct timespec pause = {.tv_sec = (time_t)interval_s};
    enum cli_exit result = CLI_OK;
    for (uint64_t i = 0; count == 0 || i < count; i++) {
        if (i > 0) (void)nanosleep(&pause, NULL);
        result = look(client, view, output);
        if (result != CLI_OK && (!view->has_before || output->error != 0)) break;
    }
    return result;
}

static enum cli_exit run(struct cli *cli, const struct cli_args *args) {
    struct client client;
    struct output output = {0};
    uint64_t interval_s, count;
    CLI_TRY(cli_args_number(cli, args, CLI_OPT_INTERVAL, 1, 3600, 2, &interval_s));
    CLI_TRY(cli_args_number(cli, args, CLI_OPT_COUNT, 1, UINT32_MAX, 0, &count));
    enum cli_exit result = client_open(&client, cli, args);
    if (result == CLI_OK) result = output_open(&output, cli, NULL, OUTPUT_HEX);
    if (result == CLI_OK) {
        struct view view = {
            .cli = cli, .out = output.stream, .address = client.address, .screen = isatty(STDOUT_FILENO) == 1};
        result = go_on(&client, &view, &output, interval_s, count);
    }
    result = output_close(&output, result);
    client_close(&client);
    return result;
}

const struct cli_command cli_watch = {
    .name = "watch",
    .operands = "",
    .summary = "operations a second, p50 and p99, queue, memory, CPU and health, again and again",
    .text =
        "On a terminal a view that is drawn anew every --interval; elsewhere, or with --json, a line for each look.\n"
        "p50 and p99 are those of the last minute; a line has those of the operation with the most calls. A figure\n"
        "that kzgd does not give is -, in JSON null. A kzgd that goes away is waited for; Ctrl-C ends it.\n",
    .examples = "kzg watch\n"
                "kzg watch --interval 10 --json >> figures.jsonl\n",
    .options = CLI_BIT(INTERVAL) | CLI_BIT(COUNT) | CLI_BITS_CLIENT,
    .remote = true,
    .run = run,
};
