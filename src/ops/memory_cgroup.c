/* Two steps: find the group (its hierarchy's folder, the top, and the path below it), then read it and the limits of
 * all groups from there to the top. /proc/self/cgroup names the group, as seen from the mount's or namespace's root;
 * /proc/self/mountinfo says where the hierarchies are mounted, and which part of them. */
#include "ops/memory_cgroup.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ops/memory_files.h"
#include "ops/sources.h"

#define UNKNOWN      KZGOPS_BYTES_UNKNOWN
#define UNLIMITED    KZGOPS_BYTES_UNLIMITED
#define USUAL_ROOT   "/sys/fs/cgroup"
#define V1_LIMITLESS ((uint64_t)1 << 62) /* the kernel writes PAGE_COUNTER_MAX in bytes: just below 2^63 */

struct place {
    struct memory_path path; /* of the process, as /proc/self/cgroup has it */
    struct memory_path root; /* what part of the hierarchy is mounted */
    struct memory_path top;  /* where */
    bool has_path, has_top;
};

static bool set_path(struct memory_path *path, const char *text) {
    int n = snprintf(path->text, sizeof path->text, "%s", text);
    return n >= 0 && (size_t)n < sizeof path->text;
}

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool has_file(const char *folder, const char *name) {
    struct memory_path path = {0};
    struct stat status;
    return kzgops__path_join(&path, folder, name) && stat(path.text, &status) == 0;
}

/* ---- Which group --------------------------------------------------------------------------------------------- */

/* Whether a list such as "cpu,memory" has the word. */
static bool list_has(const char *list, const char *word) {
    size_t length = strlen(word);
    for (; *list != '\0'; list += strcspn(list, ",") + (list[strcspn(list, ",")] == ',')) {
        if (strcspn(list, ",") == length && strncmp(list, word, length) == 0) return true;
    }
    return false;
}

/* Lines "hierarchy:controllers:path"; v2 has number 0 and no controllers. False when there is no such file. */
static bool read_paths(const char *proc_self, struct place *v1, struct place *v2) {
    struct lines lines;
    char *line;
    if (!kzgops__lines_open(&lines, proc_self, "cgroup")) return false;
    while ((line = kzgops__lines_next(&lines)) != NULL) {
        char *controllers = strchr(line, ':');
        char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (path == NULL || path[1] != '/') continue;
        *controllers++ = '\0';
        *path++ = '\0';
        if (strcmp(line, "0") == 0 && *controllers == '\0') {
            v2->has_path = set_path(&v2->path, path);
        } else if (list_has(controllers, "memory")) {
            v1->has_path = set_path(&v1->path, path);
        }
    }
    kzgops__lines_close(&lines);
    return true;
}

/* mountinfo writes blanks, tabs, newlines and backslashes as \ooo. */
static void unescape(char *text) {
    char *out = text;
    while (*text != '\0') {
        if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' && text[2] <= '7' &&
            text[3] >= '0' && text[3] <= '7') {
            *out++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
            text += 4;
        } else {
            *out++ = *text++;
        }
    }
    *out = '\0';
}

/* What follows prefix in path, when prefix is a folder on its way; else NULL. */
static const char *below(const char *path, const char *prefix) {
    size_t length = strlen(prefix);
    while (length > 0 && prefix[length - 1] == '/') length--;
    if (strncmp(path, prefix, length) != 0) return NULL;
    return path[length] == '\0' || path[length] == '/' ? path + length : NULL;
}

/* A mount point as the process's own mountinfo has it, to where its files are for us. */
static bool place_top(struct place *place, const char *point, const char *cgroup_root) {
    const char *rest = below(point, cgroup_root);
    if (rest != NULL) return set_path(&place->top, point);
    rest = below(point, USUAL_ROOT);
    if (rest == NULL) return strcmp(cgroup_root, USUAL_ROOT) == 0 && set_path(&place->top, point);
    int n = snprintf(place->top.text, sizeof place->top.text, "%s%s", cgroup_root, rest);
    return n >= 0 && (size_t)n < sizeof place->top.text;
}

/* "id parent major:minor root point options fields... - type source options" */
static void read_mount(char *line, const char *cgroup_root, struct place *v1, struct place *v2) {
    char *words[5], *rest = NULL, *tail = strstr(line, " - ");
    if (tail == NULL) return;
    *tail = '\0';
    char *type = strtok_r(tail + 3, " ", &rest), *source = strtok_r(NULL, " ", &rest);
    char *options = strtok_r(NULL, " ", &rest);
    rest = NULL;
    for (size_t i = 0; i < 5; i++) {
        words[i] = strtok_r(i == 0 ? line : NULL, " ", &rest);
        if (words[i] == NULL) return;
    }
    if (type == NULL || source == NULL || options == NULL) return;
    struct place *place = NULL;
    if (strcmp(type, "cgroup2") == 0) place = v2;
    if (strcmp(type, "cgroup") == 0 && list_has(options, "memory")) place = v1;
    if (place == NULL || place->has_top) return;
    unescape(words[3]);
    unescape(words[4]);
    place->has_top =
        set_path(&place->root, words[3]) && place_top(place, words[4], cgroup_root) && is_folder(place->top.text);
}

