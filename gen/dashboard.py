#!/usr/bin/env python3
"""deploy/grafana/kzgd.json from the table of panels below.

  dashboard.py            writes it
  dashboard.py --check    exit status 1 when the file is not what would be written

In a query S stands for the chosen job and instances, J for the job alone, R for a window that fits the zoom.
"""
import json
import os
import sys

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "deploy", "grafana", "kzgd.json")
SHORT = {"S": 'job="$job",instance=~"$instance"', "J": 'job="$job"', "R": "$__rate_interval"}


def query(text):
    for short, long in SHORT.items():
        for before, after in ("{}", ("{", ","), "[]"):
            text = text.replace(before + short + after, before + long + after)
    return text


def p(title, unit, *queries, kind="timeseries", note="", wide=8):
    """A panel. queries: expression, legend, expression, legend, ..."""
    pairs = list(zip(queries[::2], queries[1::2]))
    return {"title": title, "unit": unit, "queries": pairs, "kind": kind, "note": note, "wide": wide}


def stat(title, unit, expression, note=""):
    return p(title, unit, expression, "", kind="stat", note=note, wide=4)


def table(title, expression, note=""):
    return p(title, "short", expression, "", kind="table", note=note, wide=24)


def quantile(q, name, by, extra=""):
    return f"histogram_quantile({q}, sum by ({by}, le) (rate({name}_bucket{{S{extra}}}[R])))"


BURN = 'kzg:{0}_ratio_{1}{{J}} / on () group_left () (1 - kzg:{2}:objective)'

