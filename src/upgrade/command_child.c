/* fork and exec by hand: posix_spawn knows neither sessions, nor the parent's death, nor closing what is not named.
 *
 * Between fork and exec only async-signal-safe calls are made, so that this may be used beside threads: what needs
 * memory is made before. A pipe that exec closes tells the parent whether exec worked. */
#include "upgrade/command_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "upgrade/command.h"

#define KEEP_MAX 16
#define SPARE_FD 64 /* above every descriptor that is put in its place */

static bool same_name(const char *a, const char *b) {
    size_t length = strcspn(a, "=");
    return strncmp(a, b, length + 1) == 0 && a[length] == '=';
}

/* Ours with the given put over it; the array alone is the caller's. */
static char **make_environment(const char *const *given) {
    size_t ours = 0, more = 0, n = 0;
    while (environ != NULL && environ[ours] != NULL) ours++;
    while (given != NULL && given[more] != NULL) more++;
    char **made = calloc(ours + more + 1, sizeof *made);
    for (size_t i = 0; made != NULL && i < ours; i++) {
        bool replaced = false;
        for (size_t k = 0; k < more; k++) replaced = replaced || same_name(given[k], environ[i]);
        if (!replaced) made[n++] = environ[i];
    }
    for (size_t k = 0; made != NULL && k < more; k++) made[n++] = (char *)(uintptr_t)given[k];
    return made;
}

/* From here on in the child. */
static void reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Every descriptor goes to a place above all that will be used, and then down to its own; the rest is closed. */
static bool place_descriptors(const struct command_child *child, int *tell) {
    int above[3 + KEEP_MAX];
    size_t count = 3 + child->keep_fd_count;
    for (size_t i = 0; i < count; i++) {
        above[i] = fcntl(i < 3 ? child->fds[i] : child->keep_fds[i - 3], F_DUPFD, SPARE_FD);
        if (above[i] < 0) return false;
    }
    int told = fcntl(*tell, F_DUPFD_CLOEXEC, SPARE_FD);
    if (told < 0) return false;
    for (size_t i = 0; i < count; i++)
        if (dup2(above[i], (int)i) < 0) return false;
    if (dup2(told, (int)count) < 0 || fcntl((int)count, F_SETFD, FD_CLOEXEC) != 0) return false;
    *tell = (int)count;
    if (syscall(SYS_close_range, (unsigned)count + 1, ~0U, 0) != 0)
        for (int fd = (int)count + 1; fd < 65536; fd++) close(fd);
    return true;
}

static _Noreturn void run_child(const struct command_child *child, const char *program, char **environment, int tell,
                                pid_t parent) {
    bool fine = true;
    reset_signals();
    if (child->own_session) fine = setsid() >= 0;
    if (fine && child->own_group && !child->own_session) fine = setpgid(0, 0) == 0;
    if (fine && child->dies_with_us) {
        fine = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
        if (getppid() != parent) _exit(127); /* it died before we asked */
    }
    if (fine && child->folder != NULL) fine = chdir(child->folder) == 0;
    if (fine && place_descriptors(child, &tell)) execve(program, (char *const *)(uintptr_t)child->argv, environment);
    int error = errno;
    (void)!write(tell, &error, sizeof error);
    _exit(127);
}

int command_child_start(const struct command_child *child, pid_t *ret_pid) {
    char program[4096];
    int tell[2], error = 0;
    if (child->keep_fd_count > KEEP_MAX) return EINVAL;
    if (!command_find(child->argv[0], program, sizeof program)) return ENOENT;
    if (pipe2(tell, O_CLOEXEC) != 0) return errno;
    char **environment = make_environment(child->environment);
    pid_t parent = getpid(), pid = environment == NULL ? -1 : fork();
    if (pid == 0) run_child(child, program, environment, tell[1], parent);
    if (pid < 0) error = environment == NULL ? ENOMEM : errno;
    close(tell[1]);
    ssize_t n = 0;
    while (pid > 0 && (n = read(tell[0], &error, sizeof error)) < 0 && errno == EINTR) continue;
    if (n <= 0 && pid > 0) error = 0;
    close(tell[0]);
    free(environment);
    if (pid > 0 && error != 0) waitpid(pid, NULL, 0);
    *ret_pid = error == 0 ? pid : -1;
    return error;
}
