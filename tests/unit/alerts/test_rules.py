"""What is mailed: new and worse at once, the same once, other tags together, and when it is over."""

import datetime as dt

import pytest

from tagstack.alerts.rules import AlertMemory, plan
from tagstack.alerts.settings import AlertSettings

SETTINGS = AlertSettings(cooldown_days=14, digest_days=7)


class Inbox:
    """Runs day by day with a memory, as the pipeline does it; collects what is mailed."""

    def __init__(self, make_report, settings):
        self.make_report, self.settings = make_report, settings
        self.rows, self.mails, self.reason = {}, [], ""

    def day(self, day, severity="none", kinds=(), tags=(), **more):
        report = self.make_report(severity, kinds=kinds, tags=tags, day=day, **more)
        made = plan(report, AlertMemory(tuple(self.rows.values())), self.settings, now=report.as_of)
        self.rows |= {(row.fingerprint, row.seen_at): row for row in made.remember}
        self.reason = made.reason
        if made.mail:
            self.mails.append((day, made.mail.occasion, made.mail.level))
        return made


@pytest.fixture
def inbox(make_report):
    return Inbox(make_report, SETTINGS)


def test_no_drift_is_not_mailed(inbox):
    made = inbox.day(0)
    assert (made.mail, made.remember) == (None, ())


def test_a_finding_is_mailed_once_however_often_it_is_found_and_in_whatever_order_its_tags_stand(inbox):
    for day in range(10):
        inbox.day(day, "warning", ("concept",), ("java", "sql") if day % 2 else ("sql", "java"))
    assert inbox.mails == [(0, "alert", "warning")]
    assert inbox.reason == "This was mailed in the last 14 days: nothing is mailed."


def test_a_run_that_is_repeated_at_the_same_moment_mails_nothing_twice(inbox):
    inbox.day(0, "warning", ("concept",))
    inbox.day(0, "warning", ("concept",))
    assert len(inbox.mails) == 1


def test_what_lasts_is_mailed_again_as_a_reminder_after_the_cooldown(inbox):
    for day in range(30):
        inbox.day(day, "warning", ("concept",), ("java",))
    assert inbox.mails == [(0, "alert", "warning"), (14, "reminder", "warning"), (28, "reminder", "warning")]
    assert len(inbox.rows) == 1


def test_worse_drift_is_mailed_at_once(inbox):
    inbox.day(0, "warning", ("concept",), ("java",))
    inbox.day(1, "critical", ("concept",), ("java",))
    inbox.day(2, "critical", ("concept",), ("java",))
    assert inbox.mails == [(0, "alert", "warning"), (1, "escalation", "critical")]


def test_another_kind_is_mailed_at_once_but_kinds_that_take_turns_are_not(inbox):
    for day in range(10):
        inbox.day(day, "warning", ("concept",) if day % 2 else ("vocabulary",))
    assert inbox.mails == [(0, "alert", "warning"), (1, "alert", "warning")]


def test_levels_that_go_up_and_down_are_not_mailed_each_time(inbox):
    for day in range(14):
        inbox.day(day, "critical" if day % 2 else "warning", ("concept",), ("java",))
    assert inbox.mails == [(0, "alert", "warning"), (1, "escalation", "critical")]


def test_other_tags_of_the_same_kind_are_held_back_and_mailed_together(inbox):
    inbox.day(0, "warning", ("prior",), ("java",))
    for day in (1, 2, 3):
        assert inbox.day(day, "warning", ("prior",), (f"tag-{day}",)).mail is None
    assert inbox.reason == "The same kinds in other tags: held back until 7 days after the last mail."
    made = inbox.day(7, "warning", ("prior",), ("sql",))
    assert made.mail.occasion == "digest"
    assert [row.subject[-7:] for row in made.mail.earlier] == ["(tag-1)", "(tag-2)", "(tag-3)"]
    assert inbox.day(8, "warning", ("prior",), ("sql",)).mail is None
    assert not AlertMemory(tuple(inbox.rows.values())).held


def test_a_finding_that_was_held_back_and_lasts_is_mailed_as_itself(inbox):
    inbox.day(0, "warning", ("prior",), ("java",))
    inbox.day(1, "warning", ("prior",), ("sql",))
    made = inbox.day(8, "warning", ("prior",), ("sql",))
    assert (made.mail.occasion, made.mail.earlier) == ("digest", ())
    assert len(inbox.rows) == 2


def test_recovery_is_mailed_once_and_names_what_is_over(inbox):
    inbox.day(0, "critical", ("concept",), ("java",))
    inbox.day(1, "warning", ("concept",), ("sql",))
    made = inbox.day(2)
    inbox.day(3)
    assert inbox.mails == [(0, "alert", "critical"), (2, "recovery", "critical")]
    assert [row.subject for row in made.mail.earlier] == [
        "Critical: concept drift of tagstack version 3 (java)",
        "Warning: concept drift of tagstack version 3 (sql)",
    ]
    assert all(row.resolved_at for row in inbox.rows.values())


