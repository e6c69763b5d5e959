"""Settings of monitoring: when something counts as drift."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

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
    """Relabellings that make the null of a permutation test."""
    confidence: Annotated[float, Field(gt=0.5, lt=1.0)] = 0.95
    max_loss: Share = 0.05
    """How much a headline metric may fall below the training scorecard before model drift is reported."""
    seed: int = 0
