#include "ops/cpu_cgroup.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "ops/memory_files.h"
#include "ops/sources.h"

#define USUAL_ROOT "/sys/fs/cgroup"

/* What /proc/self says about one hierarchy. */
struct hierarchy {
    bool named, mounted;
    char path[KZGOPS_CPU_PATH_MAX]; /* of the process */
    char root[KZGOPS_CPU_PATH_MAX]; /* what part of the hierarchy is mounted */
    char top[KZGOPS_CPU_PATH_MAX];  /* where, for us */
};

struct search {
    const char *controller, *cgroup_root;
    bool any; /* a line of /proc/self/cgroup */
    struct hierarchy v1, v2;
};

static bool set(char out[KZGOPS_CPU_PATH_MAX], const char *first, const char *second) {
    int n = snprintf(out, KZGOPS_CPU_PATH_MAX, "%s%s", first, second);
    return n >= 0 && n < KZGOPS_CPU_PATH_MAX;
}

static bool is_folder(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Whether "cpu,cpuacct" has the word. */
static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (;;) {
        size_t n = strcspn(list, ",");
        if (n == length && memcmp(list, word, n) == 0) return true;
        if (list[n] == '\0') return false;
        list += n + 1;
    }
}

/* What follows folder in path; NULL when path does not lie in it. */
static const char *inside(const char *path, const char *folder) {
    size_t n = strlen(folder);
    while (n > 0 && folder[n - 1] == '/') n--;
    if (strncmp(path, folder, n) != 0 || (path[n] != '/' && path[n] != '\0')) return NULL;
    return path + n;
}

/* "number:controllers:path", the number of version 2 being 0. */
static void read_membership(struct search *search, char *line) {
    char *controllers = strchr(line, ':');
    char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
    if (path == NULL || path[1] != '/') return;
    search->any = true;
    *controllers++ = *path++ = '\0';
    if (strcmp(line, "0") == 0 && controllers[0] == '\0') {
        search->v2.named = set(search->v2.path, path, "");
    } else if (has_word(controllers, search->controller)) {
        search->v1.named = set(search->v1.path, path, "");
    }
}

static bool octal(const char *s) {
    return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7';
}

/* Blanks and the like are \ooo in mountinfo. */
static void decode_octal(char *text) {
    char *out = text;
    for (const char *in = text; *in != '\0'; out++) {
        if (in[0] == '\\' && octal(in + 1)) {
            *out = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + in[3] - '0');
            in += 4;
        } else {
            *out = *in++;
        }
    }
    *out = '\0';
}

/* The mount point as this process has it becomes a folder below the root that we were given. */
static bool take_top(struct hierarchy *hierarchy, const char *point, const char *cgroup_root) {
    const char *rest = inside(point, USUAL_ROOT);
    bool usual = strcmp(cgroup_root, USUAL_ROOT) == 0;
    if (usual || inside(point, cgroup_root) != NULL) return set(hierarchy->top, point, "");
    return rest != NULL && set(hierarchy->top, cgroup_root, rest);
}

/* "id parent device root point options [fields] - type source options" */
static void read_mount(struct search *search, char *line) {
    char *before[5], *after[3], *rest = NULL, *dash = strstr(line, " - ");
    if (dash == NULL) return;
    *dash = '\0';
    for (size_t i = 0; i < 5; i++) {
        before[i] = strtok_r(i == 0 ? line : NULL, " ", &rest);
        if (before[i] == NULL) return;
    }
    for (size_t i = 0; i < 3; i++) {
        after[i] = strtok_r(i == 0 ? dash + 3 : NULL, " ", &rest);
        if (after[i] == NULL) return;
    }
    bool v2 = strcmp(after[0], "cgroup2") == 0;
    if (!v2 && (strcmp(after[0], "cgroup") != 0 || !has_word(after[2], search->controller))) return;
    struct hierarchy *hierarchy = v2 ? &search->v2 : &search->v1;
    if (hierarchy->mounted) return;
    decode_octal(before[3]);
    decode_octal(before[4]);
    hierarchy->mounted = set(hierarchy->root, before[3], "") && take_top(hierarchy, before[4], search->cgroup_root) &&
                         is_folder(hierarchy->top);
}

