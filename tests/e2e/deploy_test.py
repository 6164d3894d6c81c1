"""deploy/prometheus and deploy/grafana against promtool, amtool, the list of metrics and docs/runbook.md."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import monitoring as m
from report import REPORT, check



def run(name, *command):
    done = subprocess.run(command, cwd=m.PROMETHEUS, capture_output=True, text=True, timeout=500)
    return name, done.returncode, done.stdout + done.stderr


def tools():
    """Two at a time: some of the tests live through days."""
    jobs = [("promtool check rules", "promtool", "check", "rules", *m.rule_files()),
            ("promtool check config", "promtool", "check", "config", "prometheus.yml"),
            ("amtool check-config", "amtool", "check-config", "alertmanager.yml")]
    jobs += [(f"promtool test rules {os.path.basename(path)}", "promtool", "test", "rules", path)
             for path in m.test_files()]
    with ThreadPoolExecutor(2) as pool:
        for name, status, said in pool.map(lambda job: run(*job), jobs):
            check(status == 0, name, said)


def alert_shape(name, text):
    severity = re.search(r"labels: \{severity: (\w+)\}", text)
    check(severity and severity.group(1) in ("page", "ticket", "info"), f"{name} has a severity", text)
    for field in ("summary", "description", "runbook_url"):
        check(f"          {field}: '" in text, f"{name} has a {field}", text)
    description = re.search(r"description: '(.*)'", text)
    check(description and "{{ $" in description.group(1) or "absent(" in text, f"{name} says which or how much", text)
    link = re.search(r"runbook_url: '\{\{ or \$externalLabels\.runbook_base \"docs/runbook\.md\" \}\}#(\w+)'", text)
    check(link and link.group(1) == name.lower(), f"{name} links to its section", text)
    profile = re.search(r"profile: '(.*)'", text)
    check(not profile or profile.group(1).endswith("/debug/pprof/captures"), f"{name}: profiles", text)


def alerts():
    found = m.all_rules("alert")
    check(len(found) > 30, "there are alerts", len(found))
    sections = m.sections(m.read(m.RUNBOOK))
    both = [case for path in m.test_files() for case in m.cases(m.read(path))]
    for name, text in found.items():
        alert_shape(name, text)
        check((name, True) in both, f"{name} has a case that fires")
        check((name, False) in both, f"{name} has a case that is silent")
        section = sections.get(name, "")
        missing = [word for word in ("**Means.**", "**Confirm.**", "**Do.**", "**Escalate**") if word not in section]
        check(not missing, f"{name} has a section in the runbook", f"without {missing}")
    for name in sections:
        check(name in found, f"section {name} of the runbook is about an alert")
    for name, _ in both:
        check(name in found, f"the case of {name} is about an alert")


def names():
    known = m.metrics()
    texts = [(os.path.basename(path), m.read(path)) for path in m.rule_files()]
    for file, text in texts:
        wrong = sorted({fault for _, _, rule in m.rules(text) for fault in m.faults(rule, known)})
        check(not wrong, f"{file}: its metrics and labels exist", wrong)
    for path in m.test_files():
        wrong = sorted(set(m.faults(re.sub(r"name: '.*'", "", m.read(path)), known)))
        check(not wrong, f"tests/{os.path.basename(path)}: its metrics and labels exist", wrong)
    recorded = m.all_rules("record")
    for title, expression in m.queries():
        wrong = sorted(m.faults(expression, known))
        wrong += [name for name in re.findall(r"\bkzg:[\w:]+", expression) if name not in recorded]
        check(not wrong, f"dashboard, {title}: its metrics and labels exist", wrong)
    shown = "".join(expression for _, expression in m.queries()) + "".join(text for _, text in texts)
    used = {m.family(name, known) for name, _ in m.uses(shown)}
    check(not set(known) - used, "every metric is in the dashboard or a rule", sorted(set(known) - used))


LIST = """
#define METRIC_X_VALUES(V) V(AT_X_1, "1") V(AT_X_2, "2")
#define METRIC_LABELS(L) L(X, "x", X) L(Y, "y", FREE)
#define METRIC_BUCKETS(B) B(TIME, 0.5, 1)
X(A, COUNTER, "kzg_a_total", "", (LABEL_X), NONE, "About a.") X(B, HISTOGRAM, "kzg_b_seconds", "seconds", (LABEL_Y), TIME, "b")
"""


def planted():
    """The reading of names sees what it must."""
    known = m.parse_list(LIST)
    check(known == {"kzg_a_total": {"x": {"1", "2"}}, "kzg_b_seconds": {"y": None, "le": {"0.5", "0.5.0", "1", "1.0", "+Inf"}}},
          "the list of metrics is read", known)
    for expression in ("rate(kzg_a_total[5m])", 'kzg_a_total{x=~"1|2"}', 'sum by (x) (kzg_a_total{x="1",job="j"})',
                       "kzg_b_seconds_bucket{le='1'} / on (y) kzg_b_seconds_count", "kzg:a:rate_5m > 1"):
        check(not list(m.faults(expression, known)), f"good: {expression}", list(m.faults(expression, known)))
    for expression in ("kzg_c", "kzg_a_bytes", 'kzg_a_total{y="1"}', "sum by (z) (kzg_a_total)", 'kzg_a_total{x="3"}',
                       "1 - kzg_a_total / kzg_aa_total", 'kzg_a_total{x=~"1|4"}', 'kzg_b_seconds_bucket{le="0.7"}'):
        check(list(m.faults(expression, known)), f"planted: {expression}")
    recorded = {"kzg:r:x": "record: kzg:r:x\n expr: rate(kzg:s:x[5m])", "kzg:s:x": "record: kzg:s:x\n expr: kzg_a_total"}
    check(m.reaches("kzg:r:x > 0", recorded, known) == {"kzg_a_total"}, "metrics are found through recorded series")
    check(list(m.cases("- {alertname: A, eval_time: 1m}\n- alertname: A\n exp_alerts:\n - exp_labels: {}"))
          == [("A", False), ("A", True)], "cases are told apart")


def main():
    m.need("promtool", "amtool")
    planted()
    alerts()
    names()
    tools()
    missing = sorted(m.not_exported())
    if missing:
        print(f"!! {len(missing)} metrics are used and not exported yet ({os.path.relpath(m.NOT_EXPORTED, m.ROOT)}, which "
              f"must be empty in a release): {' '.join(missing)}")
    return REPORT.end()


if __name__ == "__main__":
    sys.exit(main())
