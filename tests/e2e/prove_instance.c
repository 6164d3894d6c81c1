/* Holds a running kzgd against what kzg upgrade expects of an instance, by the tool's own objects: known answers,
 * cross-verification and random requests, all with itself.
 *
 *   prove_instance API ADMIN VERSION SEED-COUNT    exit status 0: proven; 1: "CODE: MESSAGE" on standard output */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/upgrade_answers.h"
#include "upgrade/settings.h"
#include "upgrade/verify.h"

const struct cli_command *const cli_commands[] = {&cli_help};
const size_t cli_command_count = 1;

static bool prove(const struct verify *verify, const struct upgrade_instance *instance, const char *version,
                  size_t count) {
    char *metrics = NULL;
    bool good = verify_instance(verify, instance, version) && verify_cross(verify, instance, instance) &&
                verify_shadow(verify, instance, instance, count, true) &&
                (metrics = verify_scrape(verify, instance)) != NULL;
    free(metrics);
    return good;
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    struct cli cli = {.command = "prove_instance"};
    const struct cli_args args = {0};
    struct answers *answers;
    struct transport transport;
    struct upgrade_settings settings;
    struct upgrade_failure failure = {0};
    struct upgrade_instance instance = {.state = UPGRADE_RUNNING, .name = "it"};
    snprintf(instance.api, sizeof instance.api, "%s", argv[1]);
    snprintf(instance.admin, sizeof instance.admin, "%s", argv[2]);
    settings_init(&settings);
    transport_curl_open(&transport);
    int result = 2;
    if (answers_open(&cli, &args, &answers) == CLI_OK && transport.user != NULL) {
        const struct verify verify = {&transport, answers_get(answers), &settings, &failure};
        printf("%zu known answers\n", verify.answers->known_count);
        bool good = prove(&verify, &instance, argv[3], strtoul(argv[4], NULL, 10));
        if (!good) printf("%s: %s\n%s\n", failure.code, failure.message, failure.output);
        result = good ? 0 : 1;
    }
    transport_curl_close(&transport);
    answers_close(answers);
    return result;
}
