"""The MLflow form of a model: MLflow stores this file as source and runs it; no object is pickled."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel, PythonModelContext


class TagstackModel(PythonModel):  # type: ignore[misc]
    """Suggests tags for a frame with the columns `title` and `body` (HTML)."""

    def load_context(self, context: PythonModelContext) -> None:
        """Load the tag model and its encoder."""
        from tagstack.suggestion import load_suggester  # noqa: PLC0415 - on MLflow's path only once the model is loaded

        self.suggester = load_suggester(Path(context.artifacts["tag_model"]))

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Return `suggested`, `top` and `scores`, a list each a row.

        Args:
            context: Unused.
            model_input: Rows with `title` and `body`.
            params: `top`, how many ranked tags to return.
        """
        top = int((params or {}).get("top", 10))
        found = self.suggester.suggest(model_input["title"].tolist(), model_input["body"].tolist(), top=top)
        return pd.DataFrame([{"suggested": s.suggested, "top": s.top, "scores": s.scores} for s in found])


set_model(TagstackModel())
