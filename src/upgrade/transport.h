/* One HTTP exchange with an instance on its own address. The real one is libcurl; tests put their own in its place.
 */
#ifndef UPGRADE_TRANSPORT_H
#define UPGRADE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRANSPORT_BYTES_MAX ((size_t)16 << 20)

struct transport_request {
    const char *address; /* host:port, [v6]:port, unix:/path */
    const char *path;
    const char *type;    /* of the body; NULL: a GET without one */
    const char *accept;  /* NULL: whatever comes */
    const uint8_t *body; /* borrowed */
    size_t length;
    int64_t timeout_ms;
};

struct transport_reply {
    long status;   /* of HTTP */
    uint8_t *body; /* ends with a NUL that length does not count; transport_free */
    size_t length;
    double seconds;
    char error[256]; /* why there is no answer; status is 0 then */
};

struct transport {
    void *user;
    /* False: no whole answer, ret->error says why. ret needs transport_free in any case. */
    bool (*exchange)(void *user, const struct transport_request *request, struct transport_reply *ret);
};

void transport_free(struct transport_reply *reply);

/* libcurl, connections kept. NULL user of *ret: no memory. transport_curl_close also after that. */
void transport_curl_open(struct transport *ret);
void transport_curl_close(struct transport *transport);

#endif
