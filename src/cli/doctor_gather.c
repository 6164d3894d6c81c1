/* The facts for a diagnosis: every page of kzgd, and the machine if it is this one. */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "diagnose/prometheus.h"
#include "kzgops/ending.h"

#define STATE_DIR_VARIABLE "KZGD_STATE_DIR"
#define LATE_MAX           2 /* pages without an answer in time; then no more are asked */

/* ---- Pages --------------------------------------------------------------------------------------------------- */

static const char *accepted(enum page_id page) {
    return page_entries[page].form == PAGE_FORM_TEXT ? CLIENT_TEXT : CLIENT_JSON;
}

/* CLI_OK also when there was no answer; then *ret_late says whether it was for the time. */
static enum cli_exit take_page(struct client *client, struct facts *facts, enum page_id page, bool *ret_late) {
    const struct client_request request = {.path = page_entries[page].path, .accept = accepted(page)};
    struct client_reply reply;
    enum cli_exit result = client_fetch(client, &request, &reply);
    *ret_late = false;
    if (result == CLI_OK) {
        facts_take(facts, page, reply.status, reply.type, reply.body, reply.length);
        reply.body = NULL; /* the facts' now */
    } else if (client->put_down->code[0] != '\0') {
        *ret_late = strcmp(client->put_down->code, "timed_out") == 0;
        facts_miss(facts, page, client->put_down->message);
        result = CLI_OK;
    }
    client_reply_free(&reply);
    return result;
}

/* The first page says whether somebody is there. */
static enum cli_exit knock(struct client *client, struct facts *facts) {
    bool late = false;
    CLI_TRY(take_page(client, facts, PAGE_VERSION, &late));
    const char *code = client->put_down->code;
    facts->answer = late                                  ? ANSWER_LATE
                    : strcmp(code, "unreachable") == 0    ? ANSWER_NONE
                    : strcmp(code, "answer_invalid") == 0 ? ANSWER_OTHER
                                                          : ANSWER_GOOD;
    if (facts->answer != ANSWER_GOOD) {
        snprintf(facts->trouble, sizeof facts->trouble, "%s", client->put_down->message);
        facts->page[PAGE_VERSION] = (struct page){0};
    }
    return CLI_OK;
}

static enum cli_exit take_pages(struct client *client, struct facts *facts) {
    int late_count = 0;
    for (int i = PAGE_VERSION + 1; i < PAGES; i++) {
        bool late = false;
        if (late_count >= LATE_MAX) {
            facts_miss(facts, (enum page_id)i, "was not asked: other pages gave no answer in time");
            continue;
        }
        client->put_down->code[0] = '\0';
        CLI_TRY(take_page(client, facts, (enum page_id)i, &late));
        late_count += late;
    }
    return CLI_OK;
}

/* Is it a kzgd's administration at all? */
static bool is_kzgd(const struct facts *facts) {
    struct prometheus_sample sample;
    if (facts_text(facts, PAGE_VERSION, "version") != NULL) return true;
    if (!facts_has(facts, PAGE_METRICS)) return false;
    const char *at = facts->page[PAGE_METRICS].body;
    return prometheus_next(&at, "kzg_build_info", &sample);
}

static void forget_pages(struct facts *facts) {
    for (int i = 0; i < PAGES; i++) {
        free(facts->page[i].body);
        json_object_put(facts->page[i].json);
        facts->page[i] = (struct page){0};
    }
}

static enum cli_exit ask(struct client *client, struct facts *facts) {
    CLI_TRY(knock(client, facts));
    if (facts->answer != ANSWER_GOOD) return CLI_OK;
    CLI_TRY(take_pages(client, facts));
    if (is_kzgd(facts)) return CLI_OK;
    facts->answer = ANSWER_OTHER;
    snprintf(facts->trouble, sizeof facts->trouble, "/version %.150s; /metrics has no kzg_build_info",
             facts_has(facts, PAGE_VERSION) ? "names no version" : facts->page[PAGE_VERSION].trouble);
    forget_pages(facts);
    return CLI_OK;
}

