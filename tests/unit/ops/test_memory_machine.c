/* libkzgops: memory as the kernel sees it, on the machines of machines/memory_* and on this one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "kzgops/machine_memory.h"

#define MIB     ((uint64_t)1 << 20)
#define UNKNOWN KZGOPS_BYTES_UNKNOWN
#define TOTAL   ((uint64_t)8152840 * 1024)

static int64_t fixed_time(void *user) {
    (void)user;
    return 1700000000123456789;
}

static char proc_root[512], cgroup_root[512];

static void read_machine(const char *name, unsigned flags, kzgops_machine_memory *ret) {
    snprintf(proc_root, sizeof proc_root, "%s/%s/proc", MACHINES, name);
    snprintf(cgroup_root, sizeof cgroup_root, "%s/%s/cgroup", MACHINES, name);
    kzgops_sources sources = {.proc_root = proc_root, .cgroup_root = cgroup_root, .clock = {NULL, fixed_time, NULL}};
    memset(ret, 0x5a, sizeof *ret); /* nothing may stay as it was */
    kzgops_machine_memory_read(&sources, flags, ret);
    assert_int_equal(ret->when_ns, 1700000000123456789);
}

/* A folder below the machine's cgroup root, or "" for none. */
static void expect_path(const char *path, const char *below) {
    if (below == NULL) {
        assert_string_equal(path, "");
        return;
    }
    assert_int_equal(strncmp(path, cgroup_root, strlen(cgroup_root)), 0);
    assert_string_equal(path + strlen(cgroup_root), below);
}

/* ---- Groups and limits --------------------------------------------------------------------------------------- */

static const struct expected {
    const char *machine;
    kzgops_cgroup_version version;
    const char *path, *limit_path;
    bool guessed, incomplete;
    uint64_t usage, max, limit;
    uint64_t effective;
    kzgops_limit_source source;
} machines[] = {
    {"memory_v2_nested", KZGOPS_CGROUP_V2, "/system.slice/kzgd.service", "/system.slice", false, false, 120 * MIB,
     2048 * MIB, 1024 * MIB, 1024 * MIB, KZGOPS_LIMIT_CGROUP},
    {"memory_v2_container", KZGOPS_CGROUP_V2, "", "", false, false, 120 * MIB, 512 * MIB, 512 * MIB, 512 * MIB,
     KZGOPS_LIMIT_CGROUP},
    {"memory_v2_unlimited", KZGOPS_CGROUP_V2, "/user.slice/session-1.scope", NULL, false, false, 120 * MIB,
     KZGOPS_BYTES_UNLIMITED, KZGOPS_BYTES_UNLIMITED, TOTAL, KZGOPS_LIMIT_MACHINE},
    /* The controller is off in the process's own group: the one above accounts for it. */
    {"memory_v2_leaf_off", KZGOPS_CGROUP_V2, "/user.slice", "/user.slice", false, false, 200 * MIB, 768 * MIB,
     768 * MIB, 768 * MIB, KZGOPS_LIMIT_CGROUP},
    /* The path leads out of the namespace: nothing above the root is looked at. */
    {"memory_v2_moved", KZGOPS_CGROUP_V2, "", "", true, false, 120 * MIB, 512 * MIB, 512 * MIB, 512 * MIB,
     KZGOPS_LIMIT_CGROUP},
    {"memory_v2_partial", KZGOPS_CGROUP_V2, "/a/b", "/a", false, true, 120 * MIB, UNKNOWN, 1024 * MIB, 1024 * MIB,
     KZGOPS_LIMIT_CGROUP},
    /* No limit above, and the group's own cannot be read: that is not "unlimited". */
    {"memory_v2_partial_max", KZGOPS_CGROUP_V2, "/a/b", NULL, false, true, 120 * MIB, UNKNOWN, UNKNOWN, TOTAL,
     KZGOPS_LIMIT_MACHINE},
    /* The container sees its own group as the root; the host's limit above it is known from the kernel alone. */
    {"memory_v1_docker", KZGOPS_CGROUP_V1, "/memory", NULL, false, false, 120 * MIB, 1024 * MIB, 256 * MIB, 256 * MIB,
     KZGOPS_LIMIT_CGROUP},
    {"memory_v1_nested", KZGOPS_CGROUP_V1, "/memory/system.slice/kzgd.service", "/memory/system.slice", false, false,
     120 * MIB, 1024 * MIB, 768 * MIB, 768 * MIB, KZGOPS_LIMIT_CGROUP},
    {"memory_v1_unlimited", KZGOPS_CGROUP_V1, "/memory/jobs", NULL, false, false, 120 * MIB, KZGOPS_BYTES_UNLIMITED,
     KZGOPS_BYTES_UNLIMITED, TOTAL, KZGOPS_LIMIT_MACHINE},
    /* No mountinfo, a blank in the path, and the controller mounted together with another. */
    {"memory_v1_bare", KZGOPS_CGROUP_V1, "/memory/kube pods/p1", "/memory/kube pods/p1", false, false, 120 * MIB,
     512 * MIB, 512 * MIB, 512 * MIB, KZGOPS_LIMIT_CGROUP},
    {"memory_v1_gone", KZGOPS_CGROUP_V1, "/memory/jobs", "/memory/jobs", true, false, 120 * MIB, 512 * MIB, 512 * MIB,
     512 * MIB, KZGOPS_LIMIT_CGROUP},
    {"memory_hybrid", KZGOPS_CGROUP_V1, "/memory/process_api/ab12", "/memory/process_api/ab12", false, false,
     120 * MIB, 384 * MIB, 384 * MIB, 384 * MIB, KZGOPS_LIMIT_CGROUP},
    {"memory_hybrid_v2", KZGOPS_CGROUP_V2, "/unified/a", "/unified/a", false, false, 120 * MIB, 256 * MIB, 256 * MIB,
     256 * MIB, KZGOPS_LIMIT_CGROUP},
    {"memory_none", KZGOPS_CGROUP_NONE, NULL, NULL, false, false, UNKNOWN, UNKNOWN, KZGOPS_BYTES_UNLIMITED, TOTAL,
     KZGOPS_LIMIT_MACHINE},
    {"memory_garbage", KZGOPS_CGROUP_V2, "/a", NULL, false, true, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN,
     KZGOPS_LIMIT_UNKNOWN},
    {"memory_empty", KZGOPS_CGROUP_V2, "/a", NULL, false, true, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN,
     KZGOPS_LIMIT_UNKNOWN},
};

