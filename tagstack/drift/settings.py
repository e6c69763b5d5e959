"""Settings of monitoring: when something counts as drift."""

from __future__ import annotations

import math
from typing import Annotated

from pydantic import Field, model_validator

from tagstack.section import Count, Section, Share


class DriftSettings(Section):
    """When something counts as drift."""

    window_days: Count = 30
    """Days of questions that one run looks at."""
    false_alarm_rate: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.05
    """Chance that a family of tests finds drift where there is none."""
    min_questions: Count = 100
    """Fewest questions of a window, and of the reference, for a verdict; fewer are "not enough data"."""
    min_tag_support: Count = 10
    """Fewest expected questions of a tag for a verdict on that tag."""
    max_questions: Count = 10_000
    """Questions of the window, and of the reference, that are looked at; more are sampled."""
    permutations: Count = 200
    """Relabellings that make the null of a permutation test; fewer than 6 / `false_alarm_rate` leave the diagnosis,
    which asks six questions, more false alarms than that."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    min_distance: Share = 0.13
    """Least Kolmogorov-Smirnov distance of a descriptor that counts as drift.

    Real questions always change a little, and with thousands of them every change is significant. This and the next
    four are more than what neighbouring stretches of the real sets differ by where no topic came or went: distances to
    0.127, mixes to 0.071, AUC to 0.553 (0.573 in Stack Overflow's first months), single tags to 0.21, rates to 1.6
    (`benchmarks/data_drift.py`).
    """
    min_mix_distance: Share = 0.1
    """Least Jensen-Shannon distance, beyond what chance makes, of two mixes of tags or languages."""
    min_auc: Annotated[float, Field(ge=0.5, lt=1.0)] = 0.57
    """Least area under the ROC curve with which vectors are told from the reference's."""
    min_tag_change: Share = 0.3
    """Least Cohen's h of one tag's share of questions: from 1% to 6%, or from 10% to 21%."""
    min_rate_ratio: Annotated[float, Field(ge=1.0)] = 2.0
    """Least factor by which the questions a day grow or shrink."""
    max_loss: Share = 0.05
    """How much a headline metric may fall below the training scorecard before model drift is reported."""
    seed: int = 0

    @model_validator(mode="after")
    def _enough_permutations(self) -> DriftSettings:
        needed = math.ceil(2 / self.false_alarm_rate) - 1
        if self.permutations < needed:
            raise ValueError(
                f"permutations {self.permutations} cannot tell a false-alarm rate of {self.false_alarm_rate}; "
                f"set at least {needed}"
            )
        return self
