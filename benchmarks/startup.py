"""What it costs to start: `python run.py --help`, importing `run`, and commands, in CPU seconds of their processes."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]

from results import markdown_table, record

OF_A_STEP = (
    "import atexit, gc, zenml.entrypoints.step_entrypoint_configuration; "
    "from zenml.integrations.registry import integration_registry; integration_registry.activate_integrations(); "
    "import steps.train"
)
ERROR = "labels.size=0"
COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "python -c 'import click'": ["-c", "import click"],
    "python -c 'import run'": ["-c", "import run"],
    "python run.py --help": ["run.py", "--help"],
    "python run.py --set labels.size=0 (an error)": ["run.py", "--set", ERROR],
    "python -c 'import zenml'": ["-c", "import zenml"],
    "python -c 'import pipelines.training'": ["-c", "import pipelines.training"],
    "imports of a step's container": ["-c", OF_A_STEP],
    "the same without end_at_once": ["-c", f"{OF_A_STEP}; atexit.unregister(gc.freeze)"],
}


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    rows = []
    for name, words in COMMANDS.items():
        seconds = [_cpu([sys.executable, *words]) for _ in range(arguments.repeats)]
        rows.append([f"`{name}`", f"{statistics.median(seconds):.2f}", f"{min(seconds):.2f}"])
    text = markdown_table(["command", "median CPU s", "least CPU s"], rows)
    print(text) if arguments.dry_run else record("startup.py", "Starting", text)


def _cpu(command: list[str]) -> float:
    variables = {**os.environ, "ZENML_CUSTOM_SOURCE_ROOT": str(PROJECT)}  # ZenML looks where the main module is
    process = subprocess.Popen(
        command, cwd=PROJECT, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != (2 if ERROR in command else 0):
        raise RuntimeError(f"failed: {' '.join(command)}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
