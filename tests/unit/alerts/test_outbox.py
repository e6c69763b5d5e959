"""A folder of mail that its owner alone can read, whole or not at all, and that forgets what is old."""

import datetime as dt
import stat

import pytest

from tagstack.alerts import outbox as outbox_module
from tagstack.alerts.message import new_message
from tagstack.alerts.outbox import DamagedMailError, Outbox
from tagstack.errors import StorageError

DAY = dt.datetime(2024, 10, 1, 14, tzinfo=dt.timezone(dt.timedelta(hours=2)))
TO = ("ops@example.org", "boss@example.org")


@pytest.fixture
def outbox(tmp_path):
    return Outbox(tmp_path / "deep" / "outbox")


def mail(number=0, *, date=DAY):
    message = new_message(f"Größe {number}", date=date, message_id=f"<{number}@tagstack>")
    message.set_content("Text\n", cte="quoted-printable")
    return message


def modes(folder):
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_what_waits_comes_back_as_it_was_with_its_recipients(outbox):
    path = outbox.queue(mail(), TO)
    assert outbox.waiting() == (path,)
    assert path.name.startswith("20241001T120000Z-")
    message, recipients = outbox.read(path)
    assert recipients == TO
    assert bytes(message) == bytes(mail())


def test_folders_and_files_are_the_owner_s_alone(outbox):
    outbox.queue(mail(), TO)
    outbox.write(mail(1))
    assert {mode & 0o077 for mode in modes(outbox.folder).values()} == {0}


def test_the_same_mail_is_kept_once(outbox):
    assert outbox.queue(mail(), TO) == outbox.queue(mail(), TO[:1])
    [path] = outbox.waiting()
    assert outbox.read(path)[1] == TO[:1]


def test_settled_mail_lies_with_the_others_and_names_no_envelope(outbox):
    path = outbox.queue(mail(), TO)
    outbox.settle(path)
    assert outbox.waiting() == ()
    assert (outbox.folder / path.name).read_bytes() == bytes(mail())


def test_a_full_disk_leaves_no_half_of_a_mail(outbox, disk_with_room_for):
    outbox.queue(mail(), TO)
    big = mail(1)
    big.set_content("x" * 10_000)
    with disk_with_room_for(4000), pytest.raises(StorageError, match=r"The outbox .* cannot be used: File too large"):
        outbox.queue(big, TO)
    assert len(outbox.waiting()) == len(list((outbox.folder / "waiting").iterdir())) == 1


def test_old_mail_is_deleted_but_never_what_waits_or_is_somebody_else_s(outbox):
    outbox.queue(mail(0), TO)
    old, new = outbox.write(mail(1)), outbox.write(mail(2, date=DAY + dt.timedelta(days=2)))
    (outbox.folder / "notes.eml").write_text("mine")
    assert outbox.purge(DAY + dt.timedelta(days=1)) == 1
    assert not old.exists()
    assert sorted(path.name for path in outbox.folder.glob("*.eml")) == sorted([new.name, "notes.eml"])
    assert len(outbox.waiting()) == 1


def test_an_outbox_that_was_never_used_is_empty(outbox):
    assert outbox.waiting() == ()
    assert outbox.purge(DAY) == 0
    assert not outbox.folder.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Subject: a\r\n\r\nb",
        b"X-Envelope-To: a@b.org,<c>\r\n\r\nb",
        b"\xff\x00",
        b"X-Envelope-To: a@b.org\r\nSubject: no date\r\n\r\nb",
        b"X-Envelope-To: a@b.org\r\nDate: someday\r\n\r\nb",
        b"X-Envelope-To: a@b.org\r\nDate: Tue, 01 Oct 2024 12:00:00 +0000\r\nSubject: \xff\xfe\r\n\r\nb",
    ],
)
def test_a_file_that_is_no_mail_of_ours_is_named(outbox, content):
    path = outbox.queue(mail(), TO)
    path.write_bytes(content)
    with pytest.raises(DamagedMailError, match=f"{path.name} is damaged: it is not as it was written"):
        outbox.read(path)


def test_a_file_that_another_process_took_is_an_error_of_one_line(outbox):
    path = outbox.queue(mail(), TO)
    path.unlink()
    with pytest.raises(StorageError, match="No such file or directory"):
        outbox.read(path)


def test_a_waiting_mail_is_claimed_by_one_at_a_time_and_only_while_it_waits(outbox):
    path = outbox.queue(mail(), TO)
    with outbox.claim(path) as first, outbox.claim(path) as second:
        assert (first, second) == (True, False)
        outbox.settle(path)
    with outbox.claim(path) as gone:
        assert not gone


def test_a_mail_that_was_settled_between_our_look_and_our_claim_is_not_ours(outbox, monkeypatch):
    path = outbox.queue(mail(), TO)
    locked = outbox_module._locked
    monkeypatch.setattr(outbox_module, "_locked", lambda descriptor: outbox.settle(path) or locked(descriptor))
    with outbox.claim(path) as ours:
        assert not ours
