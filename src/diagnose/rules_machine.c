/* What kzgd writes to and lives on: log, recorder, disks, descriptors, the clock. */
#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diagnose/prometheus.h"
#include "diagnose/rules.h"

#define DISK_FULL        0.05
#define DISK_LOW         0.10
#define DESCRIPTORS_HIGH 0.8
#define DESCRIPTORS_FULL 0.95

/* ---- Log, recorder
 * ------------------------------------------------------------------------------------------------- */

void rule_log_lines(const struct facts *facts, struct findings *findings) {
    double dropped = facts_metric(facts, "kzg_log_lines_dropped_total", NULL);
    double left_out = facts_metric(facts, "kzg_log_lines_suppressed_total", NULL);
    if (isnan(dropped) && isnan(left_out)) {
        find_unknown(findings, NULL, "whether log lines were lost: the metrics do not say it");
        return;
    }
    bool lost = dropped > 0;
    struct finding *finding = lost ? find(findings, SEVERITY_WARNING, NULL, "%.0f log lines were lost", dropped)
                              : left_out > 0
                                  ? find(findings, SEVERITY_INFO, NULL,
                                         "no log line was lost; repeated ones were left out, as --log-rate says")
                                  : find(findings, SEVERITY_OK, NULL, "no log line was lost");
    evidence_metric(finding, facts, "kzg_log_lines_dropped_total", NULL, "lost", "");
    evidence_metric(finding, facts, "kzg_log_lines_suppressed_total", NULL, "left out as repeated", "");
    if (!lost) return;
    find_means(finding,
               "What takes the log (disk, pipe, journal) is slower than the lines come. Requests never wait for it.");
    find_next(finding, "KzgLogLinesDropped", "%s", COMMAND("kzg log level info"));
}

void rule_log_level(const struct facts *facts, struct findings *findings) {
    const char *level = facts_text(facts, PAGE_LOG_LEVEL, "level");
    if (level == NULL) {
        find_unknown(findings, NULL, "the log's level: /debug/log-level does not say it");
        return;
    }
    bool debug = strcmp(level, "debug") == 0;
    struct finding *finding =
        find(findings, debug ? SEVERITY_INFO : SEVERITY_OK, NULL, "the log's level is %s", level);
    evidence_text(finding, facts, PAGE_LOG_LEVEL, "level", "level");
    if (!debug) return;
    find_means(finding, "A line is written for every request: disks fill, and lines may get lost under load.");
    find_next(finding, "KzgDiskFilling", "%s", COMMAND("kzg log level info"));
}

void rule_recorder(const struct facts *facts, struct findings *findings) {
    double failures = facts_metric(facts, "kzg_recorder_write_failures_total", NULL);
    if (isnan(failures)) return;
    struct finding *finding = failures > 0 ? find(findings, SEVERITY_WARNING, NULL,
                                                  "the flight recorder could not write %.0f records", failures)
                                           : find(findings, SEVERITY_OK, NULL, "the flight recorder writes");
    evidence_metric(finding, facts, "kzg_recorder_write_failures_total", NULL, "records not written", "");
    evidence_text(finding, facts, PAGE_CONFIG, "state-dir.value", "--state-dir is");
    evidence_text(finding, facts, PAGE_RECORDER, "trouble", "because");
    if (!(failures > 0)) return;
    find_means(finding, "The service is well, but the next crash or kill will not be explained.");
    find_next(finding, "KzgRecorderFailing", "%s; ls -ld the folder, df -h the disk", CURL("/debug/recorder"));
}

/* ---- Disk
 * ---------------------------------------------------------------------------------------------------------- */

