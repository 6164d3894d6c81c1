"""The pages that test_metrics_text prints, in the hands of parsers that are not ours: strict readers of both formats, which
first show that they find planted faults, and promtool if it is installed.

    metrics_pages.py /path/to/test_metrics_text"""

import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
import openmetrics  # noqa: E402

PLANTED = [  # (form, what, by what)
    ("openmetrics", "# EOF\n", ""),
    ("openmetrics", "# EOF\n", "# EOF"),
    ("openmetrics", "# EOF\n", "\n# EOF\n"),
    ("openmetrics", "app_calls_total{", "app_calls{"),
    ("openmetrics", "# TYPE app_build info", "# TYPE app_build gauge"),
    ("openmetrics", "# UNIT app_busy_seconds seconds", "# UNIT app_busy_seconds minutes"),
    ("openmetrics", 'and \\\\ or', 'and \\ or'),
    ("openmetrics", 'by \\"kind\\"', 'by "kind"'),
    ("openmetrics", 'le="0.25"} 2', 'le="0.25"} 4'),
    ("openmetrics", "app_call_seconds_count{kind=\"read\"} 3", "app_call_seconds_count{kind=\"read\"} 2"),
    ("openmetrics", "0.000010001 1700000001", "0.000009 1700000001"),
    ("openmetrics", "# TYPE app_depth gauge\n", "# TYPE app_depth gauge\n# TYPE app_depth gauge\n"),
    ("openmetrics", "app_depth -0.5", "app_depth -0,5"),
    ("openmetrics", "app_idle_seconds_total 12.75", "app_idle_seconds_total -12.75"),
    ("openmetrics", "app_depth -0.5", "app_depth -0.5\napp_depth 1"),
    ("text", 'le="+Inf"} 3', 'le="3.0"} 3'),
    ("text", 'result="ok"} 0', 'result="ok"}  0'),
    ("text", 'kind="read",result="failed"', 'kind="read",kind="failed"'),
    ("text", "app_depth -0.5", "app_depth -0.5 # {a=\"b\"} 1"),
    ("text", "# HELP app_depth Depth.\n", ""),
]


def page(program, form):
    return subprocess.run([program, "--page", form], check=True, capture_output=True).stdout.decode()


def main():
    failed = 0
    pages = {form: page(sys.argv[1], form) for form in ("text", "openmetrics")}
    for form, text in pages.items():
        families = openmetrics.read(text, form)
        print(f"ok - {form}: {len(families)} families")
        failed += len(families) != 7
    calls = openmetrics.read(pages["openmetrics"], "openmetrics")["app_calls"]
    kinds = {sample.labels["kind"] for sample in calls.samples}
    good = kinds == {"read", "wr\"ite\\\n\u00e9"} and calls.help == 'Calls, by "kind" and \\ or\nresult.'
    print(f"{'ok' if good else 'not ok'} - what was escaped comes back")
    failed += not good
    for form, old, new in PLANTED:
        found = old in pages[form]
        try:
            openmetrics.read(pages[form].replace(old, new, 1), form)
        except ValueError:
            good = found
        else:
            good = False
        print(f"{'ok' if good else 'not ok'} - {form}: {old!r} for {new!r} is noticed")
        failed += not good
    if shutil.which("promtool"):
        check = subprocess.run(["promtool", "check", "metrics"], input=pages["text"], capture_output=True, text=True)
        good = check.returncode == 0
        print(f"{'ok' if good else 'not ok'} - promtool: {check.stdout}{check.stderr}")
        failed += not good
    else:
        print("!! SKIPPED promtool is not installed (package prometheus)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
