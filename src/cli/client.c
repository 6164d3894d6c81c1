#include "cli/client.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX     ((size_t)16 << 20)
#define UNIX_PREFIX   "unix:"
#define UNIX_PATH_MAX 107

/* ---- The address --------------------------------------------------------------------------------------------- */

static const char *unix_path(const char *address) {
    return strncmp(address, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0 ? address + strlen(UNIX_PREFIX) : NULL;
}

/* host:port or [v6]:port, of characters that mean nothing else in a URL. */
static bool is_host_port(const char *address) {
    static const char host[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    static const char v6[] = "0123456789abcdefABCDEF:.";
    const char *colon = address;
    uint64_t port = 0;
    if (address[0] == '[') {
        size_t length = strspn(address + 1, v6);
        if (length == 0 || address[length + 1] != ']') return false;
        colon += length + 2;
    } else {
        colon += strspn(address, host);
    }
    if (colon == address || *colon != ':') return false;
    return cli_number(colon + 1, strlen(colon + 1), &port) && port >= 1 && port <= UINT16_MAX;
}

static enum cli_exit choose_address(struct client *client, const struct cli_args *args) {
    const char *from = cli_option_name(CLI_OPT_ADMIN), *environment = getenv(CLIENT_VARIABLE);
    client->address = CLIENT_ADDRESS;
    if (cli_given(args, CLI_OPT_ADMIN)) {
        client->address = args->value[CLI_OPT_ADMIN];
    } else if (environment != NULL && environment[0] != '\0') {
        from = CLIENT_VARIABLE;
        client->address = environment;
    }
    const char *path = unix_path(client->address);
    bool good = path != NULL ? path[0] == '/' && strlen(path) <= UNIX_PATH_MAX : is_host_port(client->address);
    if (good) return CLI_OK;
    return cli_usage(client->cli, "%s is '%s': expected host:port, [v6]:port or unix:/path", from, client->address);
}

enum cli_exit client_open(struct client *client, const struct cli *cli, const struct cli_args *args) {
    *client = (struct client){.cli = cli, .failure = CLI_FAILED};
    CLI_TRY(choose_address(client, args));
    CLI_TRY(cli_args_number(cli, args, CLI_OPT_TIMEOUT, 1, 3600, 10, &client->timeout_s));
    client->curl = curl_easy_init();
    return client->curl == NULL ? cli_out_of_memory(cli) : CLI_OK;
}

void client_close(struct client *client) {
    curl_easy_cleanup(client->curl);
    client->curl = NULL;
}

char *client_path(const char *base, const char *text) {
    char *escaped = curl_easy_escape(NULL, text, 0);
    char *path = NULL;
    if (escaped != NULL && asprintf(&path, "%s%s", base, escaped) < 0) path = NULL;
    curl_free(escaped);
    return path;
}

/* ---- One exchange -------------------------------------------------------------------------------------------- */

struct receive {
    struct client_reply *reply;
    size_t bytes_max;
    size_t capacity; /* of the reply's body */
    bool too_long, no_memory;
};

/* Room for so many bytes more and a NUL; doubling keeps it linear. */
static bool grow(struct receive *receive, size_t bytes) {
    size_t needed = receive->reply->length + bytes + 1;
    if (needed <= receive->capacity) return true;
    size_t capacity = needed < 2 * receive->capacity ? 2 * receive->capacity : needed;
    char *grown = realloc(receive->reply->body, capacity);
    if (grown == NULL) return false;
    receive->reply->body = grown;
    receive->capacity = capacity;
    return true;
}

/* libcurl's callback: anything but the full count ends the transfer. */
static size_t take_body(char *data, size_t size, size_t count, void *user) {
    struct receive *receive = user;
    struct client_reply *reply = receive->reply;
    size_t bytes = size * count;
    receive->too_long = bytes > receive->bytes_max - reply->length;
    if (receive->too_long) return 0;
    receive->no_memory = !grow(receive, bytes);
    if (receive->no_memory) return 0;
    memcpy(reply->body + reply->length, data, bytes);
    reply->length += bytes;
    reply->body[reply->length] = '\0';
    return bytes;
}

__attribute__((format(printf, 3, 4))) static enum cli_exit failed(const struct client *client, const char *code,
                                                                  const char *format, ...) {
    char message[512];
    struct cli_place place = {.file = client->address};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (client->put_down == NULL) return cli_error(client->cli, client->failure, code, &place, "%s", message);
    snprintf(client->put_down->code, sizeof client->put_down->code, "%s", code);
    snprintf(client->put_down->message, sizeof client->put_down->message, "%s", message);
    return client->failure;
}

static enum cli_exit no_connection(const struct client *client) {
    long number = 0;
    (void)curl_easy_getinfo(client->curl, CURLINFO_OS_ERRNO, &number);
    if (number == 0 || number == ECONNREFUSED || number == ENOENT)
        return failed(client, "unreachable", "nothing listens there; is kzgd running? --admin says where");
    return failed(client, "unreachable", "cannot connect: %s", strerror((int)number));
}

static enum cli_exit transfer_error(const struct client *client, CURLcode code, const struct receive *receive,
                                    uint64_t seconds) {
    if (receive->no_memory) return cli_out_of_memory(client->cli);
    if (receive->too_long)
        return failed(client, "answer_invalid", "the answer is longer than the %zu bytes that are read of it",
                      receive->bytes_max);
    switch (code) {
    case CURLE_COULDNT_CONNECT: return no_connection(client);
    case CURLE_COULDNT_RESOLVE_HOST: return failed(client, "unreachable", "there is no host of that name");
    case CURLE_OPERATION_TIMEDOUT:
        return failed(client, "timed_out", "no whole answer within %" PRIu64 " s (--timeout)", seconds);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        return failed(client, "answer_invalid", "the connection ended before a whole answer came");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return failed(client, "answer_invalid", "the answer is no HTTP; is that kzgd's administration address?");
    default: return failed(client, "answer_invalid", "%s", curl_easy_strerror(code));
    }
}

/* The options of one request; false without memory. */
static bool prepare(const struct client *client, const struct client_request *request, const char *url,
                    struct curl_slist *headers, struct receive *receive) {
    CURL *curl = client->curl;
    const char *path = unix_path(client->address);
    bool fine = true;
#define SET(option, value) fine = fine && curl_easy_setopt(curl, option, value) == CURLE_OK
    curl_easy_reset(curl);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, receive);
    SET(CURLOPT_TIMEOUT, (long)(client->timeout_s + request->extra_s));
    SET(CURLOPT_CONNECTTIMEOUT, (long)client->timeout_s);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_NOPROXY, "*"); /* the daemon is near; a proxy's answer would be taken for its */
    SET(CURLOPT_USERAGENT, "kzg/" KZG_VERSION_STRING);
    if (path != NULL) SET(CURLOPT_UNIX_SOCKET_PATH, path);
    if (request->body != NULL) SET(CURLOPT_POSTFIELDS, request->body); /* makes it a POST */
    if (request->method != NULL) SET(CURLOPT_CUSTOMREQUEST, request->method);
#undef SET
    return fine;
}

