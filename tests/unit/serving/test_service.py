"""Putting a service together, and changing its model while it answers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tagstack.config import EncoderSettings, ServiceSettings, Settings
from tagstack.errors import StoreError, UsageError
from tagstack.model.tagmodel import Recipe
from tagstack.serving.access import read_keys
from tagstack.serving.follower import Follower
from tagstack.serving.service import open_service, require_keys
from tagstack.store.rollout import set_target

KEYS = {"TAGSTACK_API_KEYS": "correct-horse-battery"}


def settings(store_url="sqlite:///absent", **service):
    return Settings.model_validate({"store": {"url": store_url}, "service": service})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_strangers_are_not_served_without_keys(host):
    with pytest.raises(UsageError) as caught:
        open_service(settings(), host=host, environ={})
    assert str(caught.value) == (
        f"The service needs API keys on {host}: set TAGSTACK_API_KEYS (or TAGSTACK_API_KEYS_FILE), or listen on "
        "127.0.0.1; `--set service.require_key=false` opens it to everyone."
    )


def test_a_key_may_be_required_on_this_machine_too():
    with pytest.raises(UsageError, match=r"needs API keys on 127\.0\.0\.1"):
        require_keys(settings(require_key=True), read_keys({}), host="127.0.0.1")
    require_keys(settings(require_key=True), read_keys(KEYS), host="127.0.0.1")
    require_keys(settings(require_key=False), read_keys({}), host="0.0.0.0")


@pytest.mark.parametrize(
    ("host", "environ", "chosen", "required", "per_minute"),
    [
        ("127.0.0.1", {}, {}, False, None),
        ("127.0.0.1", KEYS, {}, True, None),
        ("0.0.0.0", KEYS, {}, True, 600),
        ("127.0.0.1", KEYS, {"require_key": False}, False, None),
        ("0.0.0.0", {}, {"require_key": False, "requests_per_minute": 5}, False, 5),
        ("127.0.0.1", {}, {"requests_per_minute": 7}, False, 7),
    ],
)
def test_what_is_not_said_follows_from_the_address(store_url, host, environ, chosen, required, per_minute):
    service = open_service(settings(store_url, **chosen), host=host, environ=environ)
    service.recorder.close()
    service.store.close()
    assert (service.key_required, service.per_minute) == (required, per_minute)


def test_a_store_that_cannot_be_opened_is_named(tmp_path):
    (tmp_path / "store.db").write_text("This is no database. " * 100)
    with pytest.raises(StoreError, match=r"store\.db"):
        open_service(settings(f"sqlite:///{tmp_path / 'store.db'}"), host="127.0.0.1", environ={})


def test_a_new_target_is_served_without_a_failed_request(serving, make_model):
    models = {1: make_model(), 2: make_model(recipe=Recipe(encoder=EncoderSettings(handle="words", max_characters=99)))}
    answers, stopping = [], threading.Event()

    often = ServiceSettings(poll_seconds=0.02)

    def follow(engine, store):
        return Follower(engine, store, "tagstack", models.get, "http://127.0.0.1:1", often)

    def ask(address, number):
        with httpx.Client(base_url=address, trust_env=False) as client:
            while not stopping.is_set():
                found = client.post("/suggest", json={"title": f"java {len(answers)} {number}"})
                answers.append((found.status_code, found.json().get("model_version")))

    with serving(make_follower=follow) as client, ThreadPoolExecutor(4) as pool:
        store = client.service.store
        wait_for(client, set_target(store, "tagstack", version=1, sha256=models[1].sha256))
        for number in range(4):
            pool.submit(ask, client.base_url, number)
        for version in (2, 1, 2):
            wait_for(client, set_target(store, "tagstack", version=version, sha256=models[version].sha256))
        stopping.set()
    assert {status for status, _ in answers} == {200}
    assert {version for _, version in answers} == {1, 2}


def wait_for(client, target):
    deadline = time.monotonic() + 10
    while client.get("/ready").json()["revision"] != target.revision:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert client.get("/ready").json()["model_version"] == target.version
