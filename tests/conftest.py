"""Takes checkouts of upstream test suites, and prints what the suite has covered."""

from collections import Counter
from pathlib import Path

import pytest

from tests.cpu.upstream.discover import UPSTREAM


def pytest_addoption(parser):
    """``--riscv-tests=PATH`` and ``--arch-test=PATH``."""
    group = parser.getgroup("upstream tests of the core")
    for option, repository in {u.option: u.repository for u in UPSTREAM}.items():
        group.addoption(option, metavar="PATH",
                        help=f"checkout of {repository}, whose tests are then run on the core")


def pytest_configure(config):
    """Refuses what is no checkout."""
    try:
        for upstream in UPSTREAM:
            _upstream_tests(config, upstream)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def _upstream_tests(config, upstream):
    """{name: source file}, or None without a checkout."""
    path = config.getoption(upstream.option)
    return None if path is None else upstream.find(Path(path).resolve())


def pytest_generate_tests(metafunc):
    """One case for each upstream test; where there is none, one that says why."""
    for upstream in UPSTREAM:
        if upstream.fixture in metafunc.fixturenames:
            tests = _upstream_tests(metafunc.config, upstream)
            reason = (f"needs {upstream.option}=PATH, a checkout of {upstream.repository}"
                      if tests is None else f"the checkout has nothing of {upstream.title}")
            metafunc.parametrize(upstream.fixture, [
                pytest.param(test, id=test[0]) for test in (tests or {}).items()
            ] or [pytest.param(None, id="none", marks=pytest.mark.skip(reason))])


def _report_upstream(terminalreporter):
    """One line for each upstream suite that was run."""
    for upstream in UPSTREAM:
        counts = Counter()
        for outcome in ("passed", "failed", "error", "skipped"):
            counts[outcome] = sum(
                f"::{upstream.test}[" in report.nodeid and "[none]" not in report.nodeid
                for report in terminalreporter.stats.get(outcome, ()))
        if counts.total():
            terminalreporter.write_line(
                f"{upstream.title}: {counts['passed']} passed, "
                f"{counts['failed'] + counts['error']} failed, "
                f"{counts['skipped']} not applicable")


def _area(nodeid):
    """Folder of a test below tests/, or the file where it lies directly in it."""
    parts = Path(nodeid.partition("::")[0]).parts
    inner = parts[parts.index("tests") + 1:] if "tests" in parts else parts
    return "/".join(inner[:-1]) or inner[-1]


def _report_functional_coverage(terminalreporter):
    """What tests have recorded as the property ``coverage``: lines for each."""
    for report in (*terminalreporter.stats.get("passed", ()),
                   *terminalreporter.stats.get("failed", ())):
        for name, lines in getattr(report, "user_properties", ()):
            if name == "coverage":
                terminalreporter.section(f"functional coverage of {report.nodeid}")
                for line in lines:
                    terminalreporter.write_line(line)


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
    _report_upstream(terminalreporter)
    _report_functional_coverage(terminalreporter)
