"""Questions, feedback and completion over HTTP: real application, engine, store and port."""

import json
import logging
import string

import pytest

from tagstack.store.database import open_store
from tagstack.store.feedback import read_feedback

JSON = {"Content-Type": "application/json"}
QUESTION = {"title": "python and sql", "body": "<p>How does python read sql?</p>"}
SECRET = "xyzzy-secret-word"


@pytest.fixture
def recorded(store_url):
    """Read what the store holds once the service has ended."""

    def read():
        with open_store(store_url) as store:
            return read_feedback(store)

    return read


def names(scored):
    return [one["tag"] for one in scored]


def test_one_question_and_a_batch_get_the_same_answer(serving):
    with serving() as client:
        one = client.post("/suggest", json=QUESTION).json()
        many = client.post("/suggest", json={"questions": [QUESTION, {"title": "java"}]}).json()
    assert (one["model_version"], len(one["model_sha256"])) == (3, 64)
    [found] = one["suggestions"]
    assert names(found["suggested"]) == ["python", "sql"]
    assert names(found["top"]) == ["python", "sql", "java"]
    assert [round(scored["score"], 3) for scored in found["top"]] == [0.731, 0.5, 0.269]
    assert many["suggestions"][0]["top"] == found["top"]
    assert names(many["suggestions"][1]["suggested"]) == ["java"]


def test_a_short_ranking_still_scores_all_suggested_tags(serving):
    with serving() as client:
        [found] = client.post("/suggest", json={**QUESTION, "top": 1}).json()["suggestions"]
    assert (names(found["suggested"]), names(found["top"])) == (["python", "sql"], ["python"])


def test_suggested_tags_beyond_the_longest_ranking_have_scores_too(serving):
    words = (*string.ascii_lowercase, *string.digits, *"αβγδεζηθικλμνξοπρστυφχψω")
    question = {"title": " ".join(words[:30]), "body": " ".join(words[30:]), "top": 50}
    with serving(words=words) as client:
        [found] = client.post("/suggest", json=question).json()["suggestions"]
    assert (len(found["suggested"]), len(found["top"])) == (60, 50)


def test_markdown_is_read_as_html_is(serving):
    with serving() as client:
        written = {"title": "t", "body": "Why *sql*?\n\n    java java\n", "format": "markdown", "draft": True}
        stored = {"title": "t", "body": "<p>Why <em>sql</em>?</p><pre><code>java java</code></pre>", "draft": True}
        assert client.post("/suggest", json=written).json() == client.post("/suggest", json=stored).json()


def test_what_was_suggested_is_recorded_and_drafts_are_not(serving, recorded):
    with serving() as client:
        draft = client.post("/suggest", json={**QUESTION, "draft": True}).json()["suggestions"][0]
        found = client.post("/suggest", json={**QUESTION, "post_id": 7, "top": 2}).json()["suggestions"][0]
        respaced = {"title": " python  and sql", "body": QUESTION["body"] + "\n"}
        client.post("/suggest", json=respaced)
    assert draft["suggestion_id"] is None
    first, second = recorded().itertuples()
    assert (first.suggestion_id, first.post_id, first.model_version) == (found["suggestion_id"], 7, 3)
    assert (first.suggested, first.top) == (["python", "sql"], ["python", "sql"])
    assert len(first.scores) == 2
    assert first.question_sha256 == second.question_sha256
    assert first.title is first.body is None or first.title != first.title  # missing


def test_text_is_kept_masked_where_it_is_to_be_kept(serving, recorded):
    with serving("store.keep_text=true") as client:
        client.post("/suggest", json={"title": "Ask ann@example.org", "body": "*sql*", "format": "markdown"})
    [row] = recorded().itertuples()
    assert (row.title, row.body) == ("Ask [email]", "<p><em>sql</em></p>\n")


