import datetime as dt

import pyarrow as pa
import pytest

from tagstack.config import ContractSettings, PrivacySettings
from tagstack.contract import validate
from tagstack.errors import ContractError
from tagstack.table import QUARANTINE, QUESTIONS, RAW_QUESTIONS, write_table

UTC = dt.UTC
NOW = dt.datetime(2024, 6, 1, tzinfo=UTC)
LENIENT = ContractSettings(max_bad_share=1.0, max_empty_title_share=1.0, max_empty_body_share=1.0)


def question(post_id, **changes):
    row = {
        "post_id": post_id,
        "created_at": dt.datetime(2024, 1, 5, 10, tzinfo=UTC),
        "title": "Sorting in C#",
        "body": "<p>How do I sort with .NET?</p>",
        "raw_tags": "<c#><.net>",
        "score": 3,
        "unreadable": [],
    }
    return row | changes


def table(rows, schema=RAW_QUESTIONS):
    return write_table([pa.Table.from_pylist(list(rows), schema)], schema)


def run(rows, *, settings=LENIENT, kinds=None, since=dt.date(2024, 1, 1), until=dt.date(2024, 3, 1), now=NOW):
    privacy = PrivacySettings() if kinds is None else PrivacySettings(kinds=kinds)
    questions = rows if hasattr(rows, "path") else table(rows)
    return validate(questions, settings=settings, privacy=privacy, since=since, until=until, now=now)


def broken(row, **options):
    """Return rule and detail of one broken row among good ones."""
    validation = run([question(1), row, question(3)], **options)
    assert validation.questions.rows == 2
    [aside] = validation.quarantine.arrow().to_pylist()
    assert aside["post_id"] == row["post_id"]
    return aside["rule"], aside["detail"]


def test_good_questions_pass_with_parsed_tags():
    validation = run([question(1), question(2, raw_tags="|node.js|c++|"), question(3, raw_tags="utf-8|html5")])
    assert validation.questions.schema.equals(QUESTIONS)
    assert validation.questions.arrow(["tags"])["tags"].to_pylist() == [
        ["c#", ".net"],
        ["node.js", "c++"],
        ["utf-8", "html5"],
    ]
    assert validation.quarantine.rows == 0
    assert validation.quarantine.schema.equals(QUARANTINE)


@pytest.mark.parametrize(
    ("changes", "rule", "detail"),
    [
        ({"post_id": None}, "post_id_present", "null"),
        ({"post_id": -7}, "post_id_positive", "-7"),
        ({"post_id": 1}, "post_id_unique", "seen before"),
        ({"created_at": None}, "created_at_present", "null"),
        ({"created_at": dt.datetime(2024, 7, 1, tzinfo=UTC)}, "created_at_not_in_future", "2024-07-01T00:00:00+00:00"),
        (
            {"created_at": dt.datetime(2023, 12, 31, 23, 59, tzinfo=UTC)},
            "created_at_in_window",
            "2023-12-31T23:59:00+00:00",
        ),
        ({"created_at": dt.datetime(2024, 3, 1, tzinfo=UTC)}, "created_at_in_window", "2024-03-01T00:00:00+00:00"),
        ({"title": None}, "title_present", "null"),
        ({"body": None}, "body_present", "null"),
        ({"body": "x" * 1_000_001}, "body_length", "1000001 characters, at most 1000000"),
        ({"title": "x" * 1_000_001}, "title_length", "1000001 characters, at most 1000000"),
        ({"raw_tags": None}, "tags_present", "null"),
        ({"raw_tags": "<c#><.net"}, "tags_well_formed", "not <a><b>, |a|b| or a|b, or a tag twice"),
        ({"raw_tags": "<c#><c#>"}, "tags_well_formed", "not <a><b>, |a|b| or a|b, or a tag twice"),
        ({"raw_tags": ""}, "tags_count", "0 tags, 1 to 5"),
        ({"raw_tags": "a|b|c|d|e|f"}, "tags_count", "6 tags, 1 to 5"),
        ({"raw_tags": "<c#><a,b>"}, "tag_characters", "a tag is too long or no tag at all"),
        ({"raw_tags": "x" * 40}, "tag_characters", "a tag is too long or no tag at all"),
        ({"title": None, "unreadable": ["title", "score"]}, "readable", "title, score"),
    ],
)
def test_a_row_that_breaks_a_rule_is_set_aside_with_the_reason(changes, rule, detail):
    assert broken(question(**{"post_id": 2, **changes})) == (rule, detail)


def test_a_row_is_set_aside_once_by_the_first_rule_it_breaks():
    assert broken(question(2, body=None, raw_tags=None, title=None))[0] == "title_present"


def test_an_id_seen_in_an_earlier_batch_is_set_aside():
    validation = run([question(number) for number in range(1, 5001)] + [question(17)])
    assert validation.quarantine.arrow().to_pylist() == [
        {"post_id": 17, "rule": "post_id_unique", "detail": "seen before"}
    ]
    assert validation.questions.arrow(["post_id"])["post_id"].to_pylist() == list(range(1, 5001))


def test_the_quarantine_holds_no_text():
    secret = "Ann Lee lives here"
    rows = [question(2, title=secret, raw_tags=f"<{secret}"), question(3, body=secret * 99, raw_tags="a,b c")]
    quarantine = run([question(1), *rows]).quarantine.frame()
    assert len(quarantine) == 2
    assert "Ann" not in quarantine.to_csv()


def test_an_open_window_takes_any_past_date():
    old = question(1, created_at=dt.datetime(1970, 1, 1, tzinfo=UTC))
    assert run([old, question(2)], since=None, until=None).questions.rows == 2


