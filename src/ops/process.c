#include "kzgops/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "ops/memory_files.h"
#include "ops/sources.h"

#define PROC_MAGIC 0x9fa0

/* Numbers of self/stat by their place in proc(5), less the 3 of the first behind the name. */
enum { STAT_USER = 11, STAT_SYSTEM = 12, STAT_THREADS = 17, STAT_START = 19, STAT_VIRTUAL = 20, STAT_RESIDENT = 21 };
#define STAT_FIELDS 22

static char *next_word(char **text) {
    *text += strspn(*text, " \t");
    char *word = *text;
    *text += strcspn(*text, " \t");
    if (**text != '\0') *(*text)++ = '\0';
    return word;
}

static double number(const char *word) {
    uint64_t value;
    return kzgops__parse_u64(word, &value) ? (double)value : NAN;
}

/* The process's name is the second field and may hold spaces and brackets, so fields are counted from its end. */
static bool read_stat(const char *root, double field[STAT_FIELDS]) {
    struct lines lines;
    if (!kzgops__lines_open(&lines, root, "self/stat")) return false;
    char *line = kzgops__lines_next(&lines), *rest = line == NULL ? NULL : strrchr(line, ')');
    for (size_t i = 0; rest != NULL && i < STAT_FIELDS; i++) {
        if (i == 0) rest++;
        field[i] = number(next_word(&rest));
    }
    kzgops__lines_close(&lines);
    return rest != NULL;
}

static double read_boot_seconds(const char *root) {
    struct lines lines;
    double seconds = NAN;
    if (!kzgops__lines_open(&lines, root, "stat")) return NAN;
    for (char *line; (line = kzgops__lines_next(&lines)) != NULL;) {
        if (strncmp(line, "btime ", 6) == 0) seconds = number(line + 6);
    }
    kzgops__lines_close(&lines);
    return seconds;
}

/* The descriptor that reads the folder is in the folder, where that is the kernel's. */
static double count_fds(const char *root) {
    struct memory_path path;
    _Alignas(struct dirent64) char buffer[4096];
    struct statfs kind;
    double count = 0;
    if (!kzgops__path_join(&path, root, "self/fd")) return NAN;
    int fd = open(path.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return NAN;
    if (fstatfs(fd, &kind) == 0 && kind.f_type == PROC_MAGIC) count = -1;
    ssize_t n;
    while ((n = getdents64(fd, buffer, sizeof buffer)) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *entry = (const struct dirent64 *)(const void *)(buffer + at);
            count += entry->d_name[0] != '.';
            at += entry->d_reclen;
        }
    }
    close(fd);
    return n < 0 ? NAN : count;
}

static double read_max_fds(const char *root) {
    static const char name[] = "Max open files";
    struct lines lines;
    double most = NAN;
    if (!kzgops__lines_open(&lines, root, "self/limits")) return NAN;
    for (char *line; (line = kzgops__lines_next(&lines)) != NULL;) {
        if (strncmp(line, name, sizeof name - 1) != 0) continue;
        char *rest = line + sizeof name - 1, *word = next_word(&rest);
        most = strcmp(word, "unlimited") == 0 ? (double)INFINITY : number(word);
    }
    kzgops__lines_close(&lines);
    return most;
}

void kzgops_process_read(const kzgops_sources *sources, kzgops_process *process) {
    const char *root = kzgops__proc_root(sources);
    double field[STAT_FIELDS], ticks = (double)sysconf(_SC_CLK_TCK), known = process->start_time_seconds;
    if (!read_stat(root, field)) {
        for (size_t i = 0; i < STAT_FIELDS; i++) field[i] = NAN;
    }
    *process = (kzgops_process){
        .cpu_seconds = (field[STAT_USER] + field[STAT_SYSTEM]) / ticks,
        .start_time_seconds = known > 0 ? known : read_boot_seconds(root) + field[STAT_START] / ticks,
        .resident_bytes = field[STAT_RESIDENT] * (double)sysconf(_SC_PAGESIZE),
        .virtual_bytes = field[STAT_VIRTUAL],
        .open_fds = count_fds(root),
        .max_fds = read_max_fds(root),
        .threads = field[STAT_THREADS],
    };
}
