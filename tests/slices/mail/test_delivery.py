"""Mail that is delivered, tried again, kept until a later run, or reported lost; nothing of it is raised."""

import dataclasses
import logging
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tagstack.alerts.delivery import PostOffice
from tagstack.alerts.outbox import Outbox

TO = ("ops@example.org", "boss@example.org")


@pytest.fixture
def office(tmp_path, start, postmaster, caplog):
    """A post office in front of the server."""
    caplog.set_level(logging.INFO, "tagstack")
    server = start(postmaster)
    return PostOffice(outbox=Outbox(tmp_path / "outbox"), server=server, sender="tagstack@example.org", prefix="[Tags]")


@pytest.fixture
def down(office):
    """The same while its server is down."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return dataclasses.replace(office, server=dataclasses.replace(office.server, port=port))


def files(office):
    return sorted(path.name for path in office.outbox.folder.rglob("*.eml"))


def test_a_delivered_mail_is_addressed_and_a_copy_is_filed(office, postmaster, mail, caplog):
    made = office.deliver(mail, TO)
    assert (made.outcome, made.detail) == ("delivered", "Taken for 2 of 2 recipients.")
    [(recipients, received)] = postmaster.received
    assert recipients == list(TO)
    assert received["From"] == "tagstack@example.org"
    assert received["To"] == "ops@example.org, boss@example.org"
    assert received["Subject"] == made.subject == "[Tags] Warnung: ручной 标签 drift"
    assert (office.outbox.waiting(), len(files(office))) == ((), 1)
    assert caplog.messages == ["Mail delivered: Taken for 2 of 2 recipients."]
    assert mail["From"] is None


def test_a_passing_failure_is_tried_again_at_once(office, postmaster, mail):
    postmaster.to_sender, postmaster.to_data, postmaster.at_data = ["451 later"], ["452 full"], []
    assert office.deliver(mail, TO).outcome == "delivered"
    assert len(postmaster.received) == 1


def test_a_server_that_hangs_up_once_is_tried_again(office, postmaster, mail):
    postmaster.at_data = ["hang up"]
    assert office.deliver(mail, TO).outcome == "delivered"


def test_a_lasting_failure_is_not_tried_again_but_kept(office, postmaster, mail):
    postmaster.to_sender = ["550 5.7.1 no", "550 5.7.1 no"]
    made = office.deliver(mail, TO)
    assert made.outcome == "kept"
    assert made.detail.endswith("refused the sender (550 5.7.1).")
    assert len(postmaster.to_sender) == 1
    assert len(office.outbox.waiting()) == 1


def test_a_server_that_is_down_keeps_the_mail_and_a_later_run_delivers_it_as_it_was(
    office, down, postmaster, mail, caplog
):
    made = down.deliver(mail, TO)
    assert made.outcome == "kept"
    assert made.detail == f"The mail server {down.server.address} accepts no connections."
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"Mail kept: {made.detail}")
    ]
    [again] = down.deliver_waiting()
    assert (again.outcome, len(down.outbox.waiting())) == ("kept", 1)
    [last] = office.deliver_waiting()
    assert (last.outcome, last.subject) == ("delivered", "[Tags] Warnung: ручной 标签 drift")
    [(recipients, received)] = postmaster.received
    assert recipients == list(TO)
    assert received["Date"].datetime == mail["Date"].datetime
    assert received["X-Envelope-To"] is None
    assert (office.deliver_waiting(), office.outbox.waiting(), len(files(office))) == ((), (), 1)


@pytest.fixture
def three_waiting(down, mail):
    """Three mails that wait."""
    for number in range(3):
        del mail["Message-ID"]
        mail["Message-ID"] = f"<{number}@tagstack>"
        down.deliver(mail, TO)
    assert len(down.outbox.waiting()) == 3


def test_the_outbox_is_not_worked_through_while_the_server_is_down(three_waiting, down):
    assert [made.outcome for made in down.deliver_waiting()] == ["kept"] * 2


@pytest.mark.parametrize("trouble", [{"to_data": ["554 no"]}, {"to_sender": ["451 no"]}, {"at_data": ["hang up"]}])
def test_a_mail_that_the_server_does_not_take_does_not_keep_others_waiting(three_waiting, office, postmaster, trouble):
    vars(postmaster).update(trouble)
    assert [made.outcome for made in office.deliver_waiting()] == ["kept", "delivered", "delivered"]


def test_a_server_that_should_be_there_but_cannot_be_talked_to_keeps_the_mail(office, mail, caplog):
    office = dataclasses.replace(office, server=None, problem="The secret mail does not exist.")
    assert office.deliver(mail, TO).outcome == "kept"
    [again] = office.deliver_waiting()
    assert (again.outcome, again.detail) == ("kept", "The secret mail does not exist.")
    assert len(office.outbox.waiting()) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 2


def test_one_recipient_who_is_unknown_does_not_keep_it_from_the_others(office, postmaster, mail, caplog):
    postmaster.answers = {"boss@example.org": ["550 5.1.1 <boss@example.org> unknown"]}
    made = office.deliver(mail, TO)
    assert (made.outcome, made.refused) == ("delivered", 1)
    assert made.detail == "Taken for 1 of 2 recipients. Refused for b***@example.org (550 5.1.1)."
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "boss@" not in caplog.text
    assert office.outbox.waiting() == ()


def test_a_recipient_who_is_refused_for_now_alone_gets_it_later(office, postmaster, mail):
    postmaster.answers = {"boss@example.org": ["452 full"] * 3}
    made = office.deliver(mail, TO)
    assert made.outcome == "kept"
    assert made.detail == "Taken for 1 of 2 recipients. Refused for b***@example.org (452)."
    [last] = office.deliver_waiting()
    assert last.outcome == "delivered"
    assert [recipients for recipients, _ in postmaster.received] == [["ops@example.org"], ["boss@example.org"]]


def test_mail_that_all_recipients_refuse_is_kept(office, postmaster, mail):
    postmaster.answers = {address: ["550 no"] for address in TO}
    made = office.deliver(mail, TO)
    assert (made.outcome, made.refused) == ("kept", 2)
    assert len(office.outbox.waiting()) == 1


def test_without_a_server_mail_is_written_only(office, postmaster, mail, caplog):
    office = dataclasses.replace(office, server=None)
    made = office.deliver(mail, ())
    [name] = files(office)
    assert made.outcome == "kept"
    assert made.detail == f"Not sent, as no mail server is configured; written to {office.outbox.folder / name}."
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert office.deliver_waiting() == office.outbox.waiting() == ()
    assert b"To: undisclosed-recipients:;" in (office.outbox.folder / name).read_bytes()


def test_a_mail_for_nobody_is_written_and_reported(office, mail, caplog):
    assert office.deliver(mail, ()).detail.startswith("Not sent, as nobody is named to get it; written to ")
    assert [record.levelname for record in caplog.records] == ["WARNING"]


@pytest.fixture
def unwritable(tmp_path):
    """A folder in which nothing can be written, by root neither: it lies below a file."""
    (tmp_path / "file").write_text("")
    return Outbox(tmp_path / "file" / "outbox")


def test_an_outbox_that_cannot_be_written_does_not_keep_mail_from_its_readers(
    office, postmaster, mail, unwritable, caplog
):
    office = dataclasses.replace(office, outbox=unwritable)
    assert office.deliver(mail, TO).outcome == "delivered"
    assert "Not a directory" in caplog.text


def test_mail_that_can_neither_be_delivered_nor_kept_is_reported_lost(down, mail, unwritable, caplog):
    made = dataclasses.replace(down, outbox=unwritable).deliver(mail, TO)
    assert made.outcome == "lost"
    assert made.detail.endswith("accepts no connections. It is not in the outbox either.")
    alone = dataclasses.replace(down, outbox=unwritable, server=None).deliver(mail, TO)
    assert alone.outcome == "lost"
    assert dataclasses.replace(down, outbox=unwritable).deliver_waiting() == ()
    assert [record.levelname for record in caplog.records if record.getMessage().startswith("Mail")] == ["ERROR"] * 2


def test_a_damaged_file_does_not_keep_the_others_from_being_delivered(office, down, postmaster, mail):
    down.deliver(mail, TO)
    (office.outbox.folder / "waiting" / "00000000T000000Z-0.eml").write_bytes(b"\x00\xff nonsense")
    damaged, delivered = office.deliver_waiting()
    assert damaged.outcome == "kept"
    assert "is damaged: it is not as it was written" in damaged.detail
    assert delivered.outcome == "delivered"


def test_two_runs_do_not_deliver_the_same_mail_twice(office, down, postmaster, mail):
    down.deliver(mail, TO)
    [path] = office.outbox.waiting()
    with office.outbox.claim(path) as ours:
        assert ours
        assert office.deliver_waiting() == ()
    assert [made.outcome for made in office.deliver_waiting()] == ["delivered"]


def test_many_runs_at_a_time_deliver_each_mail_once(three_waiting, office, postmaster):
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: office.deliver_waiting(), range(16)))
    assert sum(len(run) for run in runs) == len(postmaster.received) == 3
    assert office.outbox.waiting() == ()


def test_a_recipient_that_is_no_address_is_refused_before_anything_is_sent(office, postmaster, mail):
    with pytest.raises(ValueError, match="is no mail address"):
        office.deliver(mail, ("ops@example.org\r\nRCPT TO:<other@example.org>",))
    assert not postmaster.received