static void cgroup__is_found_and_its_chain_of_limits_read(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        const struct expected *want = &machines[i];
        kzgops_machine_memory got;
        print_message("  %s\n", want->machine);
        read_machine(want->machine, 0, &got);
        assert_int_equal(got.cgroup.version, want->version);
        expect_path(got.cgroup.path, want->path);
        expect_path(got.cgroup.limit_path, want->limit_path);
        assert_int_equal(got.cgroup.path_guessed, want->guessed);
        assert_int_equal(got.cgroup.limit_incomplete, want->incomplete);
        assert_int_equal(got.cgroup.usage, want->usage);
        assert_int_equal(got.cgroup.max, want->max);
        assert_int_equal(got.cgroup.limit, want->limit);
        assert_int_equal(got.limit, want->effective);
        assert_int_equal(got.limit_source, want->source);
        assert_int_equal(got.limit_incomplete, want->incomplete || want->limit == UNKNOWN);
    }
}

static void machines__are_all_in_the_table(void **state) {
    (void)state;
    DIR *folder = opendir(MACHINES);
    struct dirent *entry;
    size_t found = 0;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, "memory_", 7) != 0) continue;
        size_t i = 0;
        while (i < sizeof machines / sizeof machines[0] && strcmp(machines[i].machine, entry->d_name) != 0) i++;
        assert_true(i < sizeof machines / sizeof machines[0]);
        found++;
    }
    closedir(folder);
    assert_int_equal(found, sizeof machines / sizeof machines[0]);
}

/* ---- Every figure -------------------------------------------------------------------------------------------- */