/* ---- The state directory ------------------------------------------------------------------------------------- */

static void find_state_dir(struct facts *facts, const struct doctor_places *places) {
    const char *configured = facts_text(facts, PAGE_CONFIG, "state-dir.value");
    const char *environment = getenv(STATE_DIR_VARIABLE), *found = places->state_dir;
    if (found == NULL && configured != NULL) {
        found = configured;
        facts->state_dir_none = configured[0] == '\0';
    }
    if (found == NULL && facts->answer != ANSWER_GOOD) found = environment;
    snprintf(facts->state_dir, sizeof facts->state_dir, "%s", found == NULL ? "" : found);
    if (facts->state_dir[0] != '\0' && access(facts->state_dir, R_OK | X_OK) != 0)
        snprintf(facts->state_trouble, sizeof facts->state_trouble, "%s", strerror(errno));
}

char *doctor_ending(const struct facts *facts, bool json, char *ret_path, size_t path_size) {
    const kzgops_sources sources = {.proc_root = facts->machine.proc_root, .cgroup_root = facts->machine.cgroup_root};
    const char *log = facts->machine.kernel_trouble[0] == '\0' ? facts->machine.kernel_log : "";
    const kzgops_ending_config config = {.directory = facts->state_dir, .kernel_log = log, .sources = &sources};
    kzgops_ending *ending = calloc(1, sizeof *ending);
    if (ending == NULL) return NULL;
    kzgops_ending_read(&config, ending);
    size_t (*write)(const kzgops_ending *, char *, size_t) = json ? kzgops_ending_json : kzgops_ending_text;
    size_t size = write(ending, NULL, 0) + 1;
    char *text = malloc(size);
    if (text != NULL) write(ending, text, size);
    if (ret_path != NULL)
        snprintf(ret_path, path_size, "%s", ending->path[0] != '\0' ? ending->path : facts->state_dir);
    free(ending);
    return text;
}

/* For a kzgd that does not answer, or has no such page. */
static enum cli_exit read_ending(const struct client *client, struct facts *facts) {
    char path[KZGOPS_RECORDER_PATH_MAX];
    bool can = facts->machine.here && facts->state_dir[0] != '\0' && facts->state_trouble[0] == '\0';
    if (!can || facts_has(facts, PAGE_ENDING)) return CLI_OK;
    char *json = doctor_ending(facts, true, path, sizeof path);
    if (json == NULL) return cli_out_of_memory(client->cli);
    free(facts->page[PAGE_ENDING].body);
    json_object_put(facts->page[PAGE_ENDING].json);
    facts_take(facts, PAGE_ENDING, 200, CLIENT_JSON, json, strlen(json));
    snprintf(facts->page[PAGE_ENDING].source, sizeof facts->page[PAGE_ENDING].source, "%s", path);
    return CLI_OK;
}

/* ---- The whole ----------------------------------------------------------------------------------------------- */

static bool is_here(const char *address) {
    static const char *const here[] = {"unix:", "127.", "localhost:", "[::1]:"};
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
        if (strncmp(address, here[i], strlen(here[i])) == 0) return true;
    return false;
}

enum cli_exit doctor_gather(struct client *client, const struct doctor_places *places, struct facts *facts) {
    struct client_failure failure = {.code = ""};
    client->put_down = &failure; /* cppcheck-suppress autoVariables ; until ask has ended */
    *facts =
        (struct facts){.address = client->address, .tool_version = KZG_VERSION_STRING, .now_s = (int64_t)time(NULL)};
    enum cli_exit result = ask(client, facts);
    client->put_down = NULL;
    if (result != CLI_OK) return result;
    find_state_dir(facts, places);
    if (is_here(client->address) || places->given)
        machine_read(&facts->machine, places->proc_root, places->cgroup_root, places->kernel_log, facts->state_dir);
    return read_ending(client, facts);
}