ROWS = [
    ("Overview and objectives", [
        stat("Instances that answer", "short", "sum(up{J})"),
        stat("Instances that are ready", "short", "sum(kzg_ready{S})"),
        stat("Alerts that fire", "short", 'count(ALERTS{J,alertstate="firing"}) or vector(0)'),
        stat("Operations a second", "ops", "sum(rate(kzg_operations_total{S}[R]))"),
        stat("Answers without 5xx, 1 h", "percentunit", "1 - kzg:availability:error_ratio_1h{J}"),
        stat("Operations within their bound, 1 h", "percentunit", "1 - kzg:latency:slow_ratio_1h{J}"),
        p("Availability: speed at which the budget burns", "short",
          BURN.format("availability:error", "1h", "availability"), "1 h (pages at 14.4)",
          BURN.format("availability:error", "6h", "availability"), "6 h (pages at 6)",
          BURN.format("availability:error", "3d", "availability"), "3 d (ticket at 1)",
          note="1 uses up the month's budget in a month.", wide=12),
        p("Latency: speed at which the budget burns", "short",
          BURN.format("latency:slow", "1h", "latency"), "1 h (pages at 14.4)",
          BURN.format("latency:slow", "6h", "latency"), "6 h (pages at 6)",
          BURN.format("latency:slow", "3d", "latency"), "3 d (ticket at 1)", wide=12),
        table("What runs", "kzg_build_info{S}"),
    ]),
    ("Operations and phases", [
        p("Operations", "ops", "sum by (operation) (rate(kzg_operations_total{S}[R]))", "{{operation}}"),
        p("Outcomes", "ops", "sum by (outcome) (rate(kzg_operation_outcomes_total{S}[R]))", "{{outcome}}",
          note="An invalid proof is an answer, a client's error is not ours, a server's error is."),
        p("Blobs and cells", "short", "sum(rate(kzg_blobs_processed_total{S}[R]))", "blobs a second",
          "sum(rate(kzg_cells_processed_total{S}[R]))", "cells a second"),
        p("Duration, median", "s",
          quantile(0.5, "kzg_operation_duration_seconds", "operation", ',status="ok"'), "{{operation}}"),
        p("Duration, 99th percentile", "s",
          quantile(0.99, "kzg_operation_duration_seconds", "operation", ',status="ok"'), "{{operation}}",
          "max by (operation) (kzg_objective_seconds{S})", "objective of {{operation}}"),
        p("Mean duration and calibrated CPU time", "s",
          "sum by (operation) (rate(kzg_operation_duration_seconds_sum{S}[R]))"
          " / sum by (operation) (rate(kzg_operation_duration_seconds_count{S}[R]))", "{{operation}}",
          "max by (operation, backend) (kzg_calibration_operation_seconds{S})", "calibrated {{operation}} {{backend}}"),
        p("Where the time goes", "s", "sum by (phase) (rate(kzg_phase_duration_seconds_sum{S}[R]))", "{{phase}}",
          note="Seconds spent in a phase in a second, all operations."),
        p("Phases of an operation, mean", "s",
          "sum by (operation, phase) (rate(kzg_phase_duration_seconds_sum{S}[R]))"
          " / sum by (operation, phase) (rate(kzg_phase_duration_seconds_count{S}[R]))", "{{operation}} {{phase}}"),
        p("By the names of beacon nodes, 99th percentile", "s",
          "histogram_quantile(0.99, sum by (le) (rate(beacon_kzg_verification_data_column_batch_seconds_bucket{S}[R])))",
          "verification of columns",
          "histogram_quantile(0.99, sum by (le) (rate(beacon_data_column_sidecar_computation_seconds_bucket{S}[R])))",
          "computation of sidecars"),
    ]),
    ("Queue, shedding, connections", [
        p("Queue", "short", "sum by (instance) (kzg_queue_depth{S})", "{{instance}}",
          "sum by (instance) (kzg_queue_capacity{S})", "capacity of {{instance}}"),
        p("How full the queue is", "percentunit", "kzg:queue:fill_ratio{S}", "{{instance}}"),
        p("Wait for a worker", "s", "histogram_quantile(0.5, sum by (le) (rate(kzg_queue_wait_seconds_bucket{S}[R])))",
          "median", "histogram_quantile(0.99, sum by (le) (rate(kzg_queue_wait_seconds_bucket{S}[R])))",
          "99th percentile"),
        p("Verifications taken together", "ops", "sum(rate(kzg_coalesced_requests_sum{S}[R]))", "requests",
          "sum(rate(kzg_coalesced_requests_count{S}[R]))", "pairing checks begun for them",
          note="Single verifications that waited at the same time (--coalesce): the further apart, the more is saved."),
        p("In work", "short", "sum by (instance) (kzg_operations_in_flight{S})", "{{instance}}",
          "sum by (instance) (kzg_workers{S})", "workers of {{instance}}"),
        p("Shed for load", "reqps", "sum by (reason) (rate(kzg_requests_shed_total{S}[R]))", "{{reason}}"),
        p("Rejected and abandoned", "reqps", "sum by (reason) (rate(kzg_requests_rejected_total{S}[R]))", "{{reason}}",
          "sum(rate(kzg_requests_abandoned_total{S}[R]))", "abandoned by the client"),
        p("Answers", "reqps", "sum by (code) (rate(kzg_http_responses_total{S}[R]))", "{{code}}"),
        p("Bodies", "Bps", "sum by (direction) (rate(kzg_http_body_bytes_total{S}[R]))", "{{direction}}"),
        p("Connections", "short", "sum by (listener) (kzg_connections{S})", "{{listener}}",
          "sum by (listener) (kzg_connections_limit{S})", "limit of {{listener}}"),
        p("Connections that come", "cps", "sum by (listener) (rate(kzg_connections_accepted_total{S}[R]))",
          "accepted {{listener}}", "sum by (listener) (rate(kzg_connections_refused_total{S}[R]))",
          "refused {{listener}}", "sum by (listener) (rate(kzg_connections_timed_out_total{S}[R]))",
          "timed out {{listener}}"),
    ]),
    ("Memory", [
        p("Working set and limits", "bytes", "kzg_memory_working_set_bytes{S}", "{{instance}}",
          "kzg_memory_limit_bytes{S}", "limit of {{instance}}", "kzg_memory_threshold_bytes{S}",
          "{{level}} of {{instance}}"),
        p("By purpose", "bytes", "sum by (tag) (kzg_memory_usage_bytes{S})", "{{tag}}"),
        p("Peak by purpose", "bytes", "max by (tag) (kzg_memory_peak_bytes{S})", "{{tag}}"),
        p("Reserved for requests", "bytes", "kzg_memory_reserved_bytes{S}", "{{instance}}",
          "kzg_memory_reservable_bytes{S}", "of {{instance}}"),
        p("Residual at idle", "bytes", "kzg_memory_residual_bytes{S}", "{{instance}}",
          note="What requests that are over still hold: anything but zero at idle is a leak."),
        p("Level and leak suspicion", "short", "max by (instance) (kzg_memory_level{S})",
          "level of {{instance}} (1 warn, 2 critical)", "sum by (tag) (kzg_memory_leak_suspected{S})", "leak in {{tag}}"),
        p("Heap", "bytes", "sum by (kind) (kzg_jemalloc_bytes{S})", "{{kind}}"),
        p("Process", "bytes", "process_resident_memory_bytes{S}", "resident {{instance}}",
          "process_virtual_memory_bytes{S}", "virtual {{instance}}"),
        p("Allocations", "ops", "sum by (tag) (rate(kzg_memory_allocations_total{S}[R]))", "{{tag}}"),
        p("Control group: memory events", "ops", "sum by (event) (rate(kzg_cgroup_memory_events_total{S}[R]))",
          "{{event}}"),
        p("Pressure", "percentunit", "max by (resource, kind) (kzg_pressure_ratio{S})", "{{resource}} {{kind}}",
          note="Share of the last 10 s in which some or all tasks waited."),
    ]),
    ("CPU", [
        p("Use and threshold", "percentunit", "kzg_cpu_usage_ratio{S}", "{{scope}} {{instance}}",
          "max(kzg_cpu_threshold_ratio{S})", "threshold"),
        p("Process", "short", "rate(process_cpu_seconds_total{S}[R])", "cores used {{instance}}",
          "kzg_cpu_available_cores{S}", "cores available {{instance}}"),
        p("Busy share of the workers", "percentunit",
          "sum by (instance, worker) (rate(kzg_worker_busy_seconds_total{S}[R]))", "{{instance}} {{worker}}"),
        p("CPU by operation", "short", "sum by (operation, backend) (rate(kzg_operation_cpu_seconds_total{S}[R]))",
          "{{operation}} {{backend}}", note="Cores."),
        p("Drift from calibration", "short", "kzg_cpu_drift_ratio{S}", "{{instance}}",
          note="CPU time of an operation over what was measured at start; 1 is as calibrated."),
        p("Throttled", "percentunit", "kzg:cpu_throttled:ratio_5m{S}", "periods {{instance}}",
          "rate(kzg_cpu_throttled_seconds_total{S}[R])", "seconds a second {{instance}}"),
        p("Steal and run-queue wait", "percentunit", "kzg_cpu_steal_ratio{S}", "steal {{instance}}",
          "kzg_cpu_run_wait_ratio{S}", "wait {{instance}}"),
    ]),
    ("Health and self-test", [
        p("State", "short", "kzg_health_state{S}", "{{instance}}",
          note="0 ok, 1 degraded, 2 failed, 3 has not run yet."),
        p("Checks", "short", "max by (check) (kzg_health_check_state{S})", "{{check}}",
          note="0 ok, 1 degraded, 2 failed, 3 has not run yet."),
        p("Self-tests", "ops", "sum by (result) (rate(kzg_self_test_runs_total{S}[R]))", "{{result}}"),
        p("Age of the last passed self-test", "s", "time() - kzg_self_test_last_success_timestamp_seconds{S}",
          "{{instance}}"),
        p("Results verified before they were returned", "ops",
          "sum by (result) (rate(kzg_results_verified_total{S}[R]))", "{{result}}"),
        p("Backends out of use", "short", "max by (instance, backend) (kzg_backend_quarantined{S})",
          "{{instance}} {{backend}}"),
        p("Watchdog", "short", "kzg_watchdog_stuck_workers{S}", "stuck workers {{instance}}",
          "increase(kzg_watchdog_fired_total{S}[R])", "fired {{instance}}"),
        table("How the previous process ended", "kzg_previous_end{S} == 1"),
    ]),
    ("Logs and errors", [
        p("Errors", "ops", "sum by (code) (rate(kzg_errors_total{S}[R]))", "{{code}}"),
        p("Spikes", "short", "sum by (instance) (increase(kzg_error_spikes_total{S}[R]))", "{{instance}}"),
        p("Log lines", "ops", "sum by (level) (rate(kzg_log_lines_total{S}[R]))", "{{level}}"),
        p("Log lines lost or left out", "ops", "sum(rate(kzg_log_lines_dropped_total{S}[R]))", "dropped",
          "sum(rate(kzg_log_lines_suppressed_total{S}[R]))", "repeated, suppressed"),
        p("Profiles captured", "short", "sum by (trigger) (kzg_profiles_captured_total{S})", "{{trigger}}",
          note="kzg profile captures, or /debug/pprof/captures on the administration address."),
        p("Flight recorder: failed writes", "ops", "sum by (instance) (rate(kzg_recorder_write_failures_total{S}[R]))",
          "{{instance}}"),
        p("Free disk", "percentunit", "kzg_disk_free_bytes{S} / kzg_disk_size_bytes{S}", "{{directory}} {{instance}}"),
    ]),
    ("Process and scrapes", [
        p("Uptime", "s", "time() - process_start_time_seconds{S}", "{{instance}}",
          "time() - kzg_previous_end_timestamp_seconds{S}", "since the previous process of {{instance}} ended"),
        p("Descriptors", "short", "process_open_fds{S}", "{{instance}}", "process_max_fds{S}", "limit of {{instance}}"),
        p("Threads", "short", "process_threads{S}", "{{instance}}"),
        p("Tables from the cache", "short", "kzg_table_cache_used{S}", "{{instance}}",
          note="1: those of --table-cache. 0: computed at the start."),
        p("Series", "short", "kzg_series{S}", "{{instance}}"),
        p("Scrapes", "ops", "rate(kzg_scrapes_total{S}[R])", "{{instance}}"),
        p("Time of a scrape", "s", "kzg_scrape_duration_seconds{S}", "{{instance}}"),
    ]),
]


