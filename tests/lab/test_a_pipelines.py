"""Deployment and drift where servers and containers are."""

import re

import pytest

from lab import containers, setting


@pytest.fixture(scope="module", params=["server", "docker"])
def stack(request):
    """A stack; all that is done on one comes before the next."""
    return request.param


def test_a_version_is_deployed_and_answers(trained, client, record, place, stack):
    trained(stack)
    one = client(stack)
    outcome = one.run("--pipeline", "deployment", "--stack", stack, extra=setting.passwords(one))
    record.others.setdefault(stack, {})["deployment"] = _line(outcome)
    assert outcome.code == 0, outcome.err
    assert "Version 1 is in production." in outcome.out
    if stack == "docker":
        known = containers.containers(place, one.ask("stack", stack))
        assert [container.user for container in known if container.state == "running"] == ["1000:1000"]


def test_drift_is_found_and_mailed(trained, client, record, place, stack):
    trained(stack)
    one = client(stack)
    before = set((place.of("smtp") / "mails").glob("*.eml"))
    command = ("--pipeline", "drift", "--as-of", "2024-12-01", "--stack", stack)
    outcome = one.run(*command, extra=setting.passwords(one))
    record.others.setdefault(stack, {})["drift"] = _line(outcome)
    assert outcome.code == 0, outcome.err
    assert set((place.of("smtp") / "mails").glob("*.eml")) - before


def _line(outcome):
    if outcome.code:
        return f"exit code {outcome.code}: {outcome.error.removeprefix('Error: ')[:160]}"
    said = [line for line in outcome.out.splitlines() if re.match(r"Version|Drift|No drift", line)]
    return f"{outcome.seconds:.0f} s: {' '.join(said)[:160]}"
