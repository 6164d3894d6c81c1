/* Everything about a kzgd in one archive, for a colleague. What is in it is listed here, name by name, so that
 * nothing else gets in: no environment, no command lines, no bodies of requests, no memory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/doctor.h"
#include "cli/output.h"
#include "diagnose/tar.h"

#define FOLDER            "kzg-doctor"
#define FILE_BYTES_MAX    ((size_t)1 << 20) /* of one of the kernel's files, or of a recorder's */
#define PROFILE_SECONDS   5
#define PROFILE_PATH      "/debug/pprof/profile?seconds=5"
#define PROFILE_BYTES_MAX ((size_t)256 << 20)
#define GROUPS_MAX        6

struct bundle {
    struct client *client;
    const struct facts *facts;
    struct tar tar;
    bool no_memory;
};

__attribute__((format(printf, 4, 5))) static void add(struct bundle *bundle, const void *data, size_t size,
                                                      const char *format, ...) {
    char name[256];
    va_list arguments;
    int n = snprintf(name, sizeof name, "%s/", FOLDER);
    va_start(arguments, format);
    vsnprintf(name + n, sizeof name - (size_t)n, format, arguments);
    va_end(arguments);
    (void)tar_add(&bundle->tar, name, data, size);
}

static void add_text(struct bundle *bundle, const char *name, const char *text) {
    add(bundle, text, strlen(text), "%s", name);
}

/* ---- Files ---------------------------------------------------------------------------------------------------- */

/* A regular file's bytes up to the maximum, or NULL. Files of the kernel have no length to go by. */
static char *read_file(int folder, const char *path, size_t *ret_length) {
    struct stat status;
    char *data = malloc(FILE_BYTES_MAX);
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool good = data != NULL && fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    *ret_length = 0;
    while (good && *ret_length < FILE_BYTES_MAX) {
        ssize_t n = read(fd, data + *ret_length, FILE_BYTES_MAX - *ret_length);
        if (n < 0 && errno != EINTR) good = false;
        if (n == 0) break;
        if (n > 0) *ret_length += (size_t)n;
    }
    if (fd >= 0) close(fd);
    if (good) return data;
    free(data);
    return NULL;
}

/* Those of the names that are there. */
static void add_files(struct bundle *bundle, const char *folder, const char *const *names, const char *into) {
    int fd = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    for (; fd >= 0 && *names != NULL; names++) {
        size_t length;
        char *data = read_file(fd, *names, &length);
        if (data != NULL) add(bundle, data, length, "%s/%s", into, *names);
        free(data);
    }
    if (fd >= 0) close(fd);
}

/* ---- Pages ---------------------------------------------------------------------------------------------------- */

/* One more answer, under that name, or why there is none. */
static void add_answer(struct bundle *bundle, const struct client_request *request, const char *name) {
    struct client_failure failure = {.code = ""};
    struct client_reply reply = {0};
    char why[600];
    bundle->client->put_down = &failure;
    enum cli_exit result = client_fetch(bundle->client, request, &reply);
    bundle->client->put_down = NULL;
    if (result == CLI_OK && (reply.status == 200 || reply.status == 503)) {
        add(bundle, reply.body, reply.length, "%s", name);
    } else {
        snprintf(why, sizeof why, "%s: HTTP %ld %s\n", request->path, reply.status, failure.message);
        add(bundle, why, strlen(why), "%s.error", name);
    }
    client_reply_free(&reply);
}

static void add_page(struct bundle *bundle, enum page_id id) {
    const struct page_entry *entry = &page_entries[id];
    const struct page *page = &bundle->facts->page[id];
    const struct client_request as_text = {.path = entry->path, .accept = CLIENT_TEXT};
    char name[64];
    if (!page->asked) return;
    if (!facts_has(bundle->facts, id)) {
        add(bundle, page->trouble, strlen(page->trouble), "pages/%s.error", entry->name);
        return;
    }
    add(bundle, page->body, page->length, "pages/%s.%s", entry->name, entry->form == PAGE_FORM_TEXT ? "txt" : "json");
    snprintf(name, sizeof name, "pages/%s.txt", entry->name);
    if (entry->form == PAGE_FORM_BOTH && strcmp(page->source, entry->path) == 0) add_answer(bundle, &as_text, name);
}