def test_window_ends_may_be_moments():
    since, until = dt.datetime(2024, 1, 5, 10, tzinfo=UTC), dt.datetime(2024, 1, 5, 10, 1)
    late = question(2, created_at=dt.datetime(2024, 1, 5, 10, 1, tzinfo=UTC))
    assert run([question(1), late], since=since, until=until).report.set_aside == {"created_at_in_window": 1}


def test_a_missing_score_becomes_zero():
    assert run([question(1, score=None)]).questions.arrow(["score"])["score"].to_pylist() == [0]


def test_personal_data_is_masked_and_counted():
    rows = [question(1, title="Mail ann@example.org", body="<p>From 203.0.113.7 and 203.0.113.9</p>")]
    validation = run(rows, kinds=("email", "ip", "phone"))
    [kept] = validation.questions.arrow().to_pylist()
    assert (kept["title"], kept["body"]) == ("Mail [email]", "<p>From [ip] and [ip]</p>")
    assert validation.report.masked == {"email": 1, "ip": 2, "phone": 0}


def test_the_report_tells_what_was_seen():
    rows = [
        question(1, title=" "),
        question(2, body="<p>&nbsp;</p>\n", created_at=dt.datetime(2024, 2, 1, tzinfo=UTC)),
        question(3, raw_tags="python"),
        question(4, raw_tags=None),
        question(5),
    ]
    report = run(rows).report
    assert (report.rows, report.kept, report.set_aside) == (5, 4, {"tags_present": 1})
    assert (report.empty_title_share, report.empty_body_share) == (0.25, 0.25)
    assert (report.first, report.last) == (dt.datetime(2024, 1, 5, 10, tzinfo=UTC), dt.datetime(2024, 2, 1, tzinfo=UTC))
    assert report.distinct_tags == 3
    assert type(report).model_validate_json(report.model_dump_json()) == report


def test_progress_is_told_by_rows():
    seen = []
    rows = table([question(number) for number in range(1, 5001)])
    validate(rows, settings=LENIENT, privacy=PrivacySettings(), since=None, until=None, now=NOW, progress=seen.append)
    assert seen == [4096, 904]


def message(rows, **options):
    with pytest.raises(ContractError) as caught:
        run(rows, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_missing_column_stops_the_run():
    schema = pa.schema([field for field in RAW_QUESTIONS if field.name != "title"])
    rows = table([{name: value for name, value in question(1).items() if name != "title"}], schema)
    assert message(rows) == (
        f"The questions in {rows.path} have no column title; "
        "it needs post_id, created_at, title, body, raw_tags, score, unreadable."
    )


def test_a_wrong_type_stops_the_run():
    schema = RAW_QUESTIONS.set(5, pa.field("score", pa.string()))
    rows = table([question(1, score="3")], schema)
    assert message(rows) == f"The questions in {rows.path} have string in column score, which must be int32."


def test_too_many_bad_rows_stop_the_run_and_name_column_rule_and_examples():
    rows = [question(number, body=None if number % 4 == 0 else "x") for number in range(1, 41)]
    rows[6] |= {"title": None}
    assert message(rows, settings=ContractSettings()) == (
        "27.5% of 40 questions break the contract, more than the 5.0% that contract.max_bad_share allows; most often "
        "rule body_present of column body (25.0%, for example post_id 4, 8, 12); mend the source or raise the share."
    )


def test_a_share_of_bad_rows_at_the_limit_passes():
    rows = [question(number, body=None if number == 1 else "x") for number in range(1, 21)]
    assert run(rows, settings=ContractSettings(max_bad_share=0.05)).report.kept == 19


def test_no_good_row_stops_the_run_whatever_the_share():
    text = message([question(number, raw_tags="<") for number in range(1, 4)])
    assert "100.0% of 3 questions break the contract" in text
    assert "rule tags_well_formed of column raw_tags (100.0%, for example post_id 1, 2, 3)" in text


def test_bad_rows_without_an_id_are_told():
    assert "for example post_id none has an id" in message([question(None)])


def test_no_question_at_all_stops_the_run():
    assert message([]) == "There is no question to validate; widen the window or check the source."


@pytest.mark.parametrize(("column", "limit"), [("title", "2.0%"), ("body", "5.0%")])
def test_too_many_empty_texts_stop_the_run(column, limit):
    rows = [question(number, **{column: ""} if number < 3 else {}) for number in range(1, 21)]
    assert message(rows, settings=ContractSettings()) == (
        f"Column {column} is empty in 10.0% of 20 questions, more than the {limit} that "
        f"contract.max_empty_{column}_share allows; check the source or raise it."
    )


@pytest.mark.parametrize("malformed", [True, False])
def test_messages_hold_no_text(malformed):
    rows = [
        question(1, title="Ann Lee", raw_tags="Ann Lee"),
        question(2, body="Ann Lee", raw_tags="<Ann" if malformed else None),
    ]
    assert "Ann" not in message(rows)


def test_unreadable_values_are_told_by_their_column():
    text = message([question(number, unreadable=["score"]) for number in range(1, 4)])
    assert "rule readable of column score (100.0%, for example post_id 1, 2, 3)" in text


def test_questions_without_tags_pass_where_tags_are_not_required():
    rows = [question(1), question(2, raw_tags=None), question(3, raw_tags=" "), question(4, raw_tags="<a> b")]
    relaxed = LENIENT.model_copy(update={"require_tags": False})
    validation = run(rows, settings=relaxed)
    assert validation.questions.arrow(["tags"])["tags"].to_pylist() == [["c#", ".net"], [], []]
    assert validation.report.set_aside == {"tags_well_formed": 1}
    assert run(rows).report.set_aside == {"tags_present": 1, "tags_count": 1, "tags_well_formed": 1}
