/* Door 4: the tool, `kzg run FUNCTION FILE`, one process a case. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vectors/c_call.h"
#include "vectors/door.h"

static const char *program;
static char input_file[] = "/tmp/kzg-vectors-XXXXXX";

static bool door_open(const door_options *options) {
    program = options->program;
    if (program == NULL) {
        (void)fprintf(stderr, "DOOR 4 IS SKIPPED: this build has no kzg\n");
        return false;
    }
    int fd = mkstemp(input_file);
    if (fd < 0) vec_die("cannot make %s", input_file);
    (void)close(fd);
    return true;
}

static void door_close(void) {
    (void)unlink(input_file);
}

static bool door_offers(const char *function) {
    return c_function_by_name(function) != C_FUNCTIONS;
}

static void write_input(const vec_case *c) {
    char *text = vec_to_json(&c->input);
    FILE *file = fopen(input_file, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) vec_die("cannot write %s", input_file);
    free(text);
}

static char *read_all(int fd, size_t *ret_length) {
    char *text = vec_alloc(65536);
    size_t length = 0;
    for (;;) {
        ssize_t got = read(fd, text + length, 65535);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        length += (size_t)got;
        text = vec_grow(text, length + 65536);
    }
    text[length] = '\0';
    *ret_length = length;
    return text;
}

/* The tool's exit status, or -1 when it did not exit; its standard output is the caller's. */
static int run_tool(const char *function, char **ret_text, size_t *ret_length) {
    int ends[2], status;
    if (pipe2(ends, O_CLOEXEC) != 0) vec_die("cannot make a pipe");
    pid_t pid = fork();
    if (pid < 0) vec_die("cannot fork");
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (dup2(ends[1], STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0) _exit(127);
        (void)execl(program, program, "run", function, input_file, (char *)NULL);
        _exit(127);
    }
    (void)close(ends[1]);
    *ret_text = read_all(ends[0], ret_length);
    (void)close(ends[0]);
    if (waitpid(pid, &status, 0) != pid) vec_die("cannot wait");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static outcome read_output(int status, const char *text, size_t length) {
    vec_node document = {.kind = VEC_NULL};
    outcome result = {.kind = OUTCOME_OUTPUT};
    if ((status == 0 || status == 1) && vec_parse_json(text, length, &document) && document.n == 1 &&
        vec_get(&document, "output") != NULL) {
        result.output = document.items[0];
        document.items[0] = (vec_node){.kind = VEC_NULL};
        bool negative = result.output.kind == VEC_BOOL && !result.output.boolean;
        if (negative || status == 0) {
            vec_node_free(&document);
            return result;
        }
    }
    vec_node_free(&document);
    result.kind = OUTCOME_BROKEN;
    (void)snprintf(result.note, sizeof result.note, "exit status %d with the output %.150s", status, text);
    return result;
}

static outcome door_run(const vec_case *c, placement place) {
    char *text;
    size_t length;
    outcome result = {.kind = OUTCOME_ERROR};
    (void)place;
    write_input(c);
    int status = run_tool(c->function, &text, &length);
    if (status != 2) result = read_output(status, text, length);
    free(text);
    return result;
}

const door door_tool = {"the tool (kzg run)", door_open, door_offers, door_run, door_close, false};
