#include "cli/watch_sample.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "diagnose/prometheus.h"

/* ---- Metrics ------------------------------------------------------------------------------------------------- */

static double first_known(double a, double b) {
    return isnan(a) ? b : a;
}

static enum cli_exit take_metrics(struct client *client, struct watch_sample *sample) {
    struct client_request request = {.path = "/metrics", .accept = CLIENT_TEXT};
    struct client_reply reply = {0};
    enum cli_exit result = client_expect(client, &request, &reply);
    if (result == CLI_OK) {
        const char *text = reply.body;
        sample->operations = prometheus_sum(text, "kzg_operations_total", NULL);
        sample->rejected = prometheus_sum(text, "kzg_requests_rejected_total", NULL);
        sample->cpu_s = prometheus_sum(text, "process_cpu_seconds_total", NULL);
        sample->in_flight = prometheus_sum(text, "kzg_operations_in_flight", NULL);
        sample->queue = prometheus_sum(text, "kzg_queue_depth", NULL);
        sample->queue_capacity = prometheus_sum(text, "kzg_queue_capacity", NULL);
        sample->connections = prometheus_sum(text, "kzg_connections", NULL);
        sample->memory_bytes = first_known(prometheus_sum(text, "kzg_memory_working_set_bytes", NULL),
                                           prometheus_sum(text, "process_resident_memory_bytes", NULL));
        sample->memory_limit_bytes = prometheus_sum(text, "kzg_memory_limit_bytes", NULL);
        sample->machine_cpu = prometheus_sum(text, "kzg_cpu_usage_ratio", "scope=\"system\"");
    }
    client_reply_free(&reply);
    return result;
}

/* ---- Profile ------------------------------------------------------------------------------------------------- */

static double number_of(json_object *object, const char *key) {
    json_object *value = json_object_object_get(object, key);
    return value == NULL ? NAN : json_object_get_double(value);
}

static void copy_text(char *out, size_t size, json_object *object, const char *key) {
    const char *text = json_object_get_string(json_object_object_get(object, key));
    snprintf(out, size, "%s", text == NULL ? "" : text);
    for (; *out != '\0'; out++)
        if ((unsigned char)*out < 0x20 || *out == 0x7f || *out == '"' || *out == '\\') *out = '?';
}

static int by_rate(const void *a, const void *b) {
    const struct watch_row *left = a, *right = b;
    return (left->per_second < right->per_second) - (left->per_second > right->per_second);
}

static void take_rows(json_object *profile, struct watch_sample *sample) {
    json_object *entries = json_object_object_get(profile, "entries");
    size_t count = json_object_is_type(entries, json_type_array) ? json_object_array_length(entries) : 0;
    for (size_t i = 0; i < count && sample->rows < WATCH_ROWS_MAX; i++) {
        json_object *entry = json_object_array_get_idx(entries, i);
        if (json_object_object_get(entry, "phase") != NULL) continue;
        struct watch_row *row = &sample->row[sample->rows++];
        copy_text(row->operation, sizeof row->operation, entry, "operation");
        row->per_second = number_of(entry, "per_second");
        row->p50_ms = number_of(entry, "p50_ns") / 1e6;
        row->p99_ms = number_of(entry, "p99_ns") / 1e6;
    }
    qsort(sample->row, sample->rows, sizeof sample->row[0], by_rate);
}

/* ---- Health -------------------------------------------------------------------------------------------------- */

static void add_unwell(struct watch_sample *sample, json_object *check) {
    char state[16], name[48];
    copy_text(state, sizeof state, check, "state");
    copy_text(name, sizeof name, check, "name");
    if (strcmp(state, "ok") == 0) return;
    size_t used = strlen(sample->unwell);
    snprintf(sample->unwell + used, sizeof sample->unwell - used, "%s%s", used > 0 ? " " : "", name);
}

static void take_health(json_object *report, struct watch_sample *sample) {
    json_object *checks = json_object_object_get(report, "checks");
    size_t count = json_object_is_type(checks, json_type_array) ? json_object_array_length(checks) : 0;
    copy_text(sample->health, sizeof sample->health, report, "state");
    if (sample->health[0] == '\0') snprintf(sample->health, sizeof sample->health, "unknown");
    sample->passed = number_of(report, "passed");
    sample->judged = number_of(report, "judged");
    for (size_t i = 0; i < count; i++) add_unwell(sample, json_object_array_get_idx(checks, i));
}

/* ---- The whole ----------------------------------------------------------------------------------------------- */

/* A page in JSON that may be missing, as in an older kzgd; health comes with 503 too. */
static enum cli_exit take_page(struct client *client, const char *path, struct watch_sample *sample,
                               void (*use)(json_object *object, struct watch_sample *sample)) {
    struct client_request request = {.path = path, .accept = CLIENT_JSON};
    struct client_reply reply = {0};
    enum cli_exit result = client_fetch(client, &request, &reply);
    bool good = result == CLI_OK && (reply.status == 200 || reply.status == 503);
    if (good && strcmp(reply.type, CLIENT_JSON) == 0) {
        json_object *object = json_tokener_parse(reply.body);
        use(object, sample);
        json_object_put(object);
    }
    client_reply_free(&reply);
    return result;
}

enum cli_exit watch_sample_take(struct client *client, struct watch_sample *ret_sample) {
    struct timespec now;
    *ret_sample = (struct watch_sample){.health = "unknown", .passed = NAN, .judged = NAN};
    CLI_TRY(take_metrics(client, ret_sample));
    clock_gettime(CLOCK_MONOTONIC, &now);
    ret_sample->at_s = (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
    CLI_TRY(take_page(client, "/debug/profile?window=1m", ret_sample, take_rows));
    return take_page(client, "/healthz?verbose", ret_sample, take_health);
}
