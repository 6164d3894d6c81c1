/* A program that profiles itself for a moment: its CPU time by function and operation, as a profile for `go tool
 * pprof` and as a flame graph.
 *
 *   example_sampler [FOLDER]     writes FOLDER/cpu.pb.gz and FOLDER/cpu.svg */
#include <kzgops/flame.h>
#include <kzgops/sampler.h>

#include <stdio.h>

static unsigned numbers[3000];

static void fill(unsigned x) {
    for (unsigned i = 0; i < 3000; i++) numbers[i] = x = x * 1664525 + 1013904223;
}

static void sort(void) {
    for (unsigned i = 1; i < 3000; i++) {
        unsigned k = i, x = numbers[i];
        for (; k > 0 && numbers[k - 1] > x; k--) numbers[k] = numbers[k - 1];
        numbers[k] = x;
    }
}

static void save(const char *folder, const char *name, const void *data, size_t size) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size) fprintf(stderr, "%s cannot be written\n", path);
    if (file != NULL) fclose(file);
}

static const char *report(kzgops_sampler *sampler, const char *folder) {
    kzgops_sampler_bytes profile, folded;
    kzgops_flame flame;
    const char *error = kzgops_sampler_encode(sampler, KZGOPS_SAMPLER_PPROF, &profile);
    if (error != NULL) return error;
    if (folder != NULL) save(folder, "cpu.pb.gz", profile.data, profile.size);
    kzgops_sampler_release(&profile);

    error = kzgops_sampler_encode(sampler, KZGOPS_SAMPLER_FOLDED, &folded);
    if (error != NULL) return error;
    printf("%.*s", (int)folded.size, (const char *)folded.data);
    error = kzgops_flame_svg(NULL, folded.data, folded.size, &flame);
    kzgops_sampler_release(&folded);
    if (error != NULL) return error;
    if (folder != NULL) save(folder, "cpu.svg", flame.data, flame.size);
    kzgops_flame_release(&flame);
    return NULL;
}

int main(int argc, char **argv) {
    const kzgops_sampler_config config = {.hertz = 250, .limit_ns = 30000000000};
    const char *error;
    kzgops_sampler_stats stats;
    kzgops_sampler_attach("main"); /* each thread that works, once */
    kzgops_sampler *sampler = kzgops_sampler_start(&config, &error);
    if (sampler == NULL) {
        fprintf(stderr, "no profile: %s\n", error);
        return 1;
    }
    do {
        for (unsigned i = 0; i < 20; i++) {
            kzgops_sampler_label("fill", NULL);
            for (unsigned k = 0; k < 100; k++) fill(k);
            kzgops_sampler_label("sort", NULL);
            sort();
        }
        kzgops_sampler_label(NULL, NULL);
        kzgops_sampler_read(sampler, &stats);
    } while (stats.samples < 40 && !stats.limited);
    error = report(sampler, argc > 1 ? argv[1] : NULL);
    if (error != NULL) fprintf(stderr, "%s\n", error);
    printf("%llu samples, %.0f ms of CPU time\n", (unsigned long long)stats.samples,
           (double)stats.samples * (double)stats.period_ns / 1e6);
    kzgops_sampler_free(sampler);
    return error == NULL && stats.samples > 0 ? 0 : 1;
}
