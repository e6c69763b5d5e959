"""What became of a mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of one mail.

    Attributes:
        outcome: `delivered`: the server took it for every recipient. `kept`: it is in the outbox, because there is no
            server, or because the server took it for nobody or not for all.
        detail: One line for a person; without addresses or secrets.
    """

    outcome: Literal["delivered", "kept"]
    detail: str
