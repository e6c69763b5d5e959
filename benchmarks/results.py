"""Writing what a benchmark measured into RESULTS.md, with the machine and the date beside it."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

FILE = Path(__file__).with_name("RESULTS.md")
TITLE = """# What was measured

Each section is written by the script it names. Ratios were taken side by side in one run.
"""


def machine() -> str:
    """Describe this machine in one line."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = model[1] if model else platform.processor()
    return f"{len(os.sched_getaffinity(0))} cores ({name}), {memory:.0f} GiB, Python {platform.python_version()}"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Format a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def record(script: str, title: str, text: str, *, file: Path = FILE) -> None:
    """Replace the section of `script` in RESULTS.md, or in another file, and print it."""
    stamp = f"`python benchmarks/{script}`, {dt.datetime.now(dt.UTC):%Y-%m-%d}, {machine()}."
    section = f"<!-- {script} -->\n## {title}\n\n{stamp}\n\n{text.strip()}\n<!-- end {script} -->\n"
    whole = file.read_text(encoding="utf-8") if file.exists() else TITLE
    pattern = re.compile(rf"<!-- {re.escape(script)} -->.*?<!-- end {re.escape(script)} -->\n", re.DOTALL)
    whole = pattern.sub(lambda _: section, whole) if pattern.search(whole) else f"{whole}\n{section}"
    file.write_text(whole, encoding="utf-8")
    print(section)
