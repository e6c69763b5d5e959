"""What a client did wrong, in one line that never quotes what it sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from tagstack.serving.engine import NotReady, Overloaded
from tagstack.serving.schemas import Problem

_MEANINGS = {
    400: "The request is malformed.",
    401: "An API key is needed and none that is known was given.",
    404: "There is no such suggestion.",
    409: "Other feedback was stored under the same key before.",
    413: "The request is too large.",
    415: "The body is not JSON.",
    421: "The Host header does not name this service.",
    422: "A field is missing, of the wrong type or too long.",
    429: "The client asks too often; `Retry-After` says how many seconds to wait.",
    500: "An unforeseen failure; the id is in the service's log.",
    503: "Not ready, overloaded or too slow; `Retry-After` says how many seconds to wait.",
}
_CASES = frozenset({"one", "many"})


def describe(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the error answers of a route for the OpenAPI document."""
    return {status: {"model": Problem, "description": _MEANINGS[status]} for status in sorted(statuses)}


async def on_invalid(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - FastAPI's signature
    """Answer 422 with the first thing that is wrong and its place; 415 where the body was not sent as JSON."""
    assert isinstance(error, RequestValidationError)
    if isinstance(error.body, bytes):
        return JSONResponse({"detail": "the body must be JSON, sent as Content-Type: application/json"}, 415)
    return JSONResponse({"detail": _first_problem(error.errors())}, 422)


def _first_problem(problems: Sequence[Any]) -> str:
    problem = problems[0]
    kind, place = problem["type"], [part for part in problem["loc"] if part not in _CASES]
    if kind == "json_invalid":
        return "body: no valid JSON"
    if kind == "extra_forbidden":  # the name of the field is the client's text
        place, message = place[:-1], "an unknown field"
    elif kind == "model_attributes_type":
        message = "no JSON object"
    else:
        message = problem["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, place))}: {message}"


async def on_unavailable(request: Request, error: Exception) -> JSONResponse:  # noqa: ARG001 - FastAPI's signature
    """Answer 503 where the engine has no model yet or more work than it can take."""
    return JSONResponse({"detail": str(error)}, 503, {"retry-after": str(getattr(error, "retry_after", 1))})


UNAVAILABLE = (NotReady, Overloaded)