static void expect_process(const kzgops_process_memory *process, bool with_pss) {
    assert_int_equal(process->rss, 104448u * 1024);
    assert_int_equal(process->rss_anonymous, 98304u * 1024);
    assert_int_equal(process->rss_file, 6144u * 1024);
    assert_int_equal(process->rss_shared, 0);
    assert_int_equal(process->rss_peak, 120064u * 1024);
    assert_int_equal(process->swap, 512u * 1024);
    assert_int_equal(process->virtual_size, 498688u * 1024);
    assert_int_equal(process->pss, with_pss ? 99001u * 1024 : UNKNOWN);
    assert_int_equal(process->virtual_limit, KZGOPS_BYTES_UNLIMITED);
}

static void expect_pressure(const kzgops_pressure *pressure) {
    assert_true(pressure->known && pressure->full_known);
    assert_float_equal(pressure->some_avg10, 0.15, 1e-9);
    assert_float_equal(pressure->some_avg60, 1.2, 1e-9);
    assert_float_equal(pressure->some_avg300, 12.34, 1e-9);
    assert_int_equal(pressure->some_total_us, 987654321);
    assert_float_equal(pressure->full_avg10, 0, 1e-9);
    assert_float_equal(pressure->full_avg60, 0.5, 1e-9);
    assert_float_equal(pressure->full_avg300, 7, 1e-9);
    assert_int_equal(pressure->full_total_us, 123456);
}

static void figures__of_v2_are_read(void **state) {
    (void)state;
    kzgops_machine_memory got;
    read_machine("memory_v2_nested", KZGOPS_READ_PSS, &got);
    expect_process(&got.process, true);
    assert_int_equal(got.system.total, TOTAL);
    assert_int_equal(got.system.available, 4096 * MIB);
    assert_int_equal(got.system.free, 1024 * MIB);
    assert_int_equal(got.system.swap_total, 2097148u * (uint64_t)1024);
    assert_int_equal(got.system.swap_free, 1024 * MIB);
    expect_pressure(&got.system.pressure);
    expect_pressure(&got.cgroup.pressure);
    assert_int_equal(got.cgroup.high, 1536 * MIB);
    assert_int_equal(got.cgroup.peak, 128 * MIB);
    assert_int_equal(got.cgroup.anonymous, 90 * MIB);
    assert_int_equal(got.cgroup.file, 30 * MIB);
    assert_int_equal(got.cgroup.working_set, 100 * MIB);
    assert_int_equal(got.cgroup.events_low, 0);
    assert_int_equal(got.cgroup.events_high, 7);
    assert_int_equal(got.cgroup.events_max, 42);
    assert_int_equal(got.cgroup.events_oom, 2);
    assert_int_equal(got.cgroup.oom_kills, 1);
    assert_int_equal(got.cgroup.events_oom_group_kill, 0);
    assert_int_equal(got.cgroup.failcnt, UNKNOWN);
    assert_int_equal(got.cgroup.under_oom, UNKNOWN);
    read_machine("memory_v2_container", 0, &got);
    assert_int_equal(got.process.virtual_limit, 1024 * MIB);
}

static void figures__of_v1_are_read(void **state) {
    (void)state;
    kzgops_machine_memory got;
    read_machine("memory_v1_docker", 0, &got);
    expect_process(&got.process, false);
    assert_int_equal(got.cgroup.peak, 128 * MIB);
    assert_int_equal(got.cgroup.failcnt, 42);
    assert_int_equal(got.cgroup.failcnt_with_swap, 17);
    assert_int_equal(got.cgroup.oom_kill_disabled, 0);
    assert_int_equal(got.cgroup.under_oom, 1);
    assert_int_equal(got.cgroup.oom_kills, 3);
    assert_int_equal(got.cgroup.anonymous, 94371841);
    assert_int_equal(got.cgroup.file, 31457281);
    assert_int_equal(got.cgroup.working_set, 100 * MIB);
    assert_int_equal(got.cgroup.high, UNKNOWN);
    assert_int_equal(got.cgroup.events_max, UNKNOWN);
    assert_false(got.cgroup.pressure.known);
}

