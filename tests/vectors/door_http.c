/* Door 3: a kzgd of our own on 127.0.0.1. Every case goes in as JSON and, if its lengths allow it, as SSZ; the two
 * answers must be one. */
#include <curl/curl.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vectors/c_call.h"
#include "vectors/door.h"

#define START_SECONDS 120

static pid_t daemon_pid;
static char folder[] = "/tmp/kzg-vectors-XXXXXX";
static char address_file[sizeof folder + 16];
static char base_url[256];
static CURL *curl;

/* ---- The daemon ------------------------------------------------------------------------------------------------ */

static void start(const char *program) {
    if (mkdtemp(folder) == NULL) vec_die("cannot make %s", folder);
    (void)snprintf(address_file, sizeof address_file, "%s/address", folder);
    daemon_pid = fork();
    if (daemon_pid < 0) vec_die("cannot fork");
    if (daemon_pid > 0) return;
    (void)execl(program, program, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--address-file",
                address_file, (char *)NULL);
    (void)fprintf(stderr, "cannot run %s: %s\n", program, strerror(errno));
    _exit(127);
}

/* The address file is there, whole, once the daemon is ready: its first line, or the value of "api" or "listen", is
 * where the API is. */
static bool read_address(void) {
    char line[512];
    FILE *file = fopen(address_file, "r");
    if (file == NULL) return false;
    bool found = false;
    while (!found && fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, "127.0.0.1:");
        if (at == NULL || strchr(line, '\n') == NULL) continue;
        (void)snprintf(base_url, sizeof base_url, "http://%.*s", (int)strspn(at, "0123456789.:"), at);
        found = true;
    }
    (void)fclose(file);
    return found;
}

static void wait_for_address(void) {
    const struct timespec pause = {.tv_nsec = 50 * 1000 * 1000};
    for (int i = 0; i < START_SECONDS * 20; i++) {
        int status;
        if (read_address()) return;
        if (waitpid(daemon_pid, &status, WNOHANG) == daemon_pid) vec_die("kzgd ended before it was ready");
        (void)nanosleep(&pause, NULL);
    }
    (void)kill(daemon_pid, SIGKILL);
    vec_die("kzgd wrote no address in %d seconds", START_SECONDS);
}

static bool door_open(const door_options *options) {
    if (options->program == NULL) {
        (void)fprintf(stderr, "DOOR 3 IS SKIPPED: this build has no kzgd\n");
        return false;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (curl = curl_easy_init()) == NULL) vec_die("no libcurl");
    start(options->program);
    wait_for_address();
    return true;
}

static void door_close(void) {
    int status = 0;
    curl_easy_cleanup(curl);
    (void)kill(daemon_pid, SIGTERM);
    if (waitpid(daemon_pid, &status, 0) != daemon_pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        vec_die("kzgd did not end with status 0 after SIGTERM (wait status %d)", status);
    }
    (void)unlink(address_file);
    (void)rmdir(folder);
}

static bool door_offers(const char *function) {
    return c_function_by_name(function) != C_FUNCTIONS;
}

/* ---- One request ----------------------------------------------------------------------------------------------- */

typedef struct body {
    char *data;
    size_t length;
} body;

static size_t receive(char *data, size_t one, size_t n, void *user) {
    body *b = user;
    b->data = vec_grow(b->data, b->length + one * n + 1);
    memcpy(b->data + b->length, data, one * n);
    b->length += one * n;
    b->data[b->length] = '\0';
    return one * n;
}

/* The HTTP status; 0 when there was no answer. */
static long post(const char *function, const char *type, const char *data, size_t length, body *ret_answer) {
    char url[512], header[128];
    long status = 0;
    (void)snprintf(url, sizeof url, "%s/kzg/v1/%s", base_url, function);
    (void)snprintf(header, sizeof header, "Content-Type: %s", type);
    struct curl_slist *headers = curl_slist_append(curl_slist_append(NULL, header), "Expect:");
    *ret_answer = (body){.data = vec_alloc(1)};
    ret_answer->data[0] = '\0';
    curl_easy_reset(curl);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, data);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret_answer);
    if (curl_easy_perform(curl) == CURLE_OK) (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    return status;
}

static outcome broken(const char *what, long status, const char *text) {
    outcome result = {.kind = OUTCOME_BROKEN};
    (void)snprintf(result.note, sizeof result.note, "%s (HTTP %ld): %.120s", what, status, text);
    return result;
}

static void copy_word(char *to, size_t size, const vec_node *from) {
    if (from != NULL && from->kind == VEC_TEXT) (void)snprintf(to, size, "%s", from->text);
}

