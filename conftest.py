"""For all tests: those that want recordings look in $DISTRESS_DATA; how many were skipped is said aloud."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests want recordings that are not here: their skip reason names DISTRESS_DATA."""
    skipped = terminalreporter.stats.get("skipped", [])
    wanting = sum("DISTRESS_DATA" in str(report.longrepr) for report in skipped)
    if wanting:
        terminalreporter.write_line(
            f"{wanting} tests skipped for want of data: DISTRESS_DATA names no folder."
        )
