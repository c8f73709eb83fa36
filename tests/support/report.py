"""What bin/test adds to pytest: REQUIRE_ALL, and what failed before the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter

REQUIRE_ALL = os.environ.get("REQUIRE_ALL", "") not in ("", "0")


def _must_not_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where everything is required."""
    if not REQUIRE_ALL or not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"REQUIRE_ALL=1 allows no skip. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    _must_not_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _must_not_skip(report)
    return report


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    if failed := os.environ.get("FAILED_CHECKS"):
        terminalreporter.section("failed before the tests", red=True)
        for line in failed.split("; "):
            terminalreporter.line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A failed check fails the run, also when every test passes."""
    if os.environ.get("FAILED_CHECKS") and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
