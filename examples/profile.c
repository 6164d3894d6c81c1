/* A program that measures its operations and their phases: by name, by hand, and with a duration that it has already.
 */
#include <kzgops/profile.h>

#include <stdio.h>

enum { SORT, SEARCH };
enum { FILL, ORDER };
static const char *const operations[] = {"sort", "search"};
static const char *const phases[] = {"fill", "order"};

static unsigned numbers[2000];

static void fill(void *user) {
    unsigned x = *(const unsigned *)user;
    for (unsigned i = 0; i < 2000; i++) numbers[i] = x = x * 1664525 + 1013904223;
}

static void order(void) {
    for (unsigned i = 1; i < 2000; i++) {
        unsigned k = i, x = numbers[i];
        for (; k > 0 && numbers[k - 1] > x; k--) numbers[k] = numbers[k - 1];
        numbers[k] = x;
    }
}

static unsigned search(unsigned x) {
    unsigned low = 0, high = 2000;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (numbers[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int main(void) {
    const char *why;
    kzgops_profile_config config = {
        .operations = operations, .operation_count = 2, .phases = phases, .phase_count = 2, .threads = 4};
    kzgops_profile *profile = kzgops_profile_new(&config, &why);
    if (profile == NULL) {
        fprintf(stderr, "no profiler: %s\n", why);
        return 1;
    }
    unsigned sum = 0;
    for (unsigned i = 0; i < 100; i++) {
        kzgops_profile_span whole = kzgops_profile_begin(profile, SORT, KZGOPS_PROFILE_WHOLE);
        kzgops_profile_measure(profile, "sort", "fill", fill, &i); /* by name */
        kzgops_profile_span part = kzgops_profile_begin(profile, SORT, ORDER);
        order();
        kzgops_profile_end(profile, &part);
        kzgops_profile_end(profile, &whole);

        kzgops_profile_span searches = kzgops_profile_begin(NULL, 0, 0); /* no profiler: costs nothing */
        for (unsigned k = 0; k < 1000; k++) sum += search(k * 4000000);
        kzgops_profile_end(NULL, &searches);
        kzgops_profile_record(profile, SEARCH, KZGOPS_PROFILE_WHOLE, 50 + i); /* a duration from elsewhere */
    }
    printf("found: %u\n", sum);

    kzgops_profile_entry entries[6];
    kzgops_profile_snapshot snapshot;
    kzgops_profile_report(profile, KZGOPS_PROFILE_MINUTE, entries, 6, &snapshot);

    char text[4096];
    kzgops_profile_report_text(&snapshot, text, sizeof text);
    fputs(text, stdout);
    kzgops_profile_report_json(&snapshot, text, sizeof text);
    puts(text);

    kzgops_profile_free(profile);
    return snapshot.entry_count == 4 && entries[0].count == 100 ? 0 : 1;
}