def defaults(kind, unit):
    custom = {"fillOpacity": 8, "lineWidth": 1, "showPoints": "never"} if kind == "timeseries" else {}
    return {"defaults": {"unit": unit, "custom": custom, "min": 0} if kind != "table" else {}, "overrides": []}


def target(index, expression, legend, kind):
    one = {"refId": chr(ord("A") + index), "expr": query(expression), "datasource": {"uid": "$datasource"}}
    if kind == "timeseries":
        return {**one, "legendFormat": legend}
    return {**one, "instant": True, **({"format": "table"} if kind == "table" else {})}


def panel(number, spec, x, y):
    kind = spec["kind"]
    targets = [target(i, e, legend, kind) for i, (e, legend) in enumerate(spec["queries"])]
    options = {"stat": {"reduceOptions": {"calcs": ["lastNotNull"]}}, "table": {},
               "timeseries": {"legend": {"placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}}[kind]
    return {"id": number, "type": kind, "title": spec["title"], "description": spec["note"],
            "datasource": {"uid": "$datasource"}, "gridPos": {"x": x, "y": y, "w": spec["wide"], "h": height(spec)},
            "fieldConfig": defaults(kind, spec["unit"]), "options": options, "targets": targets}


def height(spec):
    return 4 if spec["kind"] == "stat" else 8


def layout():
    panels, y = [], 0
    for title, specs in ROWS:
        panels.append({"id": len(panels) + 1, "type": "row", "title": title, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}})
        x, y, line = 0, y + 1, 0
        for spec in specs:
            if x + spec["wide"] > 24:
                x, y = 0, y + line
            panels.append(panel(len(panels) + 1, spec, x, y))
            x, line = x + spec["wide"], height(spec)
        y += line
    return panels


def variables():
    chosen = {"type": "query", "datasource": {"uid": "$datasource"}, "refresh": 2, "sort": 1}
    return [
        {"type": "datasource", "name": "datasource", "query": "prometheus", "label": "Data source"},
        {**chosen, "name": "job", "label": "Job", "query": "label_values(kzg_build_info, job)"},
        {**chosen, "name": "instance", "label": "Instance", "multi": True, "includeAll": True, "allValue": ".*",
         "query": 'label_values(kzg_build_info{job="$job"}, instance)'},
    ]


def annotations():
    return [{"name": "Restarts", "enable": True, "datasource": {"uid": "$datasource"}, "iconColor": "red",
             "expr": query("changes(process_start_time_seconds{S}[R]) > 0"), "titleFormat": "restart",
             "textFormat": "{{instance}}"}]


def dashboard():
    return {"uid": "kzgd", "title": "kzgd", "tags": ["kzg"], "schemaVersion": 37, "version": 1, "editable": True,
            "refresh": "30s", "time": {"from": "now-3h", "to": "now"}, "graphTooltip": 1,
            "links": [{"type": "link", "title": "Runbook", "url": "docs/runbook.md", "targetBlank": True}],
            "templating": {"list": variables()}, "annotations": {"list": annotations()}, "panels": layout()}


def main(arguments):
    text = json.dumps(dashboard(), indent=1) + "\n"
    if arguments == ["--check"]:
        with open(PATH, encoding="utf-8") as file:
            if file.read() == text:
                return 0
        print("deploy/grafana/kzgd.json is not what gen/dashboard.py writes: run it, or change the script")
        return 1
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
