"""What a step asks of the machine that it runs on."""

from __future__ import annotations

import difflib
from typing import Annotated

from pydantic import AfterValidator, Field

from tagstack.section import Positive, Section

STEPS = (
    "alert", "collect", "decide", "embed", "encode_shard", "evaluate", "examine", "identify", "judge", "label", "later",
    "nominate", "plan", "prepare", "publish", "recent", "register", "show", "split", "summarise", "train",
    "validate", "watch", "watermark", "weigh",
)  # fmt: skip
"""The steps of all pipelines."""


class StepResources(Section):
    """Least that a step gets, on stacks that hand out machines by it; others ignore it."""

    cpu: Positive | None = None
    """Cores, also parts of one."""
    memory: Annotated[str, Field(pattern=r"^[1-9][0-9]*(MB|MiB|GB|GiB)$")] | None = None
    """As `4GB`."""


def _check_step(name: str) -> str:
    if name not in STEPS:
        near = difflib.get_close_matches(name, STEPS, n=1, cutoff=0.5)
        advice = f"did you mean {near[0]}" if near else f"there are {', '.join(STEPS)}"
        raise ValueError(f"there is no step {name!r}; {advice}")
    return name


StepName = Annotated[str, AfterValidator(_check_step)]
Resources = dict[StepName, StepResources]
"""By step; steps that are not named get what the stack gives by itself."""