static void add_pages(struct bundle *bundle, bool profile) {
    const struct client_request minute = {.path = "/debug/profile?window=1m", .accept = CLIENT_TEXT};
    const struct client_request all = {.path = "/debug/profile?window=all", .accept = CLIENT_TEXT};
    const struct client_request cpu = {
        .path = PROFILE_PATH, .bytes_max = PROFILE_BYTES_MAX, .extra_s = PROFILE_SECONDS};
    for (int i = 0; i < PAGES; i++) add_page(bundle, (enum page_id)i);
    if (bundle->facts->answer != ANSWER_GOOD) return;
    if (facts_has(bundle->facts, PAGE_PROFILE)) {
        add_answer(bundle, &minute, "pages/profile-1m.txt");
        add_answer(bundle, &all, "pages/profile-all.txt");
    }
    if (profile) add_answer(bundle, &cpu, "profile-cpu.pb.gz");
}

/* ---- State directory, machine ---------------------------------------------------------------------------------- */

static void add_recorders(struct bundle *bundle) {
    const struct facts *facts = bundle->facts;
    if (!facts->machine.here || facts->state_dir[0] == '\0' || facts->state_trouble[0] != '\0') return;
    DIR *folder = opendir(facts->state_dir);
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        const char *const names[] = {entry->d_name, NULL};
        bool is_one = strncmp(entry->d_name, "recorder.", 9) == 0 && strcmp(entry->d_name, "recorder.lock") != 0;
        if (is_one && strlen(entry->d_name) < 64) add_files(bundle, facts->state_dir, names, "state");
    }
    if (folder != NULL) closedir(folder);
    char *ending = doctor_ending(facts, false, NULL, 0);
    bundle->no_memory |= ending == NULL;
    if (ending != NULL) add_text(bundle, "state/ending.txt", ending);
    free(ending);
}

static void add_proc(struct bundle *bundle) {
    static const char *const machine[] = {"meminfo",         "loadavg",     "stat",   "vmstat",
                                          "version",         "cpuinfo",     "uptime", "pressure/cpu",
                                          "pressure/memory", "pressure/io", NULL};
    static const char *const process[] = {"status",    "limits",    "stat",          "statm",        "io", "cgroup",
                                          "schedstat", "oom_score", "oom_score_adj", "smaps_rollup", NULL};
    const struct machine *here = &bundle->facts->machine;
    char folder[512], into[64];
    add_files(bundle, here->proc_root, machine, "machine/proc");
    for (size_t i = 0; i < here->process_count && i < MACHINE_PROCESSES_MAX; i++) {
        snprintf(folder, sizeof folder, "%.400s/%ld", here->proc_root, here->process[i].pid);
        snprintf(into, sizeof into, "machine/proc/%ld", here->process[i].pid);
        add_files(bundle, folder, process, into);
    }
}

/* Only below the root, whatever a page says. */
static bool is_below(const char *root, const char *path) {
    size_t length = strlen(root);
    return path != NULL && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == '\0') &&
           strstr(path, "..") == NULL;
}

static void add_group(struct bundle *bundle, const char *path, size_t number) {
    static const char *const names[] = {"memory.current",
                                        "memory.max",
                                        "memory.high",
                                        "memory.peak",
                                        "memory.stat",
                                        "memory.events",
                                        "memory.pressure",
                                        "memory.swap.current",
                                        "memory.swap.max",
                                        "memory.usage_in_bytes",
                                        "memory.limit_in_bytes",
                                        "memory.max_usage_in_bytes",
                                        "memory.failcnt",
                                        "memory.oom_control",
                                        "cpu.stat",
                                        "cpu.max",
                                        "cpu.weight",
                                        "cpu.pressure",
                                        "cpu.cfs_quota_us",
                                        "cpu.cfs_period_us",
                                        "cpuset.cpus.effective",
                                        "pids.current",
                                        "pids.max",
                                        NULL};
    char into[64];
    snprintf(into, sizeof into, "machine/cgroup-%zu", number);
    add(bundle, path, strlen(path), "%s/path", into);
    add_files(bundle, path, names, into);
}