def test_recovery_can_be_turned_off_and_drift_that_returns_is_mailed_again(make_report):
    inbox = Inbox(make_report, SETTINGS.model_copy(update={"recovery": False}))
    inbox.day(0, "critical", ("concept",))
    assert inbox.day(1).reason == "It is over; recovery is not mailed."
    inbox.day(2, "critical", ("concept",))
    assert inbox.mails == [(0, "alert", "critical"), (2, "alert", "critical")]


def test_drift_that_comes_and_goes_each_day_is_no_storm(inbox):
    for day in range(28):
        inbox.day(day, *(("none",) if day % 2 else ("critical", ("concept",), ("java",))))
    assert inbox.mails == [
        (0, "alert", "critical"),
        (1, "recovery", "critical"),
        (2, "alert", "critical"),
        (15, "recovery", "critical"),
        (16, "alert", "critical"),
    ]


def test_tags_that_change_each_day_are_no_storm(inbox):
    for day in range(28):
        inbox.day(day, "warning", ("prior",), (f"tag-{day}",))
    assert [mail[0] for mail in inbox.mails] == [0, 7, 14, 21]


def test_a_mail_that_tells_more_than_the_one_before_is_no_recovery_of_it(inbox):
    inbox.day(0, "warning", ("concept",), ("java",))
    inbox.day(1, "critical", ("concept",), ("java", "sql"))
    inbox.day(2)
    assert [mail[1] for mail in inbox.mails] == ["alert", "escalation", "recovery"]


def test_too_little_data_is_neither_drift_nor_recovery(inbox):
    inbox.day(0, "warning", ("covariate",))
    inbox.day(1, untested=("covariate", "prior", "concept", "vocabulary"))
    assert inbox.mails == [(0, "alert", "warning")]
    assert inbox.reason == "Not enough data for a verdict: nothing is mailed."


def test_drift_that_could_not_be_tested_for_is_not_over(inbox):
    inbox.day(0, "critical", ("concept", "covariate"))
    inbox.day(1, untested=("concept",))
    assert inbox.reason == "Whether concept drift is over cannot be told: not enough data."
    inbox.day(2)
    assert [mail[1] for mail in inbox.mails] == ["alert", "recovery"]


def test_what_is_below_the_mailed_level_is_not_mailed_and_counts_as_recovery(inbox):
    inbox.day(0, "info", ("covariate",))
    inbox.day(1, "warning", ("covariate",))
    inbox.day(2, "info", ("covariate",))
    assert inbox.mails == [(1, "alert", "warning"), (2, "recovery", "warning")]


def test_a_new_version_is_mailed_about_anew_and_ends_what_was_known_of_the_old_one(inbox):
    inbox.day(0, "critical", ("concept",), ("java",))
    inbox.day(1, "warning", ("concept",), ("java",), version=4)
    assert inbox.mails == [(0, "alert", "critical"), (1, "alert", "warning")]
    assert [row.version for row in inbox.rows.values() if row.open] == [4]


def test_fallen_metrics_without_a_kind_are_mailed_too(inbox):
    made = inbox.day(0, "warning")
    assert made.mail.subject == "Warning: lower metrics of tagstack version 3"
    assert inbox.day(1).mail.occasion == "recovery"


def test_a_replay_of_the_past_sees_nothing_that_was_found_later(inbox):
    inbox.day(10, "critical", ("concept",))
    inbox.day(3, "critical", ("concept",))
    assert inbox.mails == [(10, "alert", "critical"), (3, "alert", "critical")]


def test_a_follow_up_goes_on_from_the_newest_mail(inbox):
    first = inbox.day(0, "warning", ("concept",)).remember[0]
    worse = inbox.day(1, "critical", ("concept",))
    assert worse.mail.thread == first
    assert inbox.day(2).mail.thread.sent_at == worse.mail.moment


def test_settings_of_zero_days_mail_every_run(make_report):
    inbox = Inbox(make_report, AlertSettings(cooldown_days=0, digest_days=0))
    for day in range(3):
        inbox.day(day, "warning", ("concept",))
    assert len(inbox.mails) == 3


def test_moments_of_other_time_zones_are_understood(make_report):
    report = make_report("warning", kinds=("concept",))
    east = report.as_of.astimezone(dt.timezone(dt.timedelta(hours=9)))
    sent = plan(report, AlertMemory(), SETTINGS, now=east).remember
    assert plan(report, AlertMemory(sent), SETTINGS, now=report.as_of).mail is None