/* Without a usable mountinfo: where distributions put them. */
static void usual_tops(const char *cgroup_root, struct place *v1, struct place *v2) {
    struct memory_path path = {0};
    if (!v1->has_top && kzgops__path_join(&path, cgroup_root, "memory") && has_file(path.text, "cgroup.procs")) {
        v1->has_top = set_path(&v1->top, path.text) && set_path(&v1->root, "/");
    }
    if (!v2->has_top && has_file(cgroup_root, "cgroup.controllers")) {
        v2->has_top = set_path(&v2->top, cgroup_root) && set_path(&v2->root, "/");
    }
    if (!v2->has_top && kzgops__path_join(&path, cgroup_root, "unified") &&
        has_file(path.text, "cgroup.controllers")) {
        v2->has_top = set_path(&v2->top, path.text) && set_path(&v2->root, "/");
    }
}

static void read_mounts(const char *proc_self, const char *cgroup_root, struct place *v1, struct place *v2) {
    struct lines lines;
    char *line;
    if (kzgops__lines_open(&lines, proc_self, "mountinfo")) {
        while ((line = kzgops__lines_next(&lines)) != NULL) read_mount(line, cgroup_root, v1, v2);
        kzgops__lines_close(&lines);
    }
    usual_tops(cgroup_root, v1, v2);
}

static bool climbs(const char *path) {
    for (const char *at = strstr(path, "/.."); at != NULL; at = strstr(at + 1, "/..")) {
        if (at[3] == '/' || at[3] == '\0') return true;
    }
    return false;
}

static void strip_last(char *path, size_t keep) {
    size_t length = strlen(path);
    while (length > keep && path[length - 1] != '/') length--;
    while (length > keep && path[length - 1] == '/') length--;
    path[length] = '\0';
}

/* The group's folder. A path outside of what is mounted (a process moved out of its namespace's root, a container
 * that sees the host's names) is answered with the nearest folder that is there, and marked. */
static void find_folder(const struct place *place, kzgops_cgroup_memory *ret) {
    const char *path = place->path.text, *rest = below(path, place->root.text);
    size_t top = strlen(place->top.text);
    if (rest != NULL) {
        path = rest;
    } else {
        ret->path_guessed = true;
    }
    if (climbs(path)) {
        path = "";
        ret->path_guessed = true;
    }
    int n = snprintf(ret->path, sizeof ret->path, "%s%s", place->top.text, strcmp(path, "/") == 0 ? "" : path);
    if (n < 0 || (size_t)n >= sizeof ret->path) {
        memcpy(ret->path, place->top.text, top + 1);
        ret->path_guessed = true;
    }
    while (strlen(ret->path) > top && !is_folder(ret->path)) {
        strip_last(ret->path, top);
        ret->path_guessed = true;
    }
}

/* ---- Limits of the chain ------------------------------------------------------------------------------------- */

static bool is_bytes(uint64_t value) {
    return value != UNKNOWN && value != UNLIMITED;
}

struct version {
    const char *usage, *limit;
};

static const struct version versions[] = {
    [KZGOPS_CGROUP_V1] = {"memory.usage_in_bytes", "memory.limit_in_bytes"},
    [KZGOPS_CGROUP_V2] = {"memory.current", "memory.max"},
};

static uint64_t v1_limit(uint64_t value) {
    return is_bytes(value) && value >= V1_LIMITLESS ? UNLIMITED : value;
}

static void lower_limit(kzgops_cgroup_memory *ret, const char *folder, uint64_t limit) {
    if (!is_bytes(limit)) {
        if (ret->limit == UNKNOWN) ret->limit = limit;
    } else if (!is_bytes(ret->limit) || limit < ret->limit) {
        ret->limit = limit;
        snprintf(ret->limit_path, sizeof ret->limit_path, "%s", folder);
    }
}

/* From the group to the top. A folder without usage and limit is a v2 group for which the controller is not switched
 * on (or the machine's root): the next one up accounts for it, and path moves there. */
static void read_chain(kzgops_cgroup_memory *ret, size_t top) {
    const struct version *names = &versions[ret->version];
    struct memory_path at = {0};
    bool accounted = false;
    (void)set_path(&at, ret->path);
    for (;;) {
        uint64_t limit = UNKNOWN;
        enum file_state state = kzgops__read_number(at.text, names->limit, true, &limit);
        bool controlled = state != FILE_MISSING || has_file(at.text, names->usage);
        if (controlled && !accounted) {
            accounted = true;
            memcpy(ret->path, at.text, strlen(at.text) + 1);
        }
        if (state == FILE_READ) lower_limit(ret, at.text, ret->version == KZGOPS_CGROUP_V1 ? v1_limit(limit) : limit);
        if (controlled && state != FILE_READ) ret->limit_incomplete = true;
        if (strlen(at.text) <= top) break;
        strip_last(at.text, top);
    }
    /* A limit is only absent when every one that applies was read. */
    if (ret->limit_incomplete && ret->limit == UNLIMITED) ret->limit = UNKNOWN;
    if (!accounted && has_file(at.text, "cgroup.controllers")) ret->limit = UNLIMITED;
}

