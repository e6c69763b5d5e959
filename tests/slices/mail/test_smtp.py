"""One attempt against a real server: TLS, logins, and each way in which it can fail."""

import contextlib
import dataclasses
import logging
import socket
import threading

import pytest

from tagstack.alerts.smtp import send
from tagstack.alerts.smtp_errors import MailError

# The server does not know that a connection that is encrypted from the first byte is.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
FROM, TO = "tagstack@example.org", ("ops@example.org",)


@pytest.fixture
def refused(mail, caplog):
    """Send and show that it fails, with neither password nor address in the error; return error and transience."""
    caplog.set_level(logging.DEBUG)

    def run(server):
        with pytest.raises(MailError) as caught:
            send(server, mail, sender=FROM, recipients=TO)
        ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("mail.", "asyncio"))]
        told = f"{caught.value!s} {caught.value!r} {server!r} {caught.value.__cause__} {ours}"
        assert "hunter2" not in told
        assert "ops@" not in told
        return str(caught.value).replace(f":{server.port}", ":PORT"), caught.value.transient

    return run


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
@pytest.mark.parametrize("login", [True, False])
def test_a_mail_arrives_as_it_was_written(start, postmaster, mail, security, login):
    server = start(postmaster, security=security, login=login)
    assert send(server, mail, sender=FROM, recipients=TO) == {}
    [(recipients, received)] = postmaster.received
    assert recipients == list(TO)
    assert received["Subject"] == "Warnung: ручной 标签 drift"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received.get_content().splitlines() == mail.get_content().splitlines()
    assert set(postmaster.logins) == ({True} if login else set())


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(start, postmaster, refused, security):
    message, transient = refused(start(postmaster, security=security, login=True, ca_file=None))
    assert message == (
        "The mail server 127.0.0.1:PORT has a certificate that cannot be trusted (self-signed certificate); "
        "look at host, or name its authority as ca_file."
    )
    assert not transient
    assert not postmaster.logins


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_another_host_is_not_trusted(start, postmaster, refused, security):
    server = dataclasses.replace(start(postmaster, security=security, login=True), host="localhost")
    assert "Hostname mismatch, certificate is not valid for 'localhost'" in refused(server)[0]
    assert not postmaster.logins


def test_a_server_without_starttls_gets_neither_password_nor_mail(start, postmaster, refused):
    server = start(postmaster, login=True, security="none", ca_file=None)
    message, transient = refused(dataclasses.replace(server, security="starttls"))
    assert message == ("The mail server 127.0.0.1:PORT does not offer STARTTLS; look at security, username and port.")
    assert not transient
    assert not postmaster.logins


def test_a_server_that_knows_no_login_is_named(start, postmaster, refused):
    server = dataclasses.replace(start(postmaster), username="jane", password="hunter2")
    assert "does not offer a login" in refused(server)[0]


def test_tls_where_none_is_spoken_is_named(start, postmaster, refused):
    server = dataclasses.replace(start(postmaster), security="tls")
    assert refused(server) == (
        "The mail server 127.0.0.1:PORT does not speak TLS there; look at security (tls) and port.",
        False,
    )


def test_a_wrong_password_is_refused_without_being_repeated(start, postmaster, refused):
    server = start(postmaster, security="starttls", login=True, password="hunter2-wrong")
    assert refused(server) == (
        "The mail server 127.0.0.1:PORT refused the user name or the password (535 5.7.8).",
        False,
    )


def test_a_password_outside_ascii_is_refused_without_being_repeated(start, postmaster, refused):
    server = start(postmaster, security="starttls", login=True, password="hunter2-größe")
    message, transient = refused(server)
    assert "characters outside ASCII" in message
    assert "größe" not in message
    assert not transient


