"""Who may ask, and how often."""

import json

import pytest

from tagstack.errors import UsageError
from tagstack.serving.access import Access, HostGuard, Keys, Rules, first_key, read_keys

KEY, OTHER = "correct-horse-battery", "another-good-long-key"


@pytest.fixture
def guarded(echo):
    def make(*keys, required=True, per_minute=None):
        rules = Rules(Keys.of(keys), required, per_minute, frozenset({"/health"}), frozenset({"/metrics"}))
        return Access(echo, rules=rules)

    return make


@pytest.mark.parametrize(
    "headers", [{"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer  {KEY} "}, {"X-API-Key": KEY}]
)
def test_a_key_opens_in_either_header(call, guarded, headers):
    assert call(guarded(OTHER, KEY), path="/suggest", headers=headers).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-API-Key": ""},
        {"X-API-Key": KEY[:-1]},
        {"X-API-Key": KEY + "x"},
        {"X-API-Key": "clé"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Authorization": "Bearer wrong", "X-API-Key": KEY},
    ],
)
def test_without_a_known_key_the_answer_is_401(call, guarded, headers):
    reply = call(guarded(KEY), path="/suggest", headers=headers)
    assert (reply.status, reply.headers["www-authenticate"]) == (401, 'Bearer realm="tagstack"')
    assert json.loads(reply.body)["detail"].startswith("an API key is needed")


def test_open_paths_need_no_key_and_all_others_do(call, guarded):
    app = guarded(KEY)
    assert call(app, path="/health").status == 200
    assert call(app, path="/health/").status == 401
    assert call(app, path="//health").status == 401
    assert call(app, path="/unheard-of").status == 401


def test_metrics_are_for_this_machine_and_for_keys(call, guarded):
    app = guarded(KEY)
    assert call(app, path="/metrics").status == 200
    assert call(app, path="/metrics", client="::1").status == 200
    assert call(app, path="/metrics", client="192.0.2.1").status == 401
    assert call(app, path="/metrics", client="192.0.2.1", headers={"X-API-Key": KEY}).status == 200
    assert call(guarded(required=False), path="/metrics", client="192.0.2.1").status == 401


def test_a_client_that_asks_too_often_waits(call, guarded):
    app = guarded(required=False, per_minute=2)
    assert [call(app, path="/suggest").status for _ in range(3)] == [200, 200, 429]
    reply = call(app, path="/suggest")
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert "more than 2 requests a minute" in json.loads(reply.body)["detail"]
    assert call(app, path="/suggest", client="192.0.2.1").status == 200
    assert call(app, path="/health").status == 200


def test_clients_behind_one_address_are_told_apart_by_their_keys(call, guarded):
    app = guarded(KEY, OTHER, per_minute=1)
    assert call(app, path="/suggest", headers={"X-API-Key": KEY}).status == 200
    assert call(app, path="/suggest", headers={"X-API-Key": OTHER}).status == 200
    assert call(app, path="/suggest", headers={"X-API-Key": KEY}).status == 429


def test_guessing_keys_is_limited_too(call, guarded):
    app = guarded(KEY, per_minute=3)
    found = [call(app, path="/suggest", headers={"X-API-Key": f"guess {number}"}).status for number in range(4)]
    assert found == [401, 401, 401, 429]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:8080"])
def test_names_of_this_machine_are_served(call, echo, host):
    assert call(HostGuard(echo), headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:80", "", "127.0.0.1.nip.io", "localhost:x", "[::1", "a@localhost"]
)
def test_foreign_names_are_not_served(call, echo, host):
    reply = call(HostGuard(echo), headers={"Host": host})
    assert (reply.status, json.loads(reply.body)) == (421, {"detail": "the Host header must name localhost"})


def test_a_request_without_a_host_is_not_served(call, echo):
    assert call(HostGuard(echo)).status == 421


def test_keys_come_from_the_environment_and_from_a_file(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"\n{OTHER}\n\n")
    environ = {"TAGSTACK_API_KEYS": f" {KEY} ,,", "TAGSTACK_API_KEYS_FILE": str(file)}
    keys = read_keys(environ)
    assert len(keys.digests) == 2
    assert keys.find(KEY)
    assert keys.find(OTHER)
    assert (first_key(environ), first_key({})) == (KEY, None)
    assert not read_keys({}).digests


def test_keys_are_not_kept(capsys):
    assert KEY not in repr(Keys.of([KEY]))


def test_a_short_key_is_refused_without_being_shown():
    with pytest.raises(UsageError, match="shorter than 16 characters") as caught:
        read_keys({"TAGSTACK_API_KEYS": f"{KEY},hunter2"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "reason"), [("absent", "No such file"), (".", "Is a directory"), ("bytes", "no text")]
)
def test_a_file_of_keys_that_cannot_be_read_is_named(tmp_path, name, reason):
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=f"Cannot read TAGSTACK_API_KEYS_FILE .*: {reason}"):
        read_keys({"TAGSTACK_API_KEYS_FILE": str(tmp_path / name)})
