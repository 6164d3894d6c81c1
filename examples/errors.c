/* Errors of a service that reads numbers from its clients: grouped, counted, and a call when one kind comes a lot. */
#include <kzgops/errors.h>

#include <stdio.h>
#include <stdlib.h>

static void on_spike(void *user, const kzgops_errors_spike *spike) {
    (void)user;
    printf("spike: %s at %s, %llu in the last minute (usually %.1f), such as request %s\n", spike->code, spike->place,
           (unsigned long long)spike->last_minute, spike->usual, spike->request_id);
}

static void serve(kzgops_errors *errors, const char *body, int request) {
    char id[32], *end;
    snprintf(id, sizeof id, "req-%d", request);
    long value = strtol(body, &end, 10);
    if (*end != '\0') {
        KZGOPS_ERRORS_HERE(errors, "bad_number", "the body is not a number", id);
    } else if (value < 0) {
        KZGOPS_ERRORS_HERE(errors, "out_of_range", "the number is negative", id);
    }
}

int main(void) {
    static const char *const bodies[] = {"12", "twelve", "-3", "7", "x"};
    const char *why;
    kzgops_errors_config config = {.spiked = on_spike};
    kzgops_errors *errors = kzgops_errors_new(&config, &why);
    if (errors == NULL) {
        fprintf(stderr, "no error tracker: %s\n", why);
        return 1;
    }
    for (int request = 0; request < 40; request++) serve(errors, bodies[request % 5], request);

    kzgops_errors_group groups[16];
    kzgops_errors_snapshot snapshot;
    kzgops_errors_report(errors, groups, 16, &snapshot);

    char text[4096];
    kzgops_errors_report_text(&snapshot, text, sizeof text);
    fputs(text, stdout);
    kzgops_errors_report_json(&snapshot, text, sizeof text);
    puts(text);

    kzgops_errors_free(errors);
    return snapshot.count == 24 ? 0 : 1;
}
