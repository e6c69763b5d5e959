"""Settings of the backfill."""

from __future__ import annotations

from tagstack.section import Count, Section


class BackfillSettings(Section):
    """Encoding a whole history at once."""

    shards: Count = 4
    """Parts that are encoded each on its own; where the stack can, at the same time."""
