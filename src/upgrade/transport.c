#include "upgrade/transport.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNIX "unix:"

struct receive {
    struct transport_reply *reply;
    size_t capacity;
    bool too_long;
};

/* libcurl's callback: anything but the full count ends the transfer. */
static size_t take_body(char *data, size_t size, size_t count, void *user) {
    struct receive *receive = user;
    struct transport_reply *reply = receive->reply;
    size_t bytes = size * count, needed = reply->length + bytes + 1;
    receive->too_long = bytes > TRANSPORT_BYTES_MAX - reply->length;
    if (receive->too_long) return 0;
    if (needed > receive->capacity) {
        size_t capacity = needed < 2 * receive->capacity ? 2 * receive->capacity : needed;
        uint8_t *grown = realloc(reply->body, capacity);
        if (grown == NULL) return 0;
        reply->body = grown;
        receive->capacity = capacity;
    }
    memcpy(reply->body + reply->length, data, bytes);
    reply->length += bytes;
    reply->body[reply->length] = '\0';
    return bytes;
}

/* False without memory. */
static bool prepare(CURL *curl, const struct transport_request *request, struct curl_slist *headers,
                    struct receive *receive) {
    char url[512];
    bool local = strncmp(request->address, UNIX, strlen(UNIX)) == 0, fine = true;
    snprintf(url, sizeof url, "http://%s%s", local ? "localhost" : request->address, request->path);
#define SET(option, value) fine = fine && curl_easy_setopt(curl, option, value) == CURLE_OK
    curl_easy_reset(curl);
    SET(CURLOPT_URL, url);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, receive);
    SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_NOPROXY, "*"); /* this very instance, not what a proxy has of it */
    SET(CURLOPT_USERAGENT, "kzg-upgrade");
    if (local) SET(CURLOPT_UNIX_SOCKET_PATH, request->address + strlen(UNIX));
    if (request->type != NULL) {
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->length);
        SET(CURLOPT_POSTFIELDS, (const char *)request->body);
    }
#undef SET
    return fine;
}

static struct curl_slist *make_headers(const struct transport_request *request) {
    char accept[128], type[128];
    snprintf(accept, sizeof accept, "Accept: %s", request->accept == NULL ? "*/*" : request->accept);
    snprintf(type, sizeof type, "Content-Type: %s", request->type == NULL ? "" : request->type);
    const char *const lines[] = {accept, type, "Expect:"};
    struct curl_slist *headers = NULL;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct curl_slist *more = curl_slist_append(headers, lines[i]);
        if (more == NULL) curl_slist_free_all(headers);
        if (more == NULL) return NULL;
        headers = more;
    }
    return headers;
}

static bool exchange(void *user, const struct transport_request *request, struct transport_reply *ret) {
    CURL *curl = user;
    struct receive receive = {.reply = ret};
    *ret = (struct transport_reply){.body = calloc(1, 1)};
    struct curl_slist *headers = make_headers(request);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (ret->body != NULL && headers != NULL && prepare(curl, request, headers, &receive))
        code = curl_easy_perform(curl);
    if (code == CURLE_OK) {
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &ret->status);
        (void)curl_easy_getinfo(curl, CURLINFO_TOTAL_TIME, &ret->seconds);
    } else {
        snprintf(ret->error, sizeof ret->error, "%s",
                 receive.too_long ? "the answer is too long" : curl_easy_strerror(code));
    }
    curl_slist_free_all(headers);
    return code == CURLE_OK;
}

void transport_free(struct transport_reply *reply) {
    free(reply->body);
    *reply = (struct transport_reply){0};
}

void transport_curl_open(struct transport *ret) {
    *ret = (struct transport){.user = curl_easy_init(), .exchange = exchange};
}

void transport_curl_close(struct transport *transport) {
    if (transport->user != NULL) curl_easy_cleanup(transport->user);
    transport->user = NULL;
}
