"""What a browser is told."""

from tagstack.serving.headers import ALWAYS, SecurityHeaders


def test_every_answer_forbids_framing_sniffing_and_foreign_content(call, echo):
    found = call(SecurityHeaders(echo)).headers
    assert ALWAYS.items() <= found.items()
    policy = dict(part.strip().split(" ", 1) for part in found["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src", "img-src")} == {"'self'"}
    assert not {"unsafe", "http", "*", "data:"} & set(found["content-security-policy"].replace("'", " ").split())


def test_answers_are_not_stored_unless_they_say_how(call, echo):
    async def cacheable(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"no-cache")]})
        await send({"type": "http.response.body"})

    assert call(SecurityHeaders(echo)).headers["cache-control"] == "no-store"
    assert call(SecurityHeaders(cacheable)).headers["cache-control"] == "no-cache"
