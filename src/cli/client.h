/* A client of kzgd's administration: one address, any number of paths, one connection that is kept.
 *
 * What goes wrong is told on standard error with the address: nothing listens there, no answer in time, an answer
 * that is no HTTP, too long or cut short; a problem document with its code and detail. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/cli.h"

#define CLIENT_ADDRESS  "127.0.0.1:7594"
#define CLIENT_VARIABLE "KZGD_ADMIN"

/* What the commands for a running kzgd take. */
#define CLI_BITS_CLIENT (CLI_BIT(ADMIN) | CLI_BIT(TIMEOUT) | CLI_BITS_ALWAYS)

#define CLIENT_TEXT "text/plain"
#define CLIENT_JSON "application/json"

/* A failure to get an answer, for a command that goes on without it. */
struct client_failure {
    char code[64];     /* "unreachable", "timed_out", "answer_invalid" */
    char message[512]; /* without the address */
};

struct client {
    const struct cli *cli;
    const char *address;   /* as given; borrowed */
    uint64_t timeout_s;    /* for a whole answer */
    enum cli_exit failure; /* what a failure to get an answer returns: CLI_FAILED, unless the command says else */
    struct client_failure *put_down; /* where failures are written instead of to standard error; NULL: told */
    void *curl;
};

struct client_request {
    const char *method; /* NULL: GET */
    const char *path;   /* with its query */
    const char *accept; /* CLIENT_TEXT, CLIENT_JSON; NULL: any */
    const char *body;   /* NULL: none */
    size_t bytes_max;   /* of the answer; 0: 16 MiB */
    uint64_t extra_s;   /* that the daemon takes on purpose, beside the timeout */
};

struct client_reply {
    long status;
    char type[64]; /* media type in lower case, without parameters; "" when there is none */
    char *body;    /* ends with a NUL that length does not count */
    size_t length;
};

/* Takes --admin (or KZGD_ADMIN, or the default) and --timeout; connects to nothing yet. client_close also after an
 * error. */
enum cli_exit client_open(struct client *client, const struct cli *cli, const struct cli_args *args);
void client_close(struct client *client);

/* One exchange, whatever its HTTP status. ret_reply needs client_reply_free, also after an error. */
enum cli_exit client_fetch(struct client *client, const struct client_request *request,
                           struct client_reply *ret_reply);

/* The same, and any status but 2xx is an error, told by its problem document: CLI_BAD_INPUT where the request is at
 * fault (4xx), else client->failure. A reply of another type than request->accept is one too. */
enum cli_exit client_expect(struct client *client, const struct client_request *request,
                            struct client_reply *ret_reply);

/* Tells what is wrong with an answer that was not expected, and returns as client_expect does. */
enum cli_exit client_refused(const struct client *client, const struct client_request *request,
                             const struct client_reply *reply);

void client_reply_free(struct client_reply *reply);

/* base, then text escaped for a URL: "/debug/requests/" and a request id. NULL without memory; free(). */
char *client_path(const char *base, const char *text);

#endif