/* From a problem document. The argument is given by the operation's own name for it, so it is not compared. */
static outcome read_problem(long status, const body *answer) {
    vec_node problem;
    outcome result = {.kind = OUTCOME_ERROR};
    if (!vec_parse_json(answer->data, answer->length, &problem))
        return broken("no problem document", status, answer->data);
    copy_word(result.code, sizeof result.code, vec_get(&problem, "code"));
    const vec_node *index = vec_get(&problem, "index");
    if (index != NULL && index->kind == VEC_INT) {
        result.has_index = true;
        result.index = index->integer;
    }
    vec_node_free(&problem);
    if (result.code[0] == '\0') return broken("a problem document without code", status, answer->data);
    if (status == 413) {
        result.kind = OUTCOME_INEXPRESSIBLE;
        (void)snprintf(result.note, sizeof result.note, "longer than the daemon's limit");
    }
    return result;
}

static outcome ask_json(const vec_case *c) {
    body answer;
    vec_node document;
    outcome result = {.kind = OUTCOME_OUTPUT};
    char *text = vec_to_json(&c->input);
    long status = post(c->function, "application/json", text, strlen(text), &answer);
    if (status == 400 || status == 413) {
        result = read_problem(status, &answer);
    } else if (status != 200 || !vec_parse_json(answer.data, answer.length, &document)) {
        result = broken("unexpected answer", status, answer.data);
    } else {
        if (document.n != 1 || vec_get(&document, "output") == NULL) {
            result = broken("no output", status, answer.data);
        } else {
            result.output = document.items[0];
            document.items[0] = (vec_node){.kind = VEC_NULL};
        }
        vec_node_free(&document);
    }
    free(text);
    free(answer.data);
    return result;
}

/* ---- SSZ ------------------------------------------------------------------------------------------------------- */

static void append(body *b, const void *data, size_t n) {
    b->data = vec_grow(b->data, b->length + n);
    if (n > 0) memcpy(b->data + b->length, data, n);
    b->length += n;
}

static void append_little_endian(body *b, uint64_t value, size_t bytes) {
    uint8_t out[8];
    for (size_t i = 0; i < bytes; i++) out[i] = (uint8_t)(value >> (8 * i));
    append(b, out, bytes);
}

static bool append_value(body *b, const vec_node *value) {
    uint8_t *bytes;
    size_t n;
    if (value->kind == VEC_LIST && value->n > 0 && value->items[0].kind == VEC_INT) {
        for (size_t i = 0; i < value->n; i++) append_little_endian(b, value->items[i].integer, 8);
        return true;
    }
    if (!vec_flatten(value, &bytes, &n)) return false;
    append(b, bytes, n);
    free(bytes);
    return true;
}

/* A container: what has a fixed size in place, lists behind, each found by an offset of four bytes. */
static bool encode_ssz(const vec_node *input, body *ret_body) {
    size_t fixed = 0;
    body front = {0}, back = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < input->n; i++) {
        const vec_node *value = &input->items[i];
        fixed += value->kind == VEC_LIST ? 4 : (strlen(value->text) - 2) / 2;
    }
    for (size_t i = 0; ok && i < input->n; i++) {
        const vec_node *value = &input->items[i];
        if (value->kind == VEC_LIST) append_little_endian(&front, fixed + back.length, 4);
        ok = append_value(value->kind == VEC_LIST ? &back : &front, value);
    }
    append(&front, back.data, back.length);
    free(back.data);
    *ret_body = front;
    return ok;
}

static bool same_bytes(const vec_node *output, const body *answer) {
    uint8_t *bytes;
    size_t n;
    if (output->kind == VEC_BOOL) return answer->length == 1 && answer->data[0] == (output->boolean ? 1 : 0);
    if (!vec_flatten(output, &bytes, &n)) return false;
    bool same = n == answer->length && memcmp(bytes, answer->data, n) == 0;
    free(bytes);
    return same;
}

/* Turns the outcome of the JSON request into BROKEN if SSZ gives another one. */
static void compare_ssz(const vec_case *c, outcome *result) {
    c_call call;
    body request, answer;
    char note[256];
    if (!c_call_begin(&call, c, PLACE_BEFORE_GUARD, note)) return;
    outcome unused = c_call_end(&call, false);
    vec_node_free(&unused.output);
    if (encode_ssz(&c->input, &request)) {
        long status = post(c->function, "application/octet-stream", request.data, request.length, &answer);
        if (status == 200 && (result->kind != OUTCOME_OUTPUT || !same_bytes(&result->output, &answer))) {
            vec_node_free(&result->output);
            *result = broken("SSZ answers with a result, JSON with another or none", status, "");
        } else if (status != 200) {
            outcome problem = read_problem(status, &answer);
            if (problem.kind != result->kind || strcmp(problem.code, result->code) != 0) {
                vec_node_free(&result->output);
                *result = broken("SSZ is refused, JSON is not, or otherwise", status, answer.data);
            }
        }
        free(answer.data);
    }
    free(request.data);
}

static outcome door_run(const vec_case *c, placement place) {
    (void)place;
    outcome result = ask_json(c);
    if (result.kind == OUTCOME_OUTPUT || result.kind == OUTCOME_ERROR) compare_ssz(c, &result);
    return result;
}

const door door_http = {"HTTP (kzgd), JSON and SSZ", door_open, door_offers, door_run, door_close, false};
