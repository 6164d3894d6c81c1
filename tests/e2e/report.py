"""The counter of checks that the tests of what is deployed share: the service tests' own."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "service"))
from harness import Report  # noqa: E402

REPORT = Report()
check = REPORT.check
