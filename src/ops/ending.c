/* Finds the file, has the facts gathered, and decides. The order of what counts: what the process itself recorded,
 * then what the kernel says of it, then counters, then what memory looked like. */
#include "ops/ending.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "ops/memory_files.h"
#include "ops/recorder_place.h"
#include "ops/recorder_text.h"
#include "ops/sources.h"

#define FILES_MAX  (KZGOPS_RECORDER_FILES_MAX + KZGOPS_RECORDER_PREVIOUS_MAX)
#define KERNEL_LOG "/dev/kmsg"

/* ---- Which file ------------------------------------------------------------------------------------------------ */

struct file {
    struct place_path path;
    const char *error;
    bool running;
    int64_t start_ns, alive_ns; /* start: monotonic */
    uint64_t cgroup_inode, oom_kills;
    char boot_id[40];
};

struct files {
    size_t count;
    struct file file[FILES_MAX]; /* those that have ended first, the newest at the front */
    size_t ended;
};

static bool look_at(const char *path, struct place_scratch *scratch, struct file *ret) {
    *ret = (struct file){0};
    if (access(path, F_OK) != 0 && errno != EACCES) return false;
    ret->error = kzgops__recorder_file_read(path, &scratch->file, &ret->running);
    memcpy(ret->path.text, path, strlen(path) + 1);
    if (ret->error != NULL) return true;
    kzgops__recorder_decode(&scratch->file, 0, &scratch->recording);
    ret->start_ns = scratch->recording.start.monotonic_ns;
    ret->alive_ns = scratch->recording.alive_ns;
    ret->cgroup_inode = scratch->recording.start.cgroup_inode;
    ret->oom_kills = scratch->recording.start.oom_kills;
    memcpy(ret->boot_id, scratch->recording.start.boot_id, sizeof ret->boot_id);
    return true;
}

/* Those that nobody has moved aside yet are newer than all that were, and are ordered by their time. */
static void add_file(struct files *files, const struct file *file, bool by_time) {
    size_t i = files->count++, end = files->ended;
    if (!file->running) {
        files->ended++;
        memmove(&files->file[end + 1], &files->file[end], (i - end) * sizeof *file);
        for (i = end; by_time && i > 0 && files->file[i - 1].alive_ns < file->alive_ns; i--) {
            files->file[i] = files->file[i - 1];
        }
    }
    files->file[i] = *file;
}

static void find_files(const char *directory, const char *name, struct place_scratch *scratch, struct files *ret) {
    struct place_path path;
    struct file file;
    *ret = (struct files){0};
    for (int i = 1; i <= KZGOPS_RECORDER_FILES_MAX; i++) {
        if (!kzgops__place_running(&path, directory, name, i)) return;
        if (look_at(path.text, scratch, &file)) add_file(ret, &file, true);
    }
    for (int i = 1; i <= KZGOPS_RECORDER_PREVIOUS_MAX; i++) {
        if (!kzgops__place_previous(&path, directory, name, i)) return;
        if (look_at(path.text, scratch, &file)) add_file(ret, &file, false);
    }
}

/* The next process of this boot. What the kernel killed after it began, and counted, was another one. */
static const struct file *next_file(const struct files *files, const kzgops_recording *recording) {
    const struct file *next = NULL;
    for (size_t i = 0; i < files->count; i++) {
        const struct file *file = &files->file[i];
        if (file->error != NULL || strcmp(file->boot_id, recording->start.boot_id) != 0) continue;
        if (file->start_ns <= recording->alive_monotonic_ns) continue;
        if (next == NULL || file->start_ns < next->start_ns) next = file;
    }
    return next;
}

static void find_bounds(const kzgops_ending_config *config, const struct files *files, struct ending_facts *facts) {
    const struct file *next = next_file(files, facts->recording);
    facts->until_ns = kzgops__monotonic_ns(config->sources);
    facts->oom_kills_until = KZGOPS_BYTES_UNKNOWN;
    if (next == NULL) return;
    if (next->start_ns < facts->until_ns) facts->until_ns = next->start_ns;
    if (next->cgroup_inode == facts->recording->start.cgroup_inode) facts->oom_kills_until = next->oom_kills;
}

/* ---- Facts ----------------------------------------------------------------------------------------------------- */