/* What can be read of a group beside its path and version, and of the process and the machine. */
static void expect_all_unknown(const kzgops_machine_memory *got) {
    const uint64_t figures[] = {
        got->process.rss,
        got->process.rss_anonymous,
        got->process.rss_file,
        got->process.rss_shared,
        got->process.rss_peak,
        got->process.swap,
        got->process.pss,
        got->process.virtual_size,
        got->process.virtual_limit,
        got->system.total,
        got->system.available,
        got->system.free,
        got->system.swap_total,
        got->system.swap_free,
        got->cgroup.usage,
        got->cgroup.working_set,
        got->cgroup.peak,
        got->cgroup.anonymous,
        got->cgroup.file,
        got->cgroup.max,
        got->cgroup.high,
        got->cgroup.limit,
        got->cgroup.events_low,
        got->cgroup.events_high,
        got->cgroup.events_max,
        got->cgroup.events_oom,
        got->cgroup.oom_kills,
        got->cgroup.failcnt,
        got->cgroup.failcnt_with_swap,
        got->cgroup.under_oom,
        got->cgroup.events_oom_group_kill,
        got->limit,
        got->cgroup.oom_kill_disabled,
    };
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        if (figures[i] != UNKNOWN) fail_msg("figure %zu is %llu", i, (unsigned long long)figures[i]);
    }
    assert_false(got->system.pressure.known || got->system.pressure.full_known);
    assert_false(got->cgroup.pressure.known || got->cgroup.pressure.full_known);
    assert_int_equal(got->limit_source, KZGOPS_LIMIT_UNKNOWN);
    assert_true(got->limit_incomplete);
}

static void unknown__is_what_garbage_and_absence_give(void **state) {
    (void)state;
    kzgops_machine_memory got;
    static const char *const names[] = {"memory_garbage", "memory_empty", "memory_that_does_not_exist"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        print_message("  %s\n", names[i]);
        read_machine(names[i], KZGOPS_READ_PSS, &got);
        expect_all_unknown(&got);
    }
    assert_int_equal(got.cgroup.version, KZGOPS_CGROUP_NONE);
}

/* Roots that make every path too long. */
static void unknown__is_what_an_endless_root_gives(void **state) {
    (void)state;
    static char endless[5000];
    kzgops_machine_memory got;
    memset(endless, 'x', sizeof endless - 1);
    endless[0] = '/';
    kzgops_sources sources = {.proc_root = endless, .cgroup_root = endless};
    kzgops_machine_memory_read(&sources, KZGOPS_READ_PSS, &got);
    expect_all_unknown(&got);
}

/* ---- Files that are hard to read ----------------------------------------------------------------------------- */

static char folder[] = "/tmp/kzgops_memory_XXXXXX";

static void put(const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = path + sizeof folder; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void drop(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)remove(path);
}

static void read_folder(kzgops_machine_memory *ret) {
    snprintf(proc_root, sizeof proc_root, "%s/proc", folder);
    snprintf(cgroup_root, sizeof cgroup_root, "%s/cgroup", folder);
    kzgops_sources sources = {.proc_root = proc_root, .cgroup_root = cgroup_root};
    kzgops_machine_memory_read(&sources, KZGOPS_READ_PSS, ret);
}

/* Lines longer than any buffer before and behind the wanted ones, and no newline at the end. */
static void files__with_endless_lines_are_still_read(void **state) {
    (void)state;
    static char text[200000];
    kzgops_machine_memory got;
    for (size_t length = 4000; length < 4200; length++) {
        size_t at = (size_t)snprintf(text, sizeof text, "VmHWM: 7 kB\n");
        memset(text + at, 'z', length);
        at += length;
        at += (size_t)snprintf(text + at, sizeof text - at, "\nVmRSS:\t  12 kB\n");
        memset(text + at, 'z', 3 * length);
        at += 3 * length;
        snprintf(text + at, sizeof text - at, "\nVmSize: 34 kB");
        put("proc/self/status", text);
        read_folder(&got);
        assert_int_equal(got.process.rss_peak, 7 * 1024);
        assert_int_equal(got.process.rss, 12 * 1024);
        assert_int_equal(got.process.virtual_size, 34 * 1024);
    }
    drop("proc/self/status");
}

