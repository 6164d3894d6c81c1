#include "cli/remote.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"

static bool is_json(const struct client_reply *reply) {
    json_tokener *tokener = json_tokener_new_ex(32);
    if (tokener == NULL || reply->length > INT32_MAX) return false;
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
    json_object *object = json_tokener_parse_ex(tokener, reply->body, (int)reply->length + 1);
    bool good = json_tokener_get_error(tokener) == json_tokener_success && strlen(reply->body) == reply->length;
    json_object_put(object);
    json_tokener_free(tokener);
    return good;
}

static void make_printable(struct client_reply *reply) {
    for (size_t i = 0; i < reply->length; i++) {
        unsigned char c = (unsigned char)reply->body[i];
        if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) reply->body[i] = '?';
    }
}

enum cli_exit remote_print(const struct client *client, struct client_reply *reply, bool json) {
    struct output output;
    struct cli_place place = {.file = client->address};
    if (json && !is_json(reply))
        return cli_error(client->cli, client->failure, "answer_invalid", &place, "the answer is not JSON");
    if (!json) make_printable(reply);
    CLI_TRY(output_open(&output, client->cli, NULL, OUTPUT_HEX));
    output_bytes(&output, (const uint8_t *)reply->body, reply->length);
    if (reply->length > 0 && reply->body[reply->length - 1] != '\n') output_bytes(&output, (const uint8_t *)"\n", 1);
    return output_close(&output, CLI_OK);
}

enum cli_exit remote_save(const struct client *client, const struct client_reply *reply, const char *file) {
    struct output output;
    CLI_TRY(output_open(&output, client->cli, file, OUTPUT_RAW));
    output_bytes(&output, (const uint8_t *)reply->body, reply->length);
    return output_close(&output, CLI_OK);
}

enum cli_exit remote_show(const struct cli *cli, const struct cli_args *args, const char *method, const char *path,
                          const char *body) {
    struct client client;
    struct client_reply reply = {0};
    struct client_request request = {
        .method = method, .path = path, .body = body, .accept = cli->json ? CLIENT_JSON : CLIENT_TEXT};
    enum cli_exit result = client_open(&client, cli, args);
    if (result == CLI_OK) result = client_expect(&client, &request, &reply);
    if (result == CLI_OK) result = remote_print(&client, &reply, cli->json);
    client_reply_free(&reply);
    client_close(&client);
    return result;
}

enum cli_exit remote_show_named(const struct cli *cli, const struct cli_args *args, const char *base,
                                const char *name) {
    char *path = client_path(base, name);
    if (path == NULL) return cli_out_of_memory(cli);
    enum cli_exit result = remote_show(cli, args, NULL, path, NULL);
    free(path);
    return result;
}
