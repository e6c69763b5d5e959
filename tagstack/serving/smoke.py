"""Asking a running service the golden questions of the version that it should serve."""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx

from tagstack.config import ServiceSettings
from tagstack.errors import ServiceError
from tagstack.golden import GoldenCase, find_differences
from tagstack.suggestion import Suggestion

BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE)
TIMEOUT_SECONDS = 60.0


def smoke_test(
    address: str,
    cases: Sequence[GoldenCase],
    *,
    version: int,
    key: str | None,
    settings: ServiceSettings,
    patience_seconds: float,
) -> None:
    """Ask as drafts, which leave no trace, and compare with what the model answered when it was trained.

    Args:
        address: Where the service listens.
        cases: The golden questions; those that the service's own limits refuse are left out.
        version: What must answer.
        key: For a service that needs one.
        settings: The service's limits.
        patience_seconds: How long a service that is too busy is asked again.

    Raises:
        ServiceError: It does not answer, answers with another version, or answers otherwise.
    """
    askable = [case for case in cases if len(case.body) <= settings.max_body_characters]
    end = time.monotonic() + patience_seconds
    headers, found = {"X-API-Key": key} if key else {}, list[Suggestion]()
    with httpx.Client(base_url=address, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        for start in range(0, len(askable), settings.max_questions):
            found += _ask(client, address, askable[start : start + settings.max_questions], version=version, end=end)
    if differences := find_differences(askable, found):
        raise ServiceError(f"The service answers other than version {version} did at training: {differences[0]}.")


def _ask(
    client: httpx.Client, address: str, cases: Sequence[GoldenCase], *, version: int, end: float
) -> list[Suggestion]:
    questions = [{"title": case.title, "body": case.body, "format": "html"} for case in cases]
    asked = {"questions": questions, "top": max(len(case.top) for case in cases), "draft": True}
    try:
        response = client.post("/suggest", json=asked)
        while response.status_code in BUSY and time.monotonic() < end:
            time.sleep(_pause(response))
            response = client.post("/suggest", json=asked)
    except httpx.HTTPError as error:
        reason = " ".join(str(error).split())
        raise ServiceError(f"The service at {address} does not answer: {reason}.") from None
    if response.status_code != httpx.codes.OK:
        raise ServiceError(f"The service at {address} answers {response.status_code}: {_detail(response)}.")
    answer = response.json()
    if answer["model_version"] != version:
        raise ServiceError(f"The service at {address} serves version {answer['model_version']}, not {version}.")
    return [_suggestion(one) for one in answer["suggestions"]]


def _pause(response: httpx.Response) -> float:
    """Return the seconds that a busy service asks to wait; at least a moment, at most one of a minute's rate limit."""
    asked = response.headers.get("retry-after", "")
    return min(60.0, max(0.1, float(asked))) if asked.isdigit() else 1.0


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):  # something else listens there
        return response.reason_phrase or "no reason given"


def _suggestion(answer: dict[str, list[dict[str, float | str]]]) -> Suggestion:
    return Suggestion(
        suggested=[str(found["tag"]) for found in answer["suggested"]],
        top=[str(found["tag"]) for found in answer["top"]],
        scores=[float(found["score"]) for found in answer["top"]],
    )
