"""An orchestrator that takes schedules, as those on a cluster do, and starts nothing."""

from __future__ import annotations

from zenml.orchestrators import LocalOrchestrator
from zenml.orchestrators.local.local_orchestrator import LocalOrchestratorConfig, LocalOrchestratorFlavor


class TimedConfig(LocalOrchestratorConfig):
    """It says that it has a clock."""

    @property
    def is_schedulable(self) -> bool:
        """Whether it takes schedules."""
        return True


class TimedOrchestrator(LocalOrchestrator):
    """It takes a pipeline and does nothing with it."""

    def submit_pipeline(self, *_, **__):
        """Take a pipeline."""


class TimedFlavor(LocalOrchestratorFlavor):
    """Its flavor."""

    name = "timed"
    config_class = TimedConfig
    implementation_class = TimedOrchestrator
