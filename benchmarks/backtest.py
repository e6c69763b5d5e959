"""A year of the generated sample under four policies: alarms, delays, trainings and what these gained.

The chart in docs/monitoring.md is a screenshot of the page that this replay leaves with `--page`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from results import markdown_table, record

if TYPE_CHECKING:
    from tagstack.backtest.report import BacktestReport

SINCE, UNTIL, EVERY = dt.date(2024, 6, 1), dt.date(2025, 1, 1), 14
POLICIES = {
    "usual": "{}",
    "quick": "retraining: {runs: 1, drifted_runs: 1}",
    "slow": "drift: {min_auc: 0.9}\nretraining: {drifted_runs: 3, critical_at_once: false}",
    "short": "retraining: {window_days: 120}",
}


def main() -> None:
    """Replay twice, the second time from what the first has kept, and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, help="Where the page with the chart is left.")
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagstack-benchmark-") as folder:
        text = _measure(Path(folder), (arguments.page or Path(folder) / "backtest.html").absolute())
    if arguments.dry_run:
        print(text)
    else:
        record("backtest.py", "Backtest: thresholds on the generated sample", text)


def _measure(folder: Path, page: Path) -> str:
    os.environ |= {"TAGSTACK_HOME": str(folder / "home"), "ZENML_CONFIG_PATH": str(folder / "zenml")}
    os.environ["ZENML_CUSTOM_SOURCE_ROOT"] = str(PROJECT)
    from commands.backtest import backtest
    from tagstack.config import Settings

    files = [folder / f"{name}.yaml" for name in POLICIES]
    for file, content in zip(files, POLICIES.values(), strict=True):
        file.write_text(content, encoding="utf-8")
    settings = Settings()
    backtest(settings, since=SINCE, until=UNTIL, every=(UNTIL - SINCE).days, output=page)  # encodes
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        report = backtest(settings, since=SINCE, until=UNTIL, every=EVERY, policies=files, output=page)
        seconds.append(time.monotonic() - began)
    return _table(report, seconds)


def _table(report: BacktestReport, seconds: list[float]) -> str:
    [change] = report.changes
    rows = [
        [
            one.name,
            "; ".join(one.chosen) or "the defaults",
            len(one.alarms),
            one.delay(change),
            one.false_alarms(report.changes),
            len(one.trainings),
            sum(step.training.promoted for step in one.trainings),
            one.gain or "",
        ]
        for one in report.replays
    ]
    header = ["policy", "", "alarms", "days to alarm", "false", "trainings", "promoted", f"gain in {report.metric}"]
    looks = len(report.replays[0].steps)
    return (
        f"Drift is planted from {change.starts} on; {looks} looks a policy, every {EVERY} days from {SINCE} on. With "
        f"vectors in the cache the {len(rows)} policies took {seconds[0]:.0f} s, and {seconds[1]:.0f} s when all looks "
        f"are kept.\n\n{markdown_table(header, rows)}"
    )


if __name__ == "__main__":
    main()
