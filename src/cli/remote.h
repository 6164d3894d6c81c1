/* What most commands for a running kzgd do: ask one path, print the answer. */
#ifndef CLI_REMOTE_H
#define CLI_REMOTE_H

#include "cli/client.h"

/* One path. With body NULL it is asked by GET, else sent by method. Prints the daemon's own text or, with --json, its
 * JSON, on standard output. */
enum cli_exit remote_show(const struct cli *cli, const struct cli_args *args, const char *method, const char *path,
                          const char *body);

/* The same for base and an escaped name behind it. */
enum cli_exit remote_show_named(const struct cli *cli, const struct cli_args *args, const char *base,
                                const char *name);

/* An answer on standard output, with a line end behind it: JSON as it is, text with ? for what drives a terminal.
 * JSON that is none is told as an error, with address as its place. */
enum cli_exit remote_print(const struct client *client, struct client_reply *reply, bool json);

/* The bytes of an answer into file, or to standard output for NULL. */
enum cli_exit remote_save(const struct client *client, const struct client_reply *reply, const char *file);

#endif
