"""What one would write first: a plain FastAPI handler that asks the model for each request, in FastAPI's threads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from tagstack.suggestion import load_suggester


class Question(BaseModel):
    """What is asked."""

    title: str
    body: str
    top: int = 10


suggester = load_suggester(Path(os.environ["TAGSTACK_BENCHMARK_MODEL"]))
app = FastAPI()


@app.post("/suggest")
def suggest(question: Question) -> dict[str, Any]:
    """Suggest tags for one question."""
    [found] = suggester.suggest([question.title], [question.body], top=question.top)
    return vars(found)
