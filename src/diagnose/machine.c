#include "diagnose/machine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SERVICE        "kzgd"
#define LOG_BYTES_MAX  ((size_t)64 << 20) /* of a kernel log that are read */
#define LOG_LINES_MAX  200                /* that are kept, the newest */
#define LOG_LINE_BYTES 1024

/* ---- Processes ----------------------------------------------------------------------------------------------------
 */

/* "1234 (kzgd) S ...": the name may hold anything, so the last parenthesis ends it. */
static bool read_process(const char *proc_root, const char *pid, struct machine_process *ret) {
    char path[512], line[512];
    snprintf(path, sizeof path, "%s/%.20s/stat", proc_root, pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) return false;
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = '\0';
    const char *open = strchr(line, '('), *close = strrchr(line, ')');
    if (open == NULL || close == NULL || close < open || close[1] != ' ') return false;
    if ((size_t)(close - open - 1) != strlen(SERVICE) || memcmp(open + 1, SERVICE, strlen(SERVICE)) != 0)
        return false;
    *ret = (struct machine_process){.pid = strtol(pid, NULL, 10), .state = close[2]};
    return true;
}

static void find_processes(struct machine *machine) {
    DIR *folder = opendir(machine->proc_root);
    if (folder == NULL) return;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct machine_process found;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
        machine->proc_readable = true;
        if (!read_process(machine->proc_root, entry->d_name, &found)) continue;
        if (machine->process_count < MACHINE_PROCESSES_MAX) machine->process[machine->process_count] = found;
        machine->process_count++;
    }
    closedir(folder);
}

/* ---- The kernel's log ---------------------------------------------------------------------------------------------
 */

static bool is_oom(const char *line) {
    static const char *const marks[] = {"ut of memory", "oom-kill", "oom_kill", "oom_reaper", "Killed process"};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (strstr(line, marks[i]) != NULL) return true;
    return false;
}

/* The newest lines, in a ring. */
struct ring {
    char line[LOG_LINES_MAX][LOG_LINE_BYTES];
    size_t count;
};

/* A line, or the beginning of one that is too long. */
struct piece {
    char text[LOG_LINE_BYTES];
    size_t length;
};

static void take(struct ring *ring, struct piece *piece, const char *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (data[i] != '\n') {
            if (piece->length < sizeof piece->text - 1)
                piece->text[piece->length++] = data[i] == '\0' ? '?' : data[i];
            continue;
        }
        piece->text[piece->length] = '\0';
        if (is_oom(piece->text)) memcpy(ring->line[ring->count++ % LOG_LINES_MAX], piece->text, piece->length + 1);
        piece->length = 0;
    }
}

/* A file from its beginning, or what the kernel's ring has now: EPIPE says that a record was overwritten meanwhile.
 * Returns errno, or 0. */
static int read_log(int fd, struct ring *ring) {
    char data[8192];
    struct piece piece = {.length = 0};
    for (size_t total = 0; total < LOG_BYTES_MAX;) {
        ssize_t n = read(fd, data, sizeof data);
        if (n < 0 && (errno == EPIPE || errno == EINTR)) continue;
        if (n < 0 && errno != EAGAIN) return errno;
        if (n <= 0) break;
        take(ring, &piece, data, (size_t)n);
        total += (size_t)n;
    }
    take(ring, &piece, "\n", 1);
    return 0;
}

static void keep_lines(struct machine *machine, const struct ring *ring) {
    size_t size = 0, first = ring->count > LOG_LINES_MAX ? ring->count - LOG_LINES_MAX : 0;
    FILE *out = open_memstream(&machine->oom_lines, &size);
    if (out == NULL) return;
    for (size_t i = first; i < ring->count; i++) fprintf(out, "%s\n", ring->line[i % LOG_LINES_MAX]);
    machine->oom_count = ring->count;
    fclose(out);
}

static void read_kernel_log(struct machine *machine, const char *path) {
    struct ring *ring = calloc(1, sizeof *ring);
    int fd = ring == NULL ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int error = fd < 0 ? errno : read_log(fd, ring);
    snprintf(machine->kernel_log, sizeof machine->kernel_log, "%s", path);
    if (error != 0) snprintf(machine->kernel_trouble, sizeof machine->kernel_trouble, "%s", strerror(error));
    if (error == 0 && ring->count > 0) keep_lines(machine, ring);
    if (fd >= 0) close(fd);
    free(ring);
}

/* ---- The whole ----------------------------------------------------------------------------------------------------
 */

static void read_disk(struct machine *machine, const char *folder) {
    struct statvfs disk;
    machine->disk_free = machine->disk_size = NAN;
    if (folder[0] == '\0' || statvfs(folder, &disk) != 0) return;
    machine->disk_free = (double)disk.f_bavail * (double)disk.f_frsize;
    machine->disk_size = (double)disk.f_blocks * (double)disk.f_frsize;
}

void machine_read(struct machine *machine, const char *proc_root, const char *cgroup_root, const char *kernel_log,
                  const char *state_dir) {
    const kzgops_sources sources = {.proc_root = proc_root, .cgroup_root = cgroup_root};
    *machine = (struct machine){.here = true, .proc_root = proc_root, .cgroup_root = cgroup_root};
    kzgops_machine_memory_read(&sources, 0, &machine->memory);
    find_processes(machine);
    read_kernel_log(machine, kernel_log == NULL ? "/dev/kmsg" : kernel_log);
    read_disk(machine, state_dir);
}

void machine_free(struct machine *machine) {
    free(machine->oom_lines);
    *machine = (struct machine){0};
}
