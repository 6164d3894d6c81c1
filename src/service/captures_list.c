#include "service/captures_list.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define REPORT_MAX ((size_t)256 << 10)
#define REASON_KEY "\"reason\":\""

/* ---- Names ----------------------------------------------------------------------------------------------------- */

static const struct {
    const char *ending;
    enum capture_kind kind;
    const char *name;
} kinds[] = {
    {".cpu.pb.gz", CAPTURE_CPU, "cpu"}, {".heap", CAPTURE_HEAP, "heap"}, {".json", CAPTURE_REPORT, "report"}};
#define KINDS (sizeof kinds / sizeof kinds[0])

const char *capture_kind_name(enum capture_kind kind) {
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].kind == kind) return kinds[i].name;
    }
    return "";
}

/* "20261127T054610.123Z-": digits where the form has 0. */
static bool has_stamp(const char *name) {
    static const char form[] = "00000000T000000.000Z-";
    for (size_t i = 0; form[i] != '\0'; i++) {
        bool digit = isdigit((unsigned char)name[i]) != 0;
        if (form[i] == '0' ? !digit : name[i] != form[i]) return false;
    }
    return true;
}

#define STAMP_LENGTH 21

static bool parse_name(const char *name, struct capture_entry *ret) {
    size_t length = strlen(name);
    if (length >= sizeof ret->name || !has_stamp(name)) return false;
    const char *trigger = name + STAMP_LENGTH;
    size_t n = strspn(trigger, "abcdefghijklmnopqrstuvwxyz_");
    if (n == 0 || n >= sizeof ret->trigger) return false;
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(trigger + n, kinds[i].ending) != 0) continue;
        *ret = (struct capture_entry){.kind = kinds[i].kind};
        memcpy(ret->name, name, length + 1);
        memcpy(ret->trigger, trigger, n);
        snprintf(ret->time, sizeof ret->time, "%.4s-%.2s-%.2sT%.2s:%.2s:%.7s", name, name + 4, name + 6, name + 9,
                 name + 11, name + 13);
        return true;
    }
    return false;
}

/* ---- Files ----------------------------------------------------------------------------------------------------- */

/* A plain file of the folder, with a byte behind it for a terminator. */
static bool read_file(int folder, const char *name, size_t max, void **ret_data, size_t *ret_size) {
    struct stat file;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return false;
    bool plain = fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size > 0 && (uint64_t)file.st_size <= max;
    char *data = plain ? malloc((size_t)file.st_size + 1) : NULL;
    size_t used = 0;
    ssize_t n = 1;
    while (data != NULL && n > 0 && used < (size_t)file.st_size) {
        n = read(fd, data + used, (size_t)file.st_size - used);
        if (n > 0) used += (size_t)n;
    }
    close(fd);
    if (data == NULL || used < (size_t)file.st_size) {
        free(data);
        return false;
    }
    data[used] = '\0';
    *ret_data = data;
    *ret_size = used;
    return true;
}

/* The reason in a report, which is our own: a string with the escapes that base/text.c writes. */
static void read_reason(const char *report, char *out, size_t size) {
    const char *at = strstr(report, REASON_KEY);
    size_t n = 0;
    out[0] = '\0';
    if (at == NULL) return;
    for (at += strlen(REASON_KEY); *at != '\0' && *at != '"' && n + 1 < size; at++) {
        if (*at == '\\' && at[1] != '\0') at++;
        out[n++] = *at;
    }
    out[n] = '\0';
}

static void fill_reasons(int folder, struct captures_view *view) {
    for (size_t i = 0; i < view->count; i++) {
        struct capture_entry *entry = &view->entry[i];
        char name[CAPTURES_NAME_MAX + 8];
        void *report;
        size_t size;
        int stem = (int)(STAMP_LENGTH + strlen(entry->trigger));
        snprintf(name, sizeof name, "%.*s.json", stem, entry->name);
        if (!read_file(folder, name, REPORT_MAX, &report, &size)) continue;
        read_reason(report, entry->why, sizeof entry->why);
        free(report);
    }
}

static int newest_first(const void *a, const void *b) {
    const struct capture_entry *left = a, *right = b;
    return -strcmp(left->name, right->name);
}

void captures_view_read(const struct captures *captures, struct captures_view *ret) {
    DIR *dir = opendir(captures_folder(captures));
    const struct dirent *entry;
    struct stat file;
    ret->count = 0;
    if (dir == NULL) return;
    while (ret->count < CAPTURES_LIST_MAX && (entry = readdir(dir)) != NULL) {
        struct capture_entry *next = &ret->entry[ret->count];
        if (!parse_name(entry->d_name, next)) continue;
        if (fstatat(dirfd(dir), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(file.st_mode)) continue;
        next->bytes = (uint64_t)file.st_size;
        ret->count++;
    }
    qsort(ret->entry, ret->count, sizeof ret->entry[0], newest_first);
    fill_reasons(dirfd(dir), ret);
    closedir(dir);
}

bool captures_view_open(const struct captures *captures, const struct captures_view *view, const char *name,
                        const struct capture_entry **ret_entry, void **ret_data, size_t *ret_size) {
    const struct capture_entry *found = NULL;
    for (size_t i = 0; i < view->count; i++) {
        if (strcmp(view->entry[i].name, name) == 0) found = &view->entry[i];
    }
    if (found == NULL) return false;
    int folder = open(captures_folder(captures), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return false;
    bool ok = read_file(folder, found->name, CAPTURES_FILE_MAX, ret_data, ret_size);
    close(folder);
    *ret_entry = found;
    return ok;
}

/* ---- Showing --------------------------------------------------------------------------------------------------- */

size_t captures_view_text(const struct captures_view *view, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__text_add(&text, "%zu files, newest first; at most %d captures of a trigger are kept\n", view->count,
                     CAPTURES_KEPT);
    if (view->count > 0) {
        kzgops__text_add(&text, "%-24s  %-15s %-6s %10s  name, why\n", "time", "trigger", "kind", "bytes");
    }
    for (size_t i = 0; i < view->count; i++) {
        const struct capture_entry *entry = &view->entry[i];
        kzgops__text_add(&text, "%-24s  %-15s %-6s %10" PRIu64 "  %s%s%s\n", entry->time, entry->trigger,
                         capture_kind_name(entry->kind), entry->bytes, entry->name, entry->why[0] == '\0' ? "" : ": ",
                         entry->why);
    }
    return text.used;
}

size_t captures_view_json(const struct captures_view *view, char *out, size_t size) {
    struct kzgops__text text;
    kzgops__text_begin(&text, out, size);
    kzgops__json_open(&text, "{");
    kzgops__json_bytes(&text, "kept_of_a_trigger", CAPTURES_KEPT);
    kzgops__json_key(&text, "captures");
    kzgops__json_open(&text, "[");
    for (size_t i = 0; i < view->count; i++) {
        const struct capture_entry *entry = &view->entry[i];
        kzgops__json_open(&text, "{");
        kzgops__json_text(&text, "name", entry->name);
        kzgops__json_text(&text, "trigger", entry->trigger);
        kzgops__json_text(&text, "kind", capture_kind_name(entry->kind));
        kzgops__json_text(&text, "time", entry->time);
        kzgops__json_bytes(&text, "bytes", entry->bytes);
        kzgops__json_text(&text, "why", entry->why);
        kzgops__json_close(&text, "}");
    }
    kzgops__json_close(&text, "]");
    kzgops__json_close(&text, "}");
    return text.used;
}