def test_a_sender_or_a_mail_that_is_refused_is_named(start, postmaster, refused):
    server = start(postmaster)
    postmaster.to_sender = ["550 5.7.1 <tagstack@example.org> not ours", "451 later"]
    assert refused(server) == ("The mail server 127.0.0.1:PORT refused the sender (550 5.7.1).", False)
    assert refused(server) == ("The mail server 127.0.0.1:PORT refused the sender (451).", True)
    postmaster.to_data = ["554 5.7.1 spam for ops@example.org"]
    assert refused(server) == ("The mail server 127.0.0.1:PORT refused the mail (554 5.7.1).", False)


def test_a_server_that_is_down_or_unknown_is_named(start, postmaster, refused):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = start(postmaster)
    down = dataclasses.replace(server, port=port)
    assert refused(down) == ("The mail server 127.0.0.1:PORT accepts no connections.", True)
    for host in ("mail.invalid", "a..b"):
        assert (
            refused(dataclasses.replace(server, host=host))[0]
            == f"The mail server {host}:PORT is not known; look at host."
        )


def test_certificates_that_cannot_be_read_are_named(start, postmaster, refused, tmp_path):
    (tmp_path / "no.pem").write_text("nothing")
    for name in ("no.pem", "absent.pem"):
        server = start(postmaster, security="tls", ca_file=str(tmp_path / name))
        assert refused(server)[0] == f"The certificates in {tmp_path / name} cannot be read; give a PEM file."


def test_a_slow_server_is_given_up(start, postmaster, refused):
    postmaster.at_data = ["sleep"]
    message, transient = refused(start(postmaster, timeout=0.2))
    assert message == "The mail server 127.0.0.1:PORT did not answer within 0.2 seconds."
    assert transient


def test_a_server_that_hangs_up_midway_is_named(start, postmaster, refused):
    postmaster.at_data = ["hang up"]
    assert refused(start(postmaster)) == ("The mail server 127.0.0.1:PORT closed the connection.", True)


@pytest.fixture
def answering():
    """A server that sends bytes one after the other, whatever it is told: `answering(b"220 hello")`."""
    with contextlib.ExitStack() as stack:

        def start(answer, *, endless):
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            done = threading.Event()

            def serve():
                connection, _ = listening.accept()
                with connection, contextlib.suppress(OSError):
                    connection.sendall(answer)
                    while endless and not done.wait(0.05):
                        connection.sendall(b"-")

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join)
            stack.callback(done.set)
            return listening.getsockname()[1]

        yield start


def test_a_server_that_answers_a_byte_at_a_time_does_not_hold_the_run_up_forever(start, postmaster, refused, answering):
    server = dataclasses.replace(start(postmaster), port=answering(b"220-", endless=True), timeout=0.15)
    assert refused(server)[1]


def test_what_is_no_mail_server_is_named(start, postmaster, refused, answering):
    server = dataclasses.replace(start(postmaster), port=answering(b"HTTP/1.1 400 Bad Request\r\n\r\n", endless=False))
    assert refused(server) == ("The mail server 127.0.0.1:PORT does not follow the protocol.", False)


def test_each_recipient_has_an_answer_of_its_own(start, postmaster, mail):
    postmaster.answers = {"gone@example.org": ["550 5.1.1 no such user"], "full@example.org": ["452 4.2.2 full"]}
    everyone = ("ops@example.org", "gone@example.org", "full@example.org")
    answers = send(start(postmaster), mail, sender=FROM, recipients=everyone)
    assert {address: (answer.detail, answer.transient) for address, answer in answers.items()} == {
        "gone@example.org": ("550 5.1.1", False),
        "full@example.org": ("452 4.2.2", True),
    }
    assert [recipients for recipients, _ in postmaster.received] == [["ops@example.org"]]


def test_a_server_that_says_goodbye_among_the_recipients_refuses_all_for_now(start, postmaster, mail):
    postmaster.answers = {"ops@example.org": ["421 4.3.2 shutting down"]}
    answers = send(start(postmaster), mail, sender=FROM, recipients=("ops@example.org", "next@example.org"))
    assert [(answer.detail, answer.transient) for answer in answers.values()] == [
        ("421 4.3.2", True),
        ("not asked", True),
    ]
    assert not postmaster.received