static void add_groups(struct bundle *bundle) {
    const struct facts *facts = bundle->facts;
    const char *const paths[GROUPS_MAX] = {
        facts_text(facts, PAGE_MEMORY, "machine.cgroup.path"),
        facts_text(facts, PAGE_MEMORY, "machine.cgroup.limit_path"),
        facts_text(facts, PAGE_CPU, "limits.path"),
        facts_text(facts, PAGE_CPU, "limits.quota_path"),
        facts_text(facts, PAGE_ENDING, "recording.process.cgroup"),
    };
    for (size_t i = 0; i < GROUPS_MAX; i++) {
        bool again = !is_below(facts->machine.cgroup_root, paths[i]);
        for (size_t k = 0; k < i && !again; k++) again = paths[k] != NULL && strcmp(paths[k], paths[i]) == 0;
        if (!again) add_group(bundle, paths[i], i + 1);
    }
}

static void add_machine(struct bundle *bundle) {
    const struct machine *machine = &bundle->facts->machine;
    if (!machine->here) return;
    add_proc(bundle);
    add_groups(bundle);
    add_text(bundle, "machine/kernel-oom.txt",
             machine->oom_lines != NULL           ? machine->oom_lines
             : machine->kernel_trouble[0] != '\0' ? machine->kernel_trouble
                                                  : "none\n");
}

/* ---- The whole ------------------------------------------------------------------------------------------------- */

static void add_report(struct bundle *bundle, const struct findings *findings, bool json) {
    size_t length;
    char *report = doctor_report(bundle->facts, findings, json, &length);
    bundle->no_memory |= report == NULL;
    if (report != NULL) add(bundle, report, length, "findings.%s", json ? "json" : "txt");
    free(report);
}

static void add_readme(struct bundle *bundle) {
    char text[1024];
    const struct facts *facts = bundle->facts;
    snprintf(text, sizeof text,
             "kzg doctor %s, of kzgd at %.200s, %" PRId64 " seconds since 1970-01-01\n\n"
             "findings.txt, .json   what was found, with evidence and next steps\n"
             "pages/                kzgd's own pages; .error where there was no answer\n"
             "profile-cpu.pb.gz     CPU profile, if it was asked for: go tool pprof -top FILE\n"
             "state/                flight recorders, and how the last process ended\n"
             "machine/              figures of the kernel: /proc, control groups, kills for memory\n\n"
             "Not in it: environment, command lines, bodies of requests, the log, memory.\n",
             facts->tool_version, facts->address, facts->now_s);
    add_text(bundle, "README.txt", text);
}

static bool fill(struct bundle *bundle, const struct findings *findings, bool profile) {
    add_readme(bundle);
    add_report(bundle, findings, false);
    add_report(bundle, findings, true);
    add_pages(bundle, profile);
    add_recorders(bundle);
    add_machine(bundle);
    return tar_end(&bundle->tar) && !bundle->no_memory;
}

enum cli_exit doctor_bundle(struct client *client, const struct facts *facts, const struct findings *findings,
                            const char *path, bool profile, size_t *ret_files) {
    struct output output;
    struct bundle bundle = {.client = client, .facts = facts};
    enum cli_exit result = output_open(&output, client->cli, path, OUTPUT_RAW);
    if (result != CLI_OK) return output_close(&output, result);
    bool begun = tar_begin(&bundle.tar, output.stream, facts->now_s);
    bool whole = begun && fill(&bundle, findings, profile);
    result = output_check(&output);
    if (result == CLI_OK && !whole) result = cli_out_of_memory(client->cli);
    *ret_files = bundle.tar.files;
    return output_close(&output, result);
}
