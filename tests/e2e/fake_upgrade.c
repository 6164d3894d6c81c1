/* kzg with a driver over a service that is a file, and with its instances in place of the network: the commands
 * upgrade and rollback as they are, without a daemon. Linked from the tool's own objects but for main, the table of
 * drivers, transport and answers.
 *
 *   FAKE_WORLD=FOLDER fake_upgrade upgrade|rollback ...    the command
 *   FAKE_WORLD=FOLDER fake_upgrade set NAME VALUE...       changes the service
 *   FAKE_WORLD=FOLDER fake_upgrade show                    versions that serve, by slot */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/output.h"
#include "cli/upgrade_answers.h"
#include "unit/upgrade/fake_driver.h"
#include "upgrade/drivers.h"
#include "upgrade/transport.h"

const struct cli_command *const cli_commands[] = {&cli_upgrade, &cli_rollback, &cli_help};
const size_t cli_command_count = sizeof cli_commands / sizeof *cli_commands;

const struct upgrade_driver *const upgrade_drivers[] = {&fake_driver, NULL};

static struct fake_world *world;

/* ---- In place of the real ones -----------------------------------------------------------------------------------
 */

void transport_curl_open(struct transport *ret) {
    *ret = fake_transport;
    ret->user = world;
}

void transport_curl_close(struct transport *transport) {
    transport->user = NULL;
}

void transport_free(struct transport_reply *reply) {
    free(reply->body);
    *reply = (struct transport_reply){0};
}

enum cli_exit answers_open(struct cli *cli, const struct cli_args *args, struct answers **ret) {
    (void)cli;
    (void)args;
    *ret = NULL;
    return CLI_OK;
}

void answers_close(struct answers *answers) {
    (void)answers;
}

const struct upgrade_answers *answers_get(const struct answers *answers) {
    (void)answers;
    return &fake_answers;
}

/* ---- The service
 * --------------------------------------------------------------------------------------------------- */

static int set(const char *name, const char *value) {
    if (strcmp(name, "wrong") == 0)
        world->next.wrong = value[0] == '1';
    else if (strcmp(name, "unready") == 0)
        world->next.unready = value[0] == '1';
    else if (strcmp(name, "old-wrong") == 0)
        for (size_t i = 0; i < FAKE_SLOTS; i++) world->slot[i].old.wrong = value[0] == '1';
    else if (strcmp(name, "refuses") == 0)
        world->refuses = value[0] == '1';
    else if (strcmp(name, "fails") == 0) {
        world->fault = (struct fake_fault){.slot = FAKE_SLOTS, .times = 1};
        snprintf(world->fault.function, sizeof world->fault.function, "%s", value);
    } else if (strcmp(name, "kill-in") == 0)
        world->kill_at = world->moment + (int)strtol(value, NULL, 10);
    else if (strcmp(name, "next") == 0)
        fake_promote(world, value);
    else
        return 2;
    return 0;
}

static int show(void) {
    for (size_t i = 0; i < FAKE_SLOTS; i++) {
        const struct fake_instance *old = &world->slot[i].old, *one = &world->slot[i].new_one;
        printf("%s%s%s ", old->serving ? old->version : "", old->serving && one->serving ? "+" : "",
               one->serving ? one->version : "");
    }
    printf("%s\n", world->lost ? "lost" : "kept");
    return 0;
}

int main(int argc, char **argv) {
    const char *folder = getenv("FAKE_WORLD");
    if (folder == NULL || argc < 2) return 2;
    world = fake_join(folder);
    if (strcmp(argv[1], "show") == 0) return show();
    if (strcmp(argv[1], "set") == 0) {
        int result = 0;
        for (int i = 2; i + 1 < argc; i += 2) result |= set(argv[i], argv[i + 1]);
        return result;
    }
    struct cli cli = {.command = "kzg"};
    struct cli_args args;
    char name[64];
    const struct cli_command *command = cli_find_command(argv[1]);
    output_install_signals();
    if (command == NULL) return 2;
    snprintf(name, sizeof name, "kzg %s", command->name);
    cli.command = name;
    enum cli_exit result = cli_args_parse(&cli, command, argv + 2, argc - 2, &args);
    if (result == CLI_OK) result = command->run(&cli, &args);
    cli_args_free(&args);
    return (int)result;
}
