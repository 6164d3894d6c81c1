#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"

/* Temporary files of this process, for the signal handler. */
#define TEMPORARIES 2
static char *volatile temporaries[TEMPORARIES];

static void remember_temporary(char *path) {
    for (int i = 0; i < TEMPORARIES; i++) {
        if (temporaries[i] == NULL) {
            temporaries[i] = path;
            return;
        }
    }
}

static void forget_temporary(const char *path) {
    for (int i = 0; i < TEMPORARIES; i++)
        if (temporaries[i] == path) temporaries[i] = NULL;
}

static void on_signal(int number) {
    for (int i = 0; i < TEMPORARIES; i++)
        if (temporaries[i] != NULL) (void)unlink(temporaries[i]);
    (void)raise(number); /* SA_RESETHAND: the default action now */
}

void output_install_signals(void) {
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
        struct sigaction before;
        /* What was ignored (nohup) stays so. */
        if (sigaction(ending[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            (void)sigaction(ending[i], &action, NULL);
    }
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
}

static enum cli_exit write_error(const struct output *output, int error) {
    struct cli_place place = {.file = output->name};
    return cli_error(output->cli, CLI_FAILED, status_code_name(ST_IO), &place, "cannot write: %s", strerror(error));
}

enum cli_exit output_form_of(const struct cli *cli, const struct cli_args *args, enum output_form fallback,
                             enum output_form *ret_form) {
    const char *name = args->value[CLI_OPT_FORMAT];
    *ret_form = fallback;
    if (!cli_given(args, CLI_OPT_FORMAT)) return CLI_OK;
    if (strcmp(name, "hex") == 0)
        *ret_form = OUTPUT_HEX;
    else if (strcmp(name, "raw") == 0)
        *ret_form = OUTPUT_RAW;
    else
        return cli_usage(cli, "--format is '%s': expected hex or raw", name);
    return CLI_OK;
}

/* The permissions that a plain open(O_CREAT) would have given, or those of the file that is replaced. */
static mode_t wanted_mode(bool exists, const struct stat *old) {
    if (exists) return old->st_mode & 07777;
    mode_t mask = umask(0);
    (void)umask(mask);
    return 0666 & ~mask;
}

/* "dir/name" -> "dir/.name.XXXXXX", filled in by mkostemp. -1 with errno on failure. */
static int make_temporary(struct output *output, mode_t mode) {
    const char *slash = strrchr(output->target, '/');
    int directory = slash == NULL ? 0 : (int)(slash + 1 - output->target);
    const char *base = output->target + directory;
    size_t size = strlen(output->target) + sizeof "..XXXXXX";
    output->temporary = malloc(size);
    if (output->temporary == NULL) return -1;
    /* A long name leaves no room for the suffix: its beginning will do. */
    snprintf(output->temporary, size, "%.*s.%.200s.XXXXXX", directory, output->target, base);
    int fd = mkostemp(output->temporary, O_CLOEXEC);
    if (fd < 0) {
        int error = errno;
        free(output->temporary);
        output->temporary = NULL;
        errno = error;
        return -1;
    }
    remember_temporary(output->temporary);
    (void)fchmod(fd, mode); /* not every file system has permissions */
    return fd;
}

/* Opens path directly or by a temporary file; a file descriptor, or -1 with errno. */
static int open_file(struct output *output, const char *path) {
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (!exists && errno != ENOENT) return -1;
    if (exists && S_ISDIR(old.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (exists && !S_ISREG(old.st_mode)) return open(path, O_WRONLY | O_CLOEXEC);
    if (exists && access(path, W_OK) != 0) return -1;              /* a read-only file is not to be replaced */
    output->target = exists ? realpath(path, NULL) : strdup(path); /* the file behind a symbolic link */
    if (output->target == NULL) return -1;
    return make_temporary(output, wanted_mode(exists, &old));
}

enum cli_exit output_open(struct output *output, const struct cli *cli, const char *path, enum output_form form) {
    bool standard = path == NULL || strcmp(path, "-") == 0;
    *output = (struct output){.cli = cli, .name = standard ? "standard output" : path, .form = form};
    if (!standard && path[0] == '\0') return cli_usage(cli, "the name of an output file is empty");
    if (standard && form == OUTPUT_RAW && isatty(STDOUT_FILENO) == 1)
        return cli_usage(cli, "raw bytes are not written to a terminal: use --output FILE or a pipe");
    int fd = standard ? STDOUT_FILENO : open_file(output, path);
    if (fd < 0) return write_error(output, errno);
    output->stream = standard ? stdout : fdopen(fd, "wb");
    if (output->stream == NULL) {
        int error = errno;
        (void)close(fd);
        return write_error(output, error);
    }
    return CLI_OK;
}

enum cli_exit output_check(struct output *output) {
    errno = 0;
    if (fflush(output->stream) == 0 && ferror(output->stream) == 0) return CLI_OK;
    if (output->error == 0) output->error = errno == 0 ? EIO : errno;
    return write_error(output, output->error);
}

/* The stream remembers that it failed, but not why. */
void output_bytes(struct output *output, const uint8_t *bytes, size_t length) {
    if (fwrite(bytes, 1, length, output->stream) != length && output->error == 0) output->error = errno;
}

void output_hex(struct output *output, const uint8_t *bytes, size_t length) {
    char text[4096];
    output_bytes(output, (const uint8_t *)"0x", 2);
    while (length > 0) {
        size_t part = length < sizeof text / 2 ? length : sizeof text / 2;
        hex_encode(text, bytes, part);
        output_bytes(output, (const uint8_t *)text, 2 * part);
        bytes += part;
        length -= part;
    }
}

void output_item(struct output *output, const uint8_t *bytes, size_t length) {
    if (output->form == OUTPUT_RAW) {
        output_bytes(output, bytes, length);
    } else {
        output_hex(output, bytes, length);
        fputc('\n', output->stream);
    }
}

void output_json_hex(struct output *output, const uint8_t *bytes, size_t length) {
    fputc('"', output->stream);
    output_hex(output, bytes, length);
    fputc('"', output->stream);
}

void output_json_list(struct output *output, const uint8_t *bytes, size_t length, size_t count) {
    fputc('[', output->stream);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) fputc(',', output->stream);
        output_json_hex(output, bytes + i * length, length);
    }
    fputc(']', output->stream);
}

/* Buffered bytes to the file, the file to the disk, its name to its place. */
static enum cli_exit finish(struct output *output) {
    CLI_TRY(output_check(output));
    if (output->temporary == NULL) return CLI_OK;
    if (fsync(fileno(output->stream)) != 0) return write_error(output, errno);
    if (rename(output->temporary, output->target) != 0) return write_error(output, errno);
    return CLI_OK;
}

enum cli_exit output_close(struct output *output, enum cli_exit status) {
    bool keep = status == CLI_OK || status == CLI_NOT_VALID;
    enum cli_exit result = status;
    if (output->stream != NULL && (keep || output->stream == stdout)) {
        /* What went to standard output before a failure belongs to the user; a second error does not help. */
        enum cli_exit finished = keep ? finish(output) : (fflush(stdout), CLI_OK);
        if (keep && finished != CLI_OK) {
            result = finished;
            keep = false;
        }
    }
    if (output->temporary != NULL) {
        if (!keep) (void)unlink(output->temporary);
        forget_temporary(output->temporary);
    }
    if (output->stream != NULL && output->stream != stdout && fclose(output->stream) != 0 && keep)
        result = write_error(output, errno);
    free(output->temporary);
    free(output->target);
    *output = (struct output){0};
    return result;
}
