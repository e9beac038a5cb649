"""Every run draws the same examples and leaves nothing behind, and says how many planted mistakes it caught."""

import os

from hypothesis import Phase, settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of workers begun after this: with a thread a core each they would wait

settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=25,
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
settings.load_profile("repeatable")


def pytest_terminal_summary(terminalreporter):
    outcomes = {
        outcome: sum("::test_planted_in" in report.nodeid for report in terminalreporter.getreports(outcome))
        for outcome in ("passed", "failed", "error")
    }
    if planted := sum(outcomes.values()):
        terminalreporter.line(f"planted mistakes caught: {outcomes['passed']}/{planted}")