static struct curl_slist *make_headers(const struct client_request *request) {
    char accept[96];
    snprintf(accept, sizeof accept, "Accept: %s", request->accept == NULL ? "*/*" : request->accept);
    struct curl_slist *headers = curl_slist_append(NULL, accept);
    struct curl_slist *more = headers == NULL ? NULL : curl_slist_append(headers, "Content-Type: text/plain");
    if (more == NULL) curl_slist_free_all(headers);
    return more;
}

static void read_head(const struct client *client, struct client_reply *reply) {
    const char *type = NULL;
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &reply->status);
    (void)curl_easy_getinfo(client->curl, CURLINFO_CONTENT_TYPE, &type);
    size_t length = type == NULL ? 0 : strcspn(type, "; \t");
    if (length >= sizeof reply->type) length = 0;
    for (size_t i = 0; i < length; i++) reply->type[i] = (char)tolower((unsigned char)type[i]);
    reply->type[length] = '\0';
}

enum cli_exit client_fetch(struct client *client, const struct client_request *request,
                           struct client_reply *ret_reply) {
    struct receive receive = {.reply = ret_reply,
                              .bytes_max = request->bytes_max == 0 ? BYTES_MAX : request->bytes_max};
    char *url = NULL;
    *ret_reply = (struct client_reply){.body = calloc(1, 1)};
    const char *host = unix_path(client->address) != NULL ? "localhost" : client->address;
    if (asprintf(&url, "http://%s%s", host, request->path) < 0) url = NULL;
    struct curl_slist *headers = make_headers(request);
    bool ready =
        ret_reply->body != NULL && url != NULL && headers != NULL && prepare(client, request, url, headers, &receive);
    enum cli_exit result = CLI_OK;
    if (ready) {
        CURLcode code = curl_easy_perform(client->curl);
        read_head(client, ret_reply);
        if (code != CURLE_OK) result = transfer_error(client, code, &receive, client->timeout_s + request->extra_s);
    } else {
        result = cli_out_of_memory(client->cli);
    }
    curl_slist_free_all(headers);
    free(url);
    return result;
}

void client_reply_free(struct client_reply *reply) {
    free(reply->body);
    *reply = (struct client_reply){0};
}

/* ---- Refusals ------------------------------------------------------------------------------------------------ */

/* A stable name as status lists have them, or NULL. */
static const char *problem_code(json_object *problem) {
    const char *code = json_object_get_string(json_object_object_get(problem, "code"));
    if (code == NULL || code[0] == '\0' || strlen(code) > 60) return NULL;
    return code[strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' ? code : NULL;
}

enum cli_exit client_refused(const struct client *client, const struct client_request *request,
                             const struct client_reply *reply) {
    struct client told = *client;
    if (reply->status >= 400 && reply->status < 500 && reply->status != 408 && reply->status != 429)
        told.failure = client->failure == CLI_FAILED ? CLI_BAD_INPUT : client->failure;
    json_object *problem =
        strcmp(reply->type, "application/problem+json") == 0 ? json_tokener_parse(reply->body) : NULL;
    const char *code = problem_code(problem);
    const char *detail = json_object_get_string(json_object_object_get(problem, "detail"));
    enum cli_exit result;
    if (reply->status >= 200 && reply->status < 300)
        result = failed(client, "answer_invalid",
                        "%.*s came as '%s', not as %s; is that kzgd's administration "
                        "address?",
                        (int)strcspn(request->path, "?"), request->path, reply->type, request->accept);
    else if (code != NULL && detail != NULL)
        result = failed(&told, code, "%.400s (%s, HTTP %ld)", detail, code, reply->status);
    else
        result = failed(&told, "answer_invalid",
                        "HTTP %ld for %.*s, and no problem document; is that kzgd's "
                        "administration address?",
                        reply->status, (int)strcspn(request->path, "?"), request->path);
    json_object_put(problem);
    return result;
}

enum cli_exit client_expect(struct client *client, const struct client_request *request,
                            struct client_reply *ret_reply) {
    CLI_TRY(client_fetch(client, request, ret_reply));
    bool success = ret_reply->status >= 200 && ret_reply->status < 300;
    bool right_type = request->accept == NULL || strcmp(request->accept, ret_reply->type) == 0;
    return success && (right_type || ret_reply->status == 204) ? CLI_OK : client_refused(client, request, ret_reply);
}
