"""Files that start a pipeline again and again: a crontab line, units of systemd, a workflow of GitHub Actions.

None of them holds a secret. Passwords are read when the job starts: on a machine of one's own from `ENVIRONMENT`, lines
of the form ``NAME=value`` that only their owner may read; on GitHub from the repository's secrets.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tagstack.cron import Cron

ENVIRONMENT = ".config/tagstack.env"
"""Where passwords lie, below the home folder."""
SECRETS = ("ZENML_STORE_URL", "ZENML_STORE_API_KEY", "TAGSTACK_DATABASE_PASSWORD", "TAGSTACK_STORE_PASSWORD")
"""What a runner of GitHub takes from the repository's secrets."""
_BARE = re.compile(r"[\w@+=:,./-]+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Job:
    """A command that is started again and again.

    Attributes:
        name: Of files and logs, as `tagstack-drift`.
        cron: When.
        arguments: What follows `run.py`.
        project: The folder of `run.py`.
        python: The interpreter.
        log: The file that a crontab's job writes to.
        environment: Variables that the job needs and that are no secrets.
    """

    name: str
    cron: Cron
    arguments: tuple[str, ...]
    project: Path
    python: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)


def crontab_line(job: Job) -> str:
    """Return the line for `crontab -e`; a run that is still at work is not started a second time."""
    environment = f'"$HOME/{ENVIRONMENT}"'
    set_here = "".join(f"export {shlex.join([f'{name}={value}'])}; " for name, value in job.environment.items())
    log, lock = shlex.quote(str(job.log)), shlex.quote(str(job.log.with_suffix(".lock")))
    command = shlex.join([str(job.python), "run.py", *job.arguments])
    line = (
        f"mkdir -p {shlex.quote(str(job.log.parent))} && cd {shlex.quote(str(job.project))} && "
        f"{{ {set_here}if [ -f {environment} ]; then set -a; . {environment}; set +a; fi; "
        f"flock -n {lock} {command} >> {log} 2>&1; }}"
    )
    return f"{job.cron} {line}".replace("%", r"\%")  # cron takes a bare one for a line break


def systemd_units(job: Job) -> dict[str, str]:
    """Return the units of the user's systemd by their file names."""
    set_here = "".join(f"Environment={_quoted(f'{name}={value}')}\n" for name, value in job.environment.items())
    words = (str(job.python), "run.py", *job.arguments)
    command = " ".join(map(_quoted, words)).replace("$", "$$")  # which systemd takes for a variable
    moments = "".join(f"OnCalendar={moment}\n" for moment in job.cron.on_calendar())
    service = (
        f"[Unit]\nDescription={job.name}\n\n"
        f"[Service]\nType=oneshot\nWorkingDirectory={str(job.project).replace('%', '%%')}\n{set_here}"
        f"EnvironmentFile=-%h/{ENVIRONMENT}\nExecStart={command}\n"
    )
    timer = (
        f"[Unit]\nDescription=Starts {job.name}\n\n"
        f"[Timer]\n{moments}Persistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return {f"{job.name}.service": service, f"{job.name}.timer": timer}


def github_workflow(job: Job) -> str:
    """Return a workflow of GitHub Actions, whose times are in UTC; passwords come from the repository's secrets."""
    secrets = "".join(f"      {name}: ${{{{ secrets.{name} }}}}\n" for name in SECRETS)
    command = shlex.join([".venv/bin/python", "run.py", *job.arguments])
    return f"""name: {job.name}
on:
  schedule:
    - cron: "{job.cron}"
  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: {job.name}
jobs:
  run:
    runs-on: ubuntu-latest
    env:
{secrets}    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - run: make install
      - run: |
          {command}
"""


def _quoted(word: str) -> str:
    """Write a word for systemd, to which a bare `%` means something."""
    word = word.replace("%", "%%")
    if _BARE.fullmatch(word.replace("%%", "")):
        return word
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