def test_feedback_is_recorded_once(serving, recorded):
    with serving() as client:
        name = client.post("/suggest", json=QUESTION).json()["suggestions"][0]["suggestion_id"]
        decision = {"suggestion_id": name, "kept": ["SQL", "sql"], "added": ["Entity Framework", "sql"]}
        assert client.post("/feedback", json=decision).json() == {"status": "recorded"}
        assert client.post("/feedback", json=decision).json() == {"status": "repeated"}
        other = client.post("/feedback", json={**decision, "added": []})
    assert (other.status_code, "stored under this key before" in other.json()["detail"]) == (409, True)
    [row] = recorded().itertuples()
    assert (row.kept, row.added) == (["sql"], ["entity-framework"])


def test_a_key_of_the_clients_own_names_a_feedback(serving):
    with serving() as client:
        name = client.post("/suggest", json=QUESTION).json()["suggestions"][0]["suggestion_id"]
        for key, kept, status in (("a", ["sql"], 200), ("a", ["sql"], 200), ("a", [], 409), ("b", [], 200)):
            found = client.post(
                "/feedback", json={"suggestion_id": name, "kept": kept}, headers={"Idempotency-Key": key}
            )
            assert found.status_code == status
        for key in ("", "a b", "k" * 129):
            found = client.post("/feedback", json={"suggestion_id": name}, headers={"Idempotency-Key": key})
            assert found.status_code == 422


def test_feedback_that_cannot_be_is_refused_with_its_reason(serving):
    with serving() as client:
        name = client.post("/suggest", json={**QUESTION, "top": 2}).json()["suggestions"][0]["suggestion_id"]

        def refused(**decision):
            found = client.post("/feedback", json={"suggestion_id": name, **decision})
            return found.status_code, found.json()["detail"]

        assert refused(kept=["java"]) == (422, "kept: a tag that was not suggested; name it in added")
        assert refused(added=list("abcdef")) == (422, "kept and added: at most 5 tags together")
        assert refused(suggestion_id="never") == (
            404,
            "suggestion_id: there is no such suggestion, or it is too old",
        )
        assert refused(kept=["<b>"]) == (422, "body.kept.0: a tag has no control characters and none of < > | , ;")


def test_a_store_that_is_away_is_said_and_nothing_is_acknowledged(serving, monkeypatch):
    from tagstack.store import recorder

    monkeypatch.setattr(recorder, "PATIENCE_SECONDS", 0.05)
    with serving() as client:
        name = client.post("/suggest", json=QUESTION).json()["suggestions"][0]["suggestion_id"]
        assert client.post("/feedback", json={"suggestion_id": name}).status_code == 200
        with client.service.store.writing() as connection:
            connection.exec_driver_sql("DROP TABLE tagstack_decisions")
        found = client.post("/feedback", json={"suggestion_id": name, "added": ["x"]}, headers={"Idempotency-Key": "k"})
        assert (found.status_code, found.headers["retry-after"]) == (503, "5")
        assert found.json() == {"detail": "the feedback store is away; try again"}
        assert client.post("/suggest", json=QUESTION).status_code == 200