/* ---- One group ----------------------------------------------------------------------------------------------- */

static void subtract_droppable(kzgops_cgroup_memory *ret, uint64_t inactive_file) {
    if (!is_bytes(ret->usage) || !is_bytes(inactive_file)) return;
    ret->working_set = ret->usage > inactive_file ? ret->usage - inactive_file : 0;
}

static void read_v2(kzgops_cgroup_memory *ret) {
    uint64_t inactive_file = UNKNOWN;
    const struct keyed events[] = {{"low", &ret->events_low},     {"high", &ret->events_high},
                                   {"max", &ret->events_max},     {"oom", &ret->events_oom},
                                   {"oom_kill", &ret->oom_kills}, {"oom_group_kill", &ret->events_oom_group_kill}};
    const struct keyed stat[] = {{"anon", &ret->anonymous}, {"file", &ret->file}, {"inactive_file", &inactive_file}};
    ret->usage = kzgops__read_known(ret->path, "memory.current", false);
    ret->max = kzgops__read_known(ret->path, "memory.max", true);
    ret->high = kzgops__read_known(ret->path, "memory.high", true);
    ret->peak = kzgops__read_known(ret->path, "memory.peak", false);
    (void)kzgops__read_keyed(ret->path, "memory.events", events, sizeof events / sizeof events[0]);
    (void)kzgops__read_keyed(ret->path, "memory.stat", stat, sizeof stat / sizeof stat[0]);
    kzgops__read_pressure(ret->path, "memory.pressure", &ret->pressure);
    subtract_droppable(ret, inactive_file);
}

/* The kernel itself says what limit results from all groups above, also from those that a container does not see, and
 * minds memory.use_hierarchy. */
static void read_v1(kzgops_cgroup_memory *ret) {
    uint64_t inactive_file = UNKNOWN, hierarchical = UNKNOWN;
    const struct keyed control[] = {
        {"oom_kill_disable", &ret->oom_kill_disabled}, {"under_oom", &ret->under_oom}, {"oom_kill", &ret->oom_kills}};
    const struct keyed stat[] = {{"total_rss", &ret->anonymous},
                                 {"total_cache", &ret->file},
                                 {"total_inactive_file", &inactive_file},
                                 {"hierarchical_memory_limit", &hierarchical}};
    ret->usage = kzgops__read_known(ret->path, "memory.usage_in_bytes", false);
    ret->max = v1_limit(kzgops__read_known(ret->path, "memory.limit_in_bytes", false));
    ret->peak = kzgops__read_known(ret->path, "memory.max_usage_in_bytes", false);
    ret->failcnt = kzgops__read_known(ret->path, "memory.failcnt", false);
    ret->failcnt_with_swap = kzgops__read_known(ret->path, "memory.memsw.failcnt", false);
    (void)kzgops__read_keyed(ret->path, "memory.oom_control", control, sizeof control / sizeof control[0]);
    (void)kzgops__read_keyed(ret->path, "memory.stat", stat, sizeof stat / sizeof stat[0]);
    subtract_droppable(ret, inactive_file);
    hierarchical = v1_limit(hierarchical);
    if (hierarchical == UNKNOWN) return;
    if (hierarchical != ret->limit) ret->limit_path[0] = '\0';
    ret->limit = hierarchical;
    ret->limit_incomplete = false;
}

static void forget(kzgops_cgroup_memory *ret) {
    *ret = (kzgops_cgroup_memory){.usage = UNKNOWN, .working_set = UNKNOWN, .peak = UNKNOWN};
    ret->anonymous = ret->file = ret->max = ret->high = ret->limit = UNKNOWN;
    ret->events_low = ret->events_high = ret->events_max = ret->events_oom = UNKNOWN;
    ret->oom_kills = ret->events_oom_group_kill = UNKNOWN;
    ret->failcnt = ret->failcnt_with_swap = UNKNOWN;
    ret->under_oom = ret->oom_kill_disabled = UNKNOWN;
}

void kzgops__read_cgroup_memory(const kzgops_sources *sources, kzgops_cgroup_memory *ret) {
    struct memory_path proc_self = {0};
    struct place v1 = {0}, v2 = {0};
    forget(ret);
    if (!kzgops__path_join(&proc_self, kzgops__proc_root(sources), "self")) return;
    if (!read_paths(proc_self.text, &v1, &v2)) return;
    read_mounts(proc_self.text, kzgops__cgroup_root(sources), &v1, &v2);
    if (!v1.has_path && !v2.has_path) {
        ret->limit = UNLIMITED; /* a kernel without control groups */
        return;
    }
    const struct place *place = v1.has_path ? &v1 : &v2;
    if (!place->has_top) return;
    ret->version = v1.has_path ? KZGOPS_CGROUP_V1 : KZGOPS_CGROUP_V2;
    find_folder(place, ret);
    read_chain(ret, strlen(place->top.text));
    if (ret->version == KZGOPS_CGROUP_V1) {
        read_v1(ret);
    } else {
        read_v2(ret);
    }
}
