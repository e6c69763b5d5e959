"""Putting a service together."""

import pytest

from tagstack.config import Settings
from tagstack.errors import StoreError, UsageError
from tagstack.serving.access import read_keys
from tagstack.serving.service import open_service, require_keys

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
