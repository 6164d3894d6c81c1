#include "recorder_support.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool holds, const char *what) {
    if (holds) return;
    printf("%s: %s\n", what, strerror(errno));
    abort();
}

struct folder folder_new(void) {
    struct folder folder;
    const char *base = getenv("TMPDIR");
    snprintf(folder.path, sizeof folder.path, "%s/kzgops_test_XXXXXX", base != NULL ? base : "/tmp");
    must(mkdtemp(folder.path) != NULL, folder.path);
    return folder;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place) {
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void folder_remove(const struct folder *folder) {
    (void)nftw(folder->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void put_file(const char *folder, const char *name, const char *content) {
    char path[512];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    must(n > 0 && (size_t)n < sizeof path, name);
    for (char *slash = path + strlen(folder); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        must(mkdir(path, 0755) == 0 || errno == EEXIST, path);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    must(file != NULL && fwrite(content, 1, strlen(content), file) == strlen(content) && fclose(file) == 0, path);
}

pid_t start_child(void (*body)(void *user), void *user) {
    fflush(stdout);
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        body(user);
        leave(0);
    }
    return child;
}

int wait_child(pid_t child) {
    int status = -1;
    must(waitpid(child, &status, 0) == child, "waitpid");
    return status;
}

int run_child(void (*body)(void *user), void *user) {
    return wait_child(start_child(body, user));
}

void leave(int status) {
    fflush(stdout);
    _exit(status);
}

void child_expect(bool holds, const char *what, int line) {
    if (holds) return;
    printf("FAILED in the child, line %d: %s\n", line, what);
    leave(99);
}