static void numbers__are_taken_whole_or_not_at_all(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {{"0\n", 0},
                 {"0", 0},
                 {"00017\n", 17},
                 {"9223372036854775807\n", INT64_MAX},
                 {"9223372036854775808\n", UNKNOWN},
                 {"18446744073709551615\n", UNKNOWN},
                 {"99999999999999999999999\n", UNKNOWN},
                 {"", UNKNOWN},
                 {"\n", UNKNOWN},
                 {" 1\n", UNKNOWN},
                 {"1 \n", UNKNOWN},
                 {"+1\n", UNKNOWN},
                 {"-1\n", UNKNOWN},
                 {"1.0\n", UNKNOWN},
                 {"1e3\n", UNKNOWN},
                 {"max\n", UNKNOWN},
                 {"1\n2\n", UNKNOWN},
                 {"1\r\n", UNKNOWN}};
    kzgops_machine_memory got;
    put("proc/self/cgroup", "0::/\n");
    put("cgroup/cgroup.controllers", "memory\n");
    put("cgroup/memory.max", "max\n");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put("cgroup/memory.current", cases[i].text);
        read_folder(&got);
        assert_int_equal(got.cgroup.usage, cases[i].value);
    }
    assert_int_equal(got.cgroup.limit, KZGOPS_BYTES_UNLIMITED);
}

