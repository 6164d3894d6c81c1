#include "service/disk.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "service/service.h"

static void set(struct service *service, uint32_t directory, const char *path) {
    struct statvfs room;
    bool known = path[0] != '\0' && statvfs(path, &room) == 0;
    double unit = known ? (double)room.f_frsize : (double)NAN;
    service_metrics_set(service, METRIC_DISK_FREE, KZGOPS_AT(directory), known ? unit * (double)room.f_bavail : unit);
    service_metrics_set(service, METRIC_DISK_SIZE, KZGOPS_AT(directory), known ? unit * (double)room.f_blocks : unit);
}

/* The log file itself may be gone for a moment while it is rotated. */
static void folder_of(const char *file, char out[4096]) {
    const char *slash = strrchr(file, '/');
    if (file[0] == '\0') {
        out[0] = '\0';
    } else if (slash == NULL) {
        snprintf(out, 4096, ".");
    } else {
        snprintf(out, 4096, "%.*s", slash == file ? 1 : (int)(slash - file), file);
    }
}

void disk_metrics(struct service *service) {
    char folder[4096];
    folder_of(service->config.log_file, folder);
    set(service, AT_DIRECTORY_LOG, folder);
    set(service, AT_DIRECTORY_STATE, service->config.state_dir);
}
