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

void disk_folder_of(const char *file, char out[DISK_PATH_MAX]) {
    const char *slash = strrchr(file, '/');
    if (file[0] == '\0') {
        out[0] = '\0';
    } else if (slash == NULL) {
        snprintf(out, DISK_PATH_MAX, ".");
    } else {
        snprintf(out, DISK_PATH_MAX, "%.*s", slash == file ? 1 : (int)(slash - file), file);
    }
}

void disk_metrics(struct service *service) {
    char folder[DISK_PATH_MAX];
    disk_folder_of(service->config.log_file, folder);
    set(service, AT_DIRECTORY_LOG, folder);
    set(service, AT_DIRECTORY_STATE, service->config.state_dir);
}