/* Unknown on either side is the same boot: the times in the log then tell. */
static bool is_other_boot(const kzgops_sources *sources, const kzgops_recording *recording) {
    struct lines lines;
    bool other = false;
    if (!kzgops__lines_open(&lines, kzgops__proc_root(sources), "sys/kernel/random/boot_id")) return false;
    const char *boot_id = kzgops__lines_next(&lines);
    if (boot_id != NULL && recording->start.boot_id[0] != '\0') {
        other = strcmp(boot_id, recording->start.boot_id) != 0;
    }
    kzgops__lines_close(&lines);
    return other;
}

static bool ended_by_itself(const kzgops_recording *recording) {
    return recording->crash.signal != 0 || recording->state == KZGOPS_RECORDER_STOPPED ||
           recording->state == KZGOPS_RECORDER_FAILED;
}

static void gather(const kzgops_ending_config *config, const struct files *files, kzgops_ending *ending,
                   struct ending_facts *facts) {
    const kzgops_recording *recording = &ending->recording;
    facts->recording = recording;
    facts->other_boot = is_other_boot(config->sources, recording);
    find_bounds(config, files, facts);
    kzgops__ending_memory(recording, &ending->memory);
    if (ended_by_itself(recording)) return;
    if (facts->other_boot) {
        kzgops__ending_evidence(ending, "the boot id is not the one that the process ran under");
        return;
    }
    kzgops__ending_read_log(config->kernel_log != NULL ? config->kernel_log : KERNEL_LOG, facts, ending);
    kzgops__ending_read_counters(facts, ending);
}

static void read_chosen(const kzgops_ending_config *config, const struct files *files, struct place_scratch *scratch,
                        kzgops_ending *ending) {
    struct ending_facts facts = {.oom = -1};
    const struct file *file = &files->file[config->back];
    memcpy(ending->path, file->path.text, sizeof ending->path);
    facts.error = kzgops__recorder_file_read(file->path.text, &scratch->file, NULL);
    if (facts.error == NULL) {
        kzgops__recorder_decode(&scratch->file, 0, &ending->recording);
        ending->has_recording = true;
        gather(config, files, ending, &facts);
    }
    kzgops__ending_decide(&facts, ending);
}

static void say_none(kzgops_ending *ending, const char *text) {
    ending->reason = KZGOPS_ENDING_NONE;
    ending->certainty = KZGOPS_ENDING_CERTAIN;
    snprintf(ending->text, sizeof ending->text, "%s", text);
    snprintf(ending->advice, sizeof ending->advice, "Nothing is to be done.");
}

void kzgops_ending_read(const kzgops_ending_config *config, kzgops_ending *ret) {
    const char *name = config->name != NULL ? config->name : "recorder";
    kzgops_allocator allocator = kzgops__allocator(config->sources);
    struct files files;
    memset(ret, 0, sizeof *ret);
    ret->memory = (kzgops_ending_memory){.used = KZGOPS_BYTES_UNKNOWN, .limit = KZGOPS_BYTES_UNKNOWN};
    ret->memory.percent = ret->memory.bytes_per_second = ret->memory.full_in_seconds = NAN;
    if (config->directory == NULL || config->directory[0] == '\0') {
        say_none(ret, "There is no state directory, so nothing is known of an earlier process.");
        return;
    }
    struct place_scratch *scratch = allocator.alloc(allocator.user, sizeof *scratch);
    if (scratch == NULL) {
        const struct ending_facts facts = {.error = "there is no memory to read it", .oom = -1};
        kzgops__ending_decide(&facts, ret);
        return;
    }
    find_files(config->directory, name, scratch, &files);
    if (config->back >= files.ended) {
        say_none(ret, "No earlier process has left a flight recorder's file.");
    } else {
        read_chosen(config, &files, scratch, ret);
    }
    allocator.release(allocator.user, scratch, sizeof *scratch);
}

/* ---- Names ----------------------------------------------------------------------------------------------------- */

const char *kzgops_ending_reason_name(kzgops_ending_reason reason) {
    static const char *const names[] = {"none", "clean", "crash", "killed", "oom_killed", "unknown"};
    KZG_ASSERT((unsigned)reason < sizeof names / sizeof names[0]);
    return names[reason];
}

const char *kzgops_ending_certainty_name(kzgops_ending_certainty certainty) {
    static const char *const names[] = {"possible", "likely", "certain"};
    KZG_ASSERT((unsigned)certainty < sizeof names / sizeof names[0]);
    return names[certainty];
}
