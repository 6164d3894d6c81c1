/* A program's own check beside ready-made ones; a full check, what a probe would get, and a summary. */
#include <kzgops/health.h>

#include <stdio.h>

/* A check looks at one thing and says how it is. Here: how many wait in the program's queue. */
static void check_queue(void *user, kzgops_health_result *ret) {
    const int *waiting = user;
    ret->has_value = ret->has_limit = true;
    ret->value = *waiting;
    ret->limit = 100;
    snprintf(ret->unit, sizeof ret->unit, "requests");
    if (*waiting >= 100) {
        ret->state = KZGOPS_HEALTH_FAILED;
        snprintf(ret->message, sizeof ret->message, "the queue is full");
    }
}

static const char *add_checks(kzgops_health *health, int *waiting, kzgops_heartbeat *workers) {
    kzgops_health_check queue = {.name = "queue",
                                 .severity = KZGOPS_HEALTH_CRITICAL,
                                 .classes = KZGOPS_HEALTH_READINESS,
                                 .run = check_queue,
                                 .user = waiting};
    kzgops_health_check disk = {.name = "disk.root", .severity = KZGOPS_HEALTH_INFO};
    kzgops_health_check crew = {
        .name = "workers", .severity = KZGOPS_HEALTH_CRITICAL, .classes = KZGOPS_HEALTH_LIVENESS};
    const char *why = kzgops_health_add(health, &queue);
    if (why == NULL) why = kzgops_health_add_disk_space(health, &disk, "/", 0, 0);
    if (why == NULL) why = kzgops_health_add_heartbeats(health, &crew, workers, 2, 0);
    return why != NULL ? why : kzgops_health_start(health);
}

int main(void) {
    int waiting = 3;
    kzgops_heartbeat workers[2] = {{.name = "worker-0"}, {.name = "worker-1"}};
    const char *why = "no memory";
    kzgops_health *health = kzgops_health_new(NULL, &why);
    if (health != NULL) why = add_checks(health, &waiting, workers);
    if (health == NULL || why != NULL) {
        fprintf(stderr, "no health checker: %s\n", why);
        return 1;
    }
    kzgops_health_run(health); /* all of them, now; without it each runs by itself every ten seconds */

    char text[4096];
    kzgops_health_snapshot snapshot;
    kzgops_health_view ready = {.title = "readyz", .classes = KZGOPS_HEALTH_READINESS, .verbose = true};
    kzgops_health_report(health, &snapshot);
    kzgops_health_text(&snapshot, &ready, text, sizeof text);
    fputs(text, stdout);
    kzgops_health_json(&snapshot, NULL, text, sizeof text);
    puts(text);
    kzgops_health_summary(health, text, sizeof text);
    bool healthy = kzgops_health_is_healthy(health);
    printf("%s, %s\n", text, healthy ? "healthy" : "not healthy");
    kzgops_health_free(health);
    return healthy ? 0 : 1;
}
