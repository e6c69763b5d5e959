"""Step: one question to its tags."""

from __future__ import annotations

from typing import Annotated

from zenml import step

from stacks.versions import find_version, load_tag_model
from tagstack.suggestion import make_suggester

Answer = Annotated[dict[str, list[str]], "answer"]


@step(enable_cache=False)
def answer(title: str, body: str, model_name: str) -> Answer:
    """Suggest tags with the version in production, else in staging."""
    suggester = make_suggester(load_tag_model(find_version(model_name)))
    [found] = suggester.suggest([title], [body])
    return {"suggested": found.suggested, "top": found.top}
