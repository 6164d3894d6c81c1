/* Memory with libkzgops: who holds how much, how near the limit, and who grows. */
#include <kzgops/machine_memory.h>
#include <kzgops/memory.h>
#include <kzgops/memory_growth.h>

#include <stdio.h>
#include <stdlib.h>

enum { CACHE, REQUEST, TAGS };
static const char *const tags[TAGS] = {"cache", "request"};

static int64_t seconds;

/* An hour of a service in a blink: its watch over growth is given a clock of its own. */
static int64_t fast_clock(void *user) {
    (void)user;
    return seconds * 1000000000;
}

static char *list[400];

/* What a service does all day. One body in a hundred goes onto a list that nobody empties. */
static void serve(kzgops_memory *memory, uint64_t operation) {
    char *body = kzgops_memory_malloc(memory, REQUEST, 4096);
    if (body == NULL) exit(1);
    body[0] = 'x';
    if (operation % 100 != 0) {
        kzgops_memory_drop(memory, body);
    } else {
        list[operation / 100] = body;
    }
}

static void crossed(void *user, const kzgops_memory_crossing *crossing) {
    ++*(int *)user;
    printf("memory went from %s to %s: %llu of %llu bytes\n", kzgops_memory_level_name(crossing->from),
           kzgops_memory_level_name(crossing->to), (unsigned long long)crossing->value,
           (unsigned long long)crossing->limit);
}

int main(void) {
    static char text[8192];
    int crossings = 0;
    const char *error = NULL;
    const kzgops_sources sources = {.clock = {.monotonic_ns = fast_clock}};
    kzgops_memory *memory = kzgops_memory_new(&(kzgops_memory_config){.tags = tags, .tag_count = TAGS}, &error);
    kzgops_growth *growth =
        kzgops_growth_new(&(kzgops_growth_config){.tags = tags, .tag_count = TAGS, .sources = &sources}, &error);
    kzgops_memory_watch *watch = kzgops_memory_watch_new(
        &(kzgops_memory_watch_config){
            .warn.bytes = 1 << 20, .critical.bytes = 2 << 20, .crossed = crossed, .user = &crossings},
        &error);
    if (memory == NULL || growth == NULL || watch == NULL) {
        fprintf(stderr, "example: %s\n", error);
        return 1;
    }

    kzgops_machine_memory machine;
    kzgops_machine_memory_read(NULL, KZGOPS_READ_PSS, &machine);
    kzgops_machine_memory_text(&machine, text, sizeof text);
    printf("%s\n", text);

    void *cache = kzgops_memory_malloc(memory, CACHE, 500000);
    kzgops_memory_baseline(memory); /* idle: from here on, what stays is residue */
    uint64_t operations = 0;
    for (seconds = 0; seconds < 4000; seconds++) {
        kzgops_memory_snapshot now;
        for (int i = 0; i < 10; i++) serve(memory, operations++);
        kzgops_memory_report(memory, &now);
        kzgops_growth_sample(growth, (uint64_t[TAGS]){now.tag[CACHE].live_bytes, now.tag[REQUEST].live_bytes},
                             operations);
        kzgops_memory_watch_update(watch, kzgops_memory_current(memory), machine.limit);
    }

    kzgops_memory_snapshot snapshot;
    kzgops_memory_report(memory, &snapshot);
    kzgops_memory_report_text(&snapshot, text, sizeof text);
    printf("\n%s\n", text);
    kzgops_growth_text(growth, text, sizeof text);
    printf("%s", text);

    kzgops_growth_finding suspect;
    size_t suspects = kzgops_growth_suspects(growth, &suspect, 1);
    bool as_expected = suspects == 1 && suspect.tag == REQUEST && crossings == 2 && snapshot.all.residual_bytes > 0;
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) kzgops_memory_drop(memory, list[i]);
    kzgops_memory_drop(memory, cache);
    as_expected = as_expected && kzgops_memory_current(memory) == 0;
    kzgops_memory_watch_free(watch);
    kzgops_growth_free(growth);
    kzgops_memory_free(memory);
    return as_expected ? 0 : 1;
}
