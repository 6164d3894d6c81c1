#include "ops/sampler_maps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ops/memory_files.h"

#define DELETED " (deleted)"

void kzgops__maps_init(struct maps *maps, const kzgops_allocator *allocator, const char *proc_root) {
    maps->allocator = *allocator;
    maps->proc_root = proc_root;
    kzgops__bytes_init(&maps->maps, allocator);
    kzgops__bytes_init(&maps->files, allocator);
}

static struct symbol_file *file_at(const struct maps *maps, size_t i) {
    return (struct symbol_file *)(void *)maps->files.data + i;
}

static size_t file_count(const struct maps *maps) {
    return maps->files.size / sizeof(struct symbol_file);
}

void kzgops__maps_free(struct maps *maps) {
    for (size_t i = 0; i < file_count(maps); i++) kzgops__symbols_free(file_at(maps, i));
    kzgops__bytes_free(&maps->files);
    kzgops__bytes_free(&maps->maps);
}

/* ---- Lines --------------------------------------------------------------------------------------------------- */

static const char *hex(const char *text, char end, uint64_t *ret) {
    uint64_t value = 0;
    size_t n = 0;
    for (;; n++, text++) {
        unsigned digit;
        if (*text >= '0' && *text <= '9')
            digit = (unsigned)(*text - '0');
        else if (*text >= 'a' && *text <= 'f')
            digit = (unsigned)(*text - 'a' + 10);
        else
            break;
        if (n == 16) return NULL;
        value = value << 4 | digit;
    }
    if (n == 0 || *text != end) return NULL;
    *ret = value;
    return text + 1;
}

/* "start-end rwxp offset device inode   path" */
bool kzgops__map_parse(const char *line, struct map *ret) {
    *ret = (struct map){.file = NO_FILE};
    const char *at = hex(line, '-', &ret->start);
    if (at != NULL) at = hex(at, ' ', &ret->end);
    if (at == NULL || strlen(at) < 5 || at[4] != ' ' || ret->end <= ret->start) return false;
    ret->executable = at[2] == 'x';
    ret->writable = at[1] == 'w';
    at = hex(at + 5, ' ', &ret->offset);
    if (at == NULL) return false;
    at += strcspn(at, " "); /* device */
    at += strspn(at, " ");
    at += strcspn(at, " "); /* inode */
    at += strspn(at, " ");
    snprintf(ret->path, sizeof ret->path, "%s", at);
    return true;
}

bool kzgops__maps_add(struct maps *maps, const struct map *map) {
    if (!map->executable) return true;
    size_t n = kzgops__maps_count(maps);
    if (n > 0 && kzgops__maps_at(maps, n - 1)->end > map->start) return true; /* out of order: not the kernel's */
    kzgops__bytes_add(&maps->maps, map, sizeof *map);
    return !maps->maps.failed;
}

bool kzgops__maps_read(struct maps *maps) {
    struct lines lines;
    struct memory_path self;
    struct map map;
    char *line;
    bool good = true;
    if (!kzgops__path_join(&self, maps->proc_root, "self")) return false;
    if (!kzgops__lines_open(&lines, self.text, "maps")) return false;
    while (good && (line = kzgops__lines_next(&lines)) != NULL) {
        if (kzgops__map_parse(line, &map)) good = kzgops__maps_add(maps, &map);
    }
    kzgops__lines_close(&lines);
    return good && kzgops__maps_count(maps) > 0;
}

size_t kzgops__maps_count(const struct maps *maps) {
    return maps->maps.size / sizeof(struct map);
}

struct map *kzgops__maps_at(const struct maps *maps, size_t i) {
    return (struct map *)(void *)maps->maps.data + i;
}

size_t kzgops__maps_find(const struct maps *maps, uint64_t address) {
    size_t n = kzgops__maps_count(maps), low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct map *map = kzgops__maps_at(maps, middle);
        if (address >= map->start && address < map->end) return middle;
        if (address < map->start) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return n;
}

/* ---- Files --------------------------------------------------------------------------------------------------- */

/* A program that was replaced while it ran is still to be had under its own name in /proc; a library is not. */
static bool open_path(const struct maps *maps, const char *path, char *out, size_t size) {
    char target[MAP_PATH_MAX], link[MAP_PATH_MAX];
    size_t n = strlen(path), tail = sizeof DELETED - 1;
    if (path[0] != '/') return false;
    if (n <= tail || strcmp(path + n - tail, DELETED) != 0) return snprintf(out, size, "%s", path) < (int)size;
    if (maps->proc_root == NULL) return false;
    int length = snprintf(link, sizeof link, "%s/self/exe", maps->proc_root);
    if (length < 0 || (size_t)length >= sizeof link) return false;
    ssize_t got = readlink(link, target, sizeof target - 1);
    if (got < 0) return false;
    target[got] = '\0';
    return strcmp(target, path) == 0 && snprintf(out, size, "%s", link) < (int)size;
}

/* The place of the map's file among those read, reading it when it is new. */
static size_t file_of(struct maps *maps, struct map *map) {
    char path[MAP_PATH_MAX];
    if (map->file != NO_FILE) return map->file;
    size_t n = file_count(maps), i = 0;
    while (i < n && strcmp(file_at(maps, i)->path, map->path) != 0) i++;
    if (i == n) {
        struct symbol_file *file = kzgops__bytes_extend(&maps->files, sizeof *file);
        if (file == NULL) return NO_FILE;
        kzgops__symbols_init(file, &maps->allocator);
        memcpy(file->path, map->path, sizeof file->path);
        if (open_path(maps, map->path, path, sizeof path)) kzgops__symbols_read(file, path);
    }
    map->file = i;
    return i;
}

const char *kzgops__maps_function(struct maps *maps, size_t i, uint64_t address) {
    struct map *map = kzgops__maps_at(maps, i);
    if (map->path[0] == '[') return map->path; /* the kernel's own pages: "[vdso]" */
    size_t file = file_of(maps, map);
    return file == NO_FILE ? NULL : kzgops__symbols_find(file_at(maps, file), address - map->start + map->offset);
}

bool kzgops__maps_return_place(struct maps *maps, size_t i, uint64_t address, uint64_t *ret) {
    struct map *map = kzgops__maps_at(maps, i);
    uint64_t meant;
    if (map->path[0] == '[') return false;
    size_t file = file_of(maps, map);
    if (file == NO_FILE) return false;
    if (!kzgops__symbols_address(file_at(maps, file), address - map->start + map->offset, &meant)) return false;
    return kzgops__return_place(file_at(maps, file), meant, ret);
}

const char *kzgops__maps_build_id(const struct maps *maps, size_t i) {
    size_t file = kzgops__maps_at(maps, i)->file;
    return file == NO_FILE ? "" : file_at(maps, file)->build_id;
}
