/* What a process knows about itself when it starts, for those who look for it in the kernel's log later. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ops/memory_cgroup.h"
#include "ops/memory_files.h"
#include "ops/recorder.h"
#include "ops/sources.h"

/* PROC_PID_INIT_INO of the kernel: the namespace that the machine's first process is in. Its pids are the log's. */
#define FIRST_PID_NAMESPACE "pid:[4026531836]"

/* ---- Names ----------------------------------------------------------------------------------------------------- */

static void read_line(char *ret, size_t size, const char *folder, const char *name) {
    struct lines lines;
    ret[0] = '\0';
    if (!kzgops__lines_open(&lines, folder, name)) return;
    kzgops__record_text(ret, size, kzgops__lines_next(&lines));
    kzgops__lines_close(&lines);
}

static bool has_host_pid(const char *proc_root) {
    struct memory_path path;
    char name[64] = {0};
    if (!kzgops__path_join(&path, proc_root, "self/ns/pid")) return false;
    ssize_t n = readlink(path.text, name, sizeof name - 1);
    return n > 0 && strcmp(name, FIRST_PID_NAMESPACE) == 0;
}

static void read_group(const kzgops_sources *sources, struct start_record *ret) {
    kzgops_cgroup_memory cgroup;
    struct stat status;
    kzgops__read_cgroup_memory(sources, &cgroup);
    ret->cgroup_version = (uint64_t)cgroup.version;
    ret->oom_kills = cgroup.oom_kills;
    if (cgroup.version == KZGOPS_CGROUP_NONE || strlen(cgroup.path) >= sizeof ret->cgroup_path) return;
    if (stat(cgroup.path, &status) != 0) return;
    kzgops__record_text(ret->cgroup_path, sizeof ret->cgroup_path, cgroup.path);
    ret->cgroup_inode = status.st_ino;
}

/* ---- Build id: a note in the program's headers, which the kernel tells the place of ---------------------------- */

#define NOTE_NAME_BYTES 4 /* "GNU" */

static size_t padded(size_t bytes) {
    return (bytes + 3) & ~(size_t)3;
}

static bool find_build_id(const unsigned char *notes, size_t bytes, char *ret, size_t size) {
    while (bytes >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        memcpy(&note, notes, sizeof note);
        size_t name = padded(note.n_namesz), content = padded(note.n_descsz);
        size_t length = sizeof note + name + content;
        if (length > bytes) return false;
        const unsigned char *id = notes + sizeof note + name;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == NOTE_NAME_BYTES &&
            memcmp(notes + sizeof note, "GNU", NOTE_NAME_BYTES) == 0) {
            for (size_t i = 0; i < note.n_descsz && 2 * i + 2 < size; i++) {
                snprintf(ret + 2 * i, size - 2 * i, "%02x", id[i]);
            }
            return true;
        }
        notes += length;
        bytes -= length;
    }
    return false;
}

static void read_build_id(char *ret, size_t size) {
    uintptr_t at = getauxval(AT_PHDR), base = 0;
    const Elf64_Phdr *headers = (const Elf64_Phdr *)at; /* NOLINT(performance-no-int-to-ptr) */
    size_t n = getauxval(AT_PHNUM);
    bool has_base = false;
    if (sizeof(void *) != sizeof(uint64_t) || getauxval(AT_PHENT) != sizeof(Elf64_Phdr)) return;
    for (size_t i = 0; i < n; i++) {
        if (headers[i].p_type != PT_PHDR) continue;
        base = at - headers[i].p_vaddr;
        has_base = true;
    }
    for (size_t i = 0; has_base && i < n; i++) {
        uintptr_t notes = base + headers[i].p_vaddr;
        if (headers[i].p_type != PT_NOTE) continue;
        /* NOLINTNEXTLINE(performance-no-int-to-ptr) */
        if (find_build_id((const unsigned char *)notes, headers[i].p_memsz, ret, size)) return;
    }
}

void kzgops__recorder_self(const kzgops_sources *sources, struct start_record *ret) {
    const char *proc_root = kzgops__proc_root(sources);
    ret->pid = (uint64_t)getpid();
    ret->host_pid = has_host_pid(proc_root);
    read_line(ret->boot_id, sizeof ret->boot_id, proc_root, "sys/kernel/random/boot_id");
    read_line(ret->command, sizeof ret->command, proc_root, "self/comm");
    read_group(sources, ret);
    read_build_id(ret->build_id, sizeof ret->build_id);
}

/* ---- Modules --------------------------------------------------------------------------------------------------- */

/* "begin-end r-xp offset device inode  /path" */
static bool parse_mapping(const char *line, struct module *ret) {
    char *end;
    ret->begin = strtoull(line, &end, 16);
    if (*end != '-') return false;
    ret->end = strtoull(end + 1, &end, 16);
    if (strlen(end) < 7 || end[0] != ' ' || end[3] != 'x') return false;
    ret->offset = strtoull(end + 6, &end, 16);
    const char *path = strchr(end, '/');
    if (path == NULL) return false;
    kzgops__record_text(ret->name, sizeof ret->name, strrchr(path, '/') + 1);
    return true;
}

void kzgops__recorder_modules(const kzgops_sources *sources, struct modules_record *ret) {
    struct lines lines;
    const char *line;
    *ret = (struct modules_record){0};
    if (!kzgops__lines_open(&lines, kzgops__proc_root(sources), "self/maps")) return;
    while (ret->count < KZGOPS_RECORDER_MODULES_MAX && (line = kzgops__lines_next(&lines)) != NULL) {
        if (parse_mapping(line, &ret->module[ret->count])) ret->count++;
    }
    kzgops__lines_close(&lines);
}
