"""Settings of the retraining rule: when drift leads to a training."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tagstack.section import Count, Section

Days = Annotated[int, Field(ge=0)]


class RetrainingSettings(Section):
    """When drift leads to a training."""

    runs: Count = 3
    """The newest drift runs of the version in production that are looked at; those without enough data do not count."""
    drifted_runs: Count = 2
    """How many of them must have found drift that a training helps against."""
    severity: Literal["info", "warning", "critical"] = "warning"
    """From which severity a run's finding counts."""
    critical_at_once: bool = True
    """Whether one critical run is enough."""
    kinds: Annotated[
        tuple[Literal["covariate", "prior", "concept", "vocabulary"], ...], Field(strict=False, min_length=1)
    ] = ("prior", "concept", "vocabulary")
    """Kinds that a training helps against by themselves. Any kind counts where a headline metric has fallen, too."""
    min_new_labels: Annotated[int, Field(ge=0)] = 200
    """Fewest labelled questions since those that the version was fitted on."""
    cooldown_days: Days = 14
    """Days after a training that drift has started before it may start the next."""
    budget: Count = 4
    """Most trainings that drift may start within `budget_days`."""
    budget_days: Count = 30
    window_days: Count | None = None
    """Days of questions that a training takes, back from the end of the drift run's window; None takes all of them."""

    @model_validator(mode="after")
    def _possible(self) -> RetrainingSettings:
        if self.drifted_runs > self.runs:
            raise ValueError(f"drifted_runs {self.drifted_runs} can never be reached within runs {self.runs}")
        return self
