"""Promotes a version in processes that kill themselves after one write each, and repairs what they leave.

`killed_promotion.py MODEL VERSION POINT... [--leave]` prints a JSON line a point; with --leave nothing is repaired.
"""

import dataclasses
import json
import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from commands.door import QUIET

os.environ |= QUIET

from stacks import promotion, recovery, versions
from stacks.activation import use_stack
from stacks.live_service import LiveService
from stacks.promotion import Move
from stacks.standing import read_standing
from tagstack.settings_file import load_settings
from tagstack.store import ledger
from tagstack.store.database import open_store


def promote_until(name, number, point):
    begin, advance = ledger.begin, ledger.advance

    def begin_and_die(*args, **kwargs):
        row = begin(*args, **kwargs)
        if point == "begin":
            os.kill(os.getpid(), signal.SIGKILL)
        return row

    def advance_and_die(store, row, progress):
        row = advance(store, row, progress)
        if point == progress:
            os.kill(os.getpid(), signal.SIGKILL)
        return row

    ledger.begin, ledger.advance = begin_and_die, advance_and_die
    use_stack("local")
    with open_store() as store:
        service = LiveService(load_settings(assignments=[f"model_name={name}"]), store, None)
        promotion.carry_out(Move(name, number, "promotion", "a test", {}), store, service)


def repair(name, told):
    use_stack("local")
    with open_store() as store:
        left = dataclasses.asdict(read_standing(name, store))
        repaired = recovery.repair(name, store)
        after = dataclasses.asdict(read_standing(name, store))
    stages = {version.number: version.stage for version in versions.list_versions(name)}
    line = json.dumps({**told, "left": left, "repaired": repaired, "after": after, "stages": stages})
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def in_a_process(work, *args):
    """Fork, so that what takes seconds to import is imported once."""
    if (child := os.fork()) == 0:
        work(*args)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    name, number, *points = (word for word in sys.argv[1:] if word != "--leave")
    for point in points:
        ended = in_a_process(promote_until, name, int(number), point)
        if "--leave" not in sys.argv:
            in_a_process(repair, name, {"point": point, "signal": -ended})