/* Calls for each line; false when there is no such file. */
static bool each_line(const char *folder, const char *name, void (*call)(struct search *, char *),
                      struct search *search) {
    struct lines lines;
    char *line;
    if (!kzgops__lines_open(&lines, folder, name)) return false;
    while ((line = kzgops__lines_next(&lines)) != NULL) call(search, line);
    kzgops__lines_close(&lines);
    return true;
}

/* Without a mountinfo: where distributions mount them. */
static void guess_tops(struct search *search) {
    static const char *const v1[] = {"/cpu", "/cpu,cpuacct"};
    struct hierarchy *one = &search->v1, *two = &search->v2;
    char list[KZGOPS_CPU_PATH_MAX];
    struct stat status;
    for (size_t i = 0; i < sizeof v1 / sizeof v1[0] && !one->mounted; i++) {
        one->mounted = set(one->root, "/", "") && set(one->top, search->cgroup_root, v1[i]) && is_folder(one->top);
    }
    for (size_t i = 0; i < 2 && !two->mounted; i++) {
        two->mounted = set(two->root, "/", "") && set(two->top, search->cgroup_root, i == 0 ? "" : "/unified") &&
                       set(list, two->top, "/cgroup.controllers") && stat(list, &status) == 0;
    }
}

bool kzgops__cgroup_up(const struct cgroup_place *place, char *path) {
    size_t top = strlen(place->top), n = strlen(path);
    if (n <= top) return false;
    while (n > top && path[n - 1] != '/') n--;
    while (n > top && path[n - 1] == '/') n--;
    path[n] = '\0';
    return true;
}

static bool climbs(const char *path) {
    for (const char *at = path; (at = strstr(at, "/..")) != NULL; at += 3) {
        if (at[3] == '/' || at[3] == '\0') return true;
    }
    return false;
}

/* A path that is not below what is mounted, as in a container that sees the host's names, leads to the nearest folder
 * that is there. */
static void choose(const struct hierarchy *hierarchy, struct cgroup_place *ret) {
    const char *path = inside(hierarchy->path, hierarchy->root);
    ret->guessed = path == NULL || climbs(path);
    if (path == NULL) path = hierarchy->path;
    if (climbs(path) || strcmp(path, "/") == 0) path = "";
    memcpy(ret->top, hierarchy->top, sizeof ret->top);
    if (!set(ret->path, hierarchy->top, path)) {
        ret->guessed = true;
        memcpy(ret->path, hierarchy->top, sizeof ret->path);
    }
    while (!is_folder(ret->path) && kzgops__cgroup_up(ret, ret->path)) ret->guessed = true;
}

void kzgops__cgroup_find(const kzgops_sources *sources, const char *controller, struct cgroup_place *ret) {
    struct search search = {.controller = controller, .cgroup_root = kzgops__cgroup_root(sources)};
    char self[KZGOPS_CPU_PATH_MAX];
    *ret = (struct cgroup_place){.version = KZGOPS_CPU_CGROUP_UNKNOWN};
    if (!set(self, kzgops__proc_root(sources), "/self")) return;
    if (!each_line(self, "cgroup", read_membership, &search)) return;
    if (!search.v1.named && !search.v2.named) {
        if (search.any) ret->version = KZGOPS_CPU_CGROUP_NONE;
        return;
    }
    (void)each_line(self, "mountinfo", read_mount, &search);
    guess_tops(&search);
    const struct hierarchy *hierarchy = search.v1.named ? &search.v1 : &search.v2;
    if (!hierarchy->mounted) return;
    ret->version = search.v1.named ? KZGOPS_CPU_CGROUP_V1 : KZGOPS_CPU_CGROUP_V2;
    choose(hierarchy, ret);
}
