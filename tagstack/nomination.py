"""Which version is to go into production, and which one is there."""

from __future__ import annotations

from tagstack.scorecard import Report


class Nomination(Report):
    """The two versions that a deployment is about.

    Attributes:
        model_name: Whose versions.
        candidate: The version that is to go into production.
        sha256: Its model.
        champion: The version in production, None before the first deployment.
    """

    model_name: str
    candidate: int
    sha256: str
    champion: int | None

    @property
    def serves_already(self) -> bool:
        """Whether the candidate is in production, so that only the service is to be looked after."""
        return self.candidate == self.champion

    def __str__(self) -> str:
        """Say it in words."""
        if self.serves_already:
            return f"version {self.candidate}, which is in production already"
        against = f"against version {self.champion}, which is in production" if self.champion else "as the first"
        return f"version {self.candidate}, {against}"