def test_the_vocabulary_is_listed_and_cached(serving):
    with serving() as client:
        found = client.get("/tags", params={"prefix": "P"})
        assert found.json()["tags"] == [{"tag": "python", "questions": 10}]
        assert found.headers["cache-control"] == "private, max-age=60"
        for known in (found.headers["etag"], f'"old", W/{found.headers["etag"]}'):
            again = client.get("/tags", params={"prefix": "P"}, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
        assert client.get("/tags", headers={"If-None-Match": found.headers["etag"]}).status_code == 200
        assert len(client.get("/tags", params={"limit": 2}).json()["tags"]) == 2
        for limit in ("0", "many", "1e9", "99999999999999999999"):
            assert client.get("/tags", params={"limit": limit}).status_code == 422


BAD = {
    b"": (422, "body: Field required"),
    b"{": (422, "body: no valid JSON"),
    b'{"title": "\xff"}': (400, "There was an error parsing the body"),
    b"[" * 200_000: (400, "There was an error parsing the body"),
    b'{"title": ' + b"9" * 5000 + b"}": (400, "There was an error parsing the body"),
    b"[]": (422, "body: no JSON object"),
    b"null": (422, "body: Field required"),
    b"{}": (422, "body.title: Field required"),
    b'{"title": NaN}': (422, "body.title: Input should be a valid string"),
    b'{"title": "\\ud800"}': (422, "body.title: holds half a character, a lone surrogate"),
    b'{"title": "a\\u0000b"}': (422, "body.title: holds a NUL character"),
    b'{"title": "t", "body": {"a": 1}}': (422, "body.body: Input should be a valid string"),
    b'{"title": "t", "top": 1e400}': (422, "body.top: Input should be a valid integer"),
    b'{"title": "t", "xyzzy-secret-word": 1}': (422, "body: an unknown field"),
    b'{"title": "t", "format": "xyzzy-secret-word"}': (422, "body.format: Input should be 'html' or 'markdown'"),
    b'{"questions": []}': (422, "body.questions: List should have at least 1 item after validation, not 0"),
    b'{"questions": [{"title": "t"}, {"title": ["xyzzy-secret-word"]}]}': (
        422,
        "body.questions.1.title: Input should be a valid string",
    ),
}


def test_bad_input_is_named_and_never_quoted(serving, caplog):
    caplog.set_level(logging.DEBUG, "tagstack")
    with serving() as client:
        for body, expected in BAD.items():
            found = client.post("/suggest", content=body, headers=JSON)
            assert (found.status_code, found.json()["detail"]) == expected, body[:60]
            assert SECRET not in found.text
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            found = client.post("/suggest", content=json.dumps(QUESTION), headers={"Content-Type": kind})
            assert found.status_code == 415, kind
    assert SECRET not in caplog.text


def test_limits_of_a_request_are_those_of_the_settings(serving):
    limits = ("max_request_bytes=5000", "max_questions=2", "max_body_characters=100", "max_markdown_characters=50")
    with serving(*(f"service.{limit}" for limit in limits)) as client:

        def detail(**question):
            found = client.post("/suggest", json=question)
            return found.status_code, found.json().get("detail")

        assert detail(questions=[{"title": "t"}] * 3) == (422, "questions: at most 2 in one request")
        assert detail(title="t", body="x" * 101) == (422, "questions.0.body: at most 100 characters")
        assert detail(title="t", body="x" * 51, format="markdown") == (
            422,
            "questions.0.body: at most 50 characters of Markdown",
        )
        assert detail(title="t", body="x" * 5000) == (413, "the request is larger than 5000 bytes")
        assert detail(title="t", body="x" * 100)[0] == 200


def test_five_megabytes_are_refused_with_and_without_a_length(serving):
    body = b'{"title": "' + b"x" * 5_000_000 + b'"}'
    with serving() as client:
        assert client.post("/suggest", content=body, headers=JSON).status_code == 413
        pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
        assert client.post("/suggest", content=pieces, headers=JSON).status_code == 413
        assert client.get("/health").status_code == 200


HOSTILE = ("<div>" * 20_000, "<" * 100_000, "<!--" * 25_000, "&#x" * 33_000, "<a b='" * 16_000, "<pre><code>" * 9_000)


def test_hostile_html_is_answered(serving):
    with serving() as client:
        for body in HOSTILE:
            assert client.post("/suggest", json={"title": "t", "body": body}).status_code == 200, body[:20]


def test_without_a_model_questions_wait_and_health_is_told_apart(serving):
    with serving(words=()) as client:
        for method, path, content in (("POST", "/suggest", QUESTION), ("GET", "/tags", None), ("GET", "/ready", None)):
            found = client.request(method, path, json=content)
            assert (found.status_code, found.headers["retry-after"]) == (503, "1")
            assert found.json() == {"detail": "The service has no model yet; ask again in a moment."}
        assert client.get("/health").json() == {"status": "alive"}
