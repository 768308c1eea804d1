"""Prints what the suite has covered, component by component."""

from collections import Counter
from pathlib import Path


def _area(nodeid):
    """Folder of a test below tests/, or the file where it lies directly in it."""
    parts = Path(nodeid.partition("::")[0]).parts
    inner = parts[parts.index("tests") + 1:] if "tests" in parts else parts
    return "/".join(inner[:-1]) or inner[-1]


def pytest_terminal_summary(terminalreporter):
    """One line for each area: tests passed, failed and skipped, and mutants killed."""
    areas = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            counts = areas.setdefault(_area(report.nodeid), Counter())
            counts[outcome] += 1
            counts["mutants"] += outcome == "passed" and "mutant" in report.nodeid.lower()
            counts["seconds"] += getattr(report, "duration", 0)
    if not areas:
        return
    terminalreporter.section("what was covered")
    for area, counts in sorted(areas.items()):
        failed = counts["failed"] + counts["error"]
        terminalreporter.write_line(
            f"{area:28} {counts['passed']:5} passed {failed:3} failed {counts['skipped']:3} skipped"
            f" {counts['mutants']:3} mutants killed {counts['seconds']:7.1f} s")
    total = sum(areas.values(), Counter())
    terminalreporter.write_line(
        f"{'all':28} {total['passed']:5} passed {total['failed'] + total['error']:3} failed"
        f" {total['skipped']:3} skipped {total['mutants']:3} mutants killed")