/* A group's name can hold what /proc escapes, and dots that are no way up. */
static void paths__with_odd_names_are_followed(void **state) {
    (void)state;
    kzgops_machine_memory got;
    put("proc/self/mountinfo", "31 22 0:27 /odd\\040root\\134 /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    put("cgroup/cgroup.controllers", "memory\n");
    put("cgroup/..x/y../memory.max", "1048576\n");
    put("cgroup/..x/y../memory.current", "4096\n");
    put("proc/self/cgroup", "0::/odd root\\/..x/y..\n");
    read_folder(&got);
    expect_path(got.cgroup.path, "/..x/y..");
    assert_int_equal(got.limit, MIB);
    assert_false(got.cgroup.path_guessed);
    put("proc/self/cgroup", "0::/odd root\\/..x/../../..\n");
    read_folder(&got);
    expect_path(got.cgroup.path, "");
    assert_true(got.cgroup.path_guessed);
    put("proc/self/cgroup", "0::/odd rootless/..x\n"); /* beside what is mounted, not below it */
    read_folder(&got);
    assert_true(got.cgroup.path_guessed);
    drop("proc/self/mountinfo");
}

/* ---- Reports ------------------------------------------------------------------------------------------------- */

static void check_writer(size_t (*write)(const kzgops_machine_memory *, char *, size_t),
                         const kzgops_machine_memory *memory) {
    static char whole[16384], part[16384];
    size_t length = write(memory, whole, sizeof whole);
    assert_true(length < sizeof whole && strlen(whole) == length);
    assert_int_equal(write(memory, NULL, 0), length);
    for (size_t size = 1; size <= length + 1; size += size < 50 || size + 50 > length ? 1 : 37) {
        memset(part, '#', sizeof part);
        assert_int_equal(write(memory, part, size), length);
        assert_int_equal(strlen(part), size - 1);
        assert_memory_equal(part, whole, size - 1);
        assert_int_equal(part[size], '#');
    }
}

static json_object *member(json_object *object, const char *group, const char *key) {
    json_object *found = object;
    if (group != NULL) assert_true(json_object_object_get_ex(object, group, &found));
    assert_true(json_object_object_get_ex(found, key, &found));
    return found;
}

static json_object *json_of(const kzgops_machine_memory *memory) {
    static char text[16384];
    assert_true(kzgops_machine_memory_json(memory, text, sizeof text) < sizeof text);
    enum json_tokener_error error;
    json_object *root = json_tokener_parse_verbose(text, &error);
    assert_int_equal(error, json_tokener_success);
    return root;
}

static void reports__tell_known_unknown_and_unlimited_apart(void **state) {
    (void)state;
    static char text[16384];
    kzgops_machine_memory got;
    read_machine("memory_v2_unlimited", 0, &got);
    check_writer(kzgops_machine_memory_text, &got);
    check_writer(kzgops_machine_memory_json, &got);
    json_object *root = json_of(&got);
    assert_string_equal(json_object_get_string(member(root, "cgroup", "limit_bytes")), "unlimited");
    assert_int_equal(json_object_get_int64(member(root, "cgroup", "usage_bytes")), 120 * MIB);
    assert_null(member(root, "process", "rss_bytes"));
    assert_int_equal(json_object_get_int64(member(root, NULL, "limit_bytes")), TOTAL);
    assert_string_equal(json_object_get_string(member(root, NULL, "limit_source")), "machine");
    assert_float_equal(json_object_get_double(member(root, NULL, "time")), 1700000000.123, 1e-4);
    json_object_put(root);
    read_machine("memory_v1_docker", 0, &got);
    kzgops_machine_memory_text(&got, text, sizeof text);
    assert_non_null(strstr(text, "limit 256.0 MiB (cgroup)"));
    assert_null(strstr(text, "throttled"));
    read_machine("memory_that_does_not_exist", 0, &got);
    kzgops_machine_memory_text(&got, text, sizeof text);
    assert_non_null(strstr(text, "limit unknown (unknown), perhaps less"));
    assert_null(strstr(text, " 0 B"));
}

static void json__has_points_whatever_the_locale(void **state) {
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8"};
    kzgops_machine_memory got;
    const char *set = NULL;
    for (size_t i = 0; set == NULL && i < sizeof names / sizeof names[0]; i++) set = setlocale(LC_NUMERIC, names[i]);
    if (set == NULL) print_message("  no locale with a decimal comma is installed: tried in the usual one only\n");
    read_machine("memory_v2_nested", 0, &got);
    json_object *root = json_of(&got), *pressure = NULL;
    expect_pressure(&got.system.pressure);
    pressure = member(root, "system", "pressure");
    assert_float_equal(json_object_get_double(member(pressure, NULL, "some_avg300")), 12.34, 1e-9);
    json_object_put(root);
    setlocale(LC_NUMERIC, "C");
}

/* ---- This machine -------------------------------------------------------------------------------------------- */

static void here__figures_are_those_of_this_process(void **state) {
    (void)state;
    kzgops_machine_memory before, after;
    const size_t bytes = 32 * MIB;
    kzgops_machine_memory_read(NULL, KZGOPS_READ_PSS, &before);
    assert_true(before.process.rss != UNKNOWN && before.process.rss > 100000);
    assert_true(before.process.rss_peak >= before.process.rss);
    assert_true(before.system.total != UNKNOWN && before.process.rss < before.system.total);
    assert_true(before.system.available <= before.system.total);
    assert_true(before.limit != UNKNOWN && before.limit <= before.system.total);
    assert_true(before.when_ns > 1600000000000000000);
    char *block = malloc(bytes);
    assert_non_null(block);
    for (size_t i = 0; i < bytes; i += 512) ((volatile char *)block)[i] = (char)i;
    kzgops_machine_memory_read(NULL, KZGOPS_READ_PSS, &after);
    assert_true(after.process.rss >= before.process.rss + bytes / 2);
    if (before.process.pss != UNKNOWN) assert_true(after.process.pss >= before.process.pss + bytes / 2);
    free(block);
    assert_int_equal(after.jemalloc.available, false); /* this program is not linked with it */
    assert_int_equal(after.jemalloc.allocated, UNKNOWN);
    json_object_put(json_of(&after));
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
    static const char *const names[] = {"proc/self/cgroup",
                                        "proc/self",
                                        "proc",
                                        "cgroup/..x/y../memory.max",
                                        "cgroup/..x/y../memory.current",
                                        "cgroup/..x/y..",
                                        "cgroup/..x",
                                        "cgroup/memory.current",
                                        "cgroup/memory.max",
                                        "cgroup/cgroup.controllers",
                                        "cgroup"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) drop(names[i]);
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cgroup__is_found_and_its_chain_of_limits_read),
        cmocka_unit_test(machines__are_all_in_the_table),
        cmocka_unit_test(figures__of_v2_are_read),
        cmocka_unit_test(figures__of_v1_are_read),
        cmocka_unit_test(unknown__is_what_garbage_and_absence_give),
        cmocka_unit_test(unknown__is_what_an_endless_root_gives),
        cmocka_unit_test(files__with_endless_lines_are_still_read),
        cmocka_unit_test(numbers__are_taken_whole_or_not_at_all),
        cmocka_unit_test(paths__with_odd_names_are_followed),
        cmocka_unit_test(reports__tell_known_unknown_and_unlimited_apart),
        cmocka_unit_test(json__has_points_whatever_the_locale),
        cmocka_unit_test(here__figures_are_those_of_this_process),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