static void judge_disk(struct findings *findings, const char *directory, const char *source, const char *path,
                       double free, double size) {
    bool full = free < DISK_FULL * size, low = free < DISK_LOW * size;
    struct finding *finding = find(findings,
                                   full  ? SEVERITY_CRITICAL
                                   : low ? SEVERITY_WARNING
                                         : SEVERITY_OK,
                                   directory,
                                   low ? "the disk of the %s directory has only %s of %s left"
                                       : "the disk of the %s directory has %s of %s left",
                                   directory, BYTES(free), BYTES(size));
    evidence_say(finding, source, path, free, "free %s (%.0f bytes)", BYTES(free), free);
    if (!low) return;
    find_means(finding, "kzgd serves on when it is full, but loses log lines, captures and the next post-mortem.");
    find_next(finding, full ? "KzgDiskFull" : "KzgDiskFilling",
              "df -h; df -i; make room, or rotate the log and send SIGHUP");
}

/* By kzgd's figures; for the state directory of one that does not answer, by our own. */
void rule_disk(const struct facts *facts, struct findings *findings) {
    const struct machine *machine = &facts->machine;
    struct prometheus_sample sample;
    const char *at = facts_has(facts, PAGE_METRICS) ? facts->page[PAGE_METRICS].body : "";
    bool any = false;
    while (prometheus_next(&at, "kzg_disk_free_bytes", &sample)) {
        char directory[32], label[64], path[96];
        prometheus_label(&sample, "directory", directory, sizeof directory);
        snprintf(label, sizeof label, "directory=\"%s\"", directory);
        snprintf(path, sizeof path, "kzg_disk_free_bytes{%s}", label);
        double size = facts_metric(facts, "kzg_disk_size_bytes", label);
        if (isnan(size)) continue;
        judge_disk(findings, directory, facts->page[PAGE_METRICS].source, path, sample.value, size);
        any = true;
    }
    if (!any && machine->here && machine->disk_size > 0)
        judge_disk(findings, "state", facts->state_dir, "", machine->disk_free, machine->disk_size);
}

/* ---- Descriptors, clock
 * -------------------------------------------------------------------------------------------- */

void rule_descriptors(const struct facts *facts, struct findings *findings) {
    double open = facts_metric(facts, "process_open_fds", NULL), most = facts_metric(facts, "process_max_fds", NULL);
    if (isnan(open) || isnan(most)) {
        find_unknown(findings, NULL, "how many descriptors are open: the metrics do not say it");
        return;
    }
    bool full = open >= DESCRIPTORS_FULL * most, high = open >= DESCRIPTORS_HIGH * most;
    struct finding *finding = find(findings,
                                   full   ? SEVERITY_CRITICAL
                                   : high ? SEVERITY_WARNING
                                          : SEVERITY_OK,
                                   NULL, "%.0f of %.0f descriptors are open", open, most);
    evidence_metric(finding, facts, "process_open_fds", NULL, "open", "");
    evidence_metric(finding, facts, "process_max_fds", NULL, "most", "");
    evidence_metric(finding, facts, "kzg_connections", NULL, "of them connections", "");
    if (!high) return;
    find_means(finding, "Without descriptors no connection is accepted and no file opened.");
    find_next(finding, "KzgHealthCheckFailed", "raise LimitNOFILE, or lower --max-connections");
}

void rule_clock(const struct facts *facts, struct findings *findings) {
    double steps = facts_number(facts, PAGE_CPU, "clock_steps"),
           more = facts_number(facts, PAGE_PROFILE, "clock_steps");
    if (isnan(steps) && isnan(more)) {
        find_unknown(findings, NULL, "steps of the clock: /debug/cpu does not say it");
        return;
    }
    bool stepped = steps > 0 || more > 0;
    struct finding *finding = find(findings, stepped ? SEVERITY_INFO : SEVERITY_OK, NULL,
                                   stepped ? "the clock was set while kzgd ran" : "the clock has run steadily");
    evidence_number(finding, facts, PAGE_CPU, "clock_steps", "steps", "");
    evidence_number(finding, facts, PAGE_PROFILE, "clock_steps", "steps seen by the profile", "");
    if (!stepped) return;
    find_means(finding,
               "Times in the log and windows of figures from before do not fit those after. Operations are not "
               "affected.");
    find_next(finding, "KzgHealthCheckFailed", "timedatectl; chronyc tracking");
}
