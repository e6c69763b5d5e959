import datetime as dt
import random
import tracemalloc

import pandas as pd
import pyarrow as pa
import pytest

from tagstack.config import PreparationSettings
from tagstack.errors import ContractError
from tagstack.preparation import prepare
from tagstack.table import DOCUMENTS, QUESTIONS, write_table

SETTINGS = PreparationSettings()
WORDS = ["C#", ".NET", "node.js", "c++", "html5", "utf-8"]


def question(post_id, title="Sorting things", body="<p>How do I sort a list?</p>", tags=("c#",)):
    created_at = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=post_id)
    return {"post_id": post_id, "created_at": created_at, "title": title, "body": body, "tags": list(tags), "score": 0}


def run(rows, **settings):
    questions = write_table([pa.Table.from_pylist(list(rows), QUESTIONS)], QUESTIONS)
    preparation = prepare(questions, settings=SETTINGS.model_copy(update=settings))
    return preparation.documents.arrow().to_pylist(), preparation.report


def different(number):
    """Return text that is like no other number's."""
    return " ".join(f"w{random.Random(number).random()}{place}" for place in range(12))


def test_a_question_becomes_title_prose_and_code():
    body = "<p>Why is <b>this</b> slow &amp; <code>C#</code>?</p><pre><code>x = 1\n</code></pre><p>Thanks</p>"
    documents, _ = run([question(7, " A  title ", body, ["c#", ".net"])])
    assert documents == [
        {
            "post_id": 7,
            "created_at": dt.datetime(2024, 1, 1, 0, 7, tzinfo=dt.UTC),
            "title": "A title",
            "text": "Why is this slow & C#? Thanks",
            "code": "x = 1",
            "tags": ["c#", ".net"],
            "group": 7,
        }
    ]


def test_documents_have_their_schema():
    questions = write_table([pa.Table.from_pylist([question(1)], QUESTIONS)], QUESTIONS)
    assert prepare(questions, settings=SETTINGS).documents.schema.equals(DOCUMENTS)


@pytest.mark.parametrize("word", WORDS)
def test_technical_words_survive_the_whole_chain(word):
    body = f"<p>I use {word}, <em>{word}</em> and <code>{word}</code>.</p><pre><code>{word}</code></pre>"
    [document], _ = run([question(1, f"What is {word}?", body)])
    assert document["title"] == f"What is {word}?"
    assert document["text"] == f"I use {word}, {word} and {word}."
    assert document["code"] == word


def test_empty_documents_are_dropped_and_counted():
    rows = [question(1), question(2, "", "<p>too short</p>"), question(3, " ", "<pre><code>only_code()</code></pre>")]
    documents, report = run(rows)
    assert [document["post_id"] for document in documents] == [1]
    assert (report.questions, report.documents, report.empty) == (3, 1, 2)


def test_the_earliest_of_exact_duplicates_stays():
    rows = [
        question(1, "Sorting things", "<p>How do I sort a list?</p>"),
        question(2, "sorting  Things", "<div>How do I <b>sort</b> a list?</div>\n"),
        question(3, "Sorting things", "<p>How do I sort a list?</p><pre><code>other code</code></pre>"),
        question(4, "Sorting things", "<p>How do I sort a list in C?</p>"),
        question(5, "Sorting things", "<p>How do I sort a list in C#?</p>"),
    ]
    documents, report = run(rows)
    assert [document["post_id"] for document in documents] == [1, 3, 4, 5]
    assert report.exact_duplicates == 1


def test_near_duplicates_are_kept_in_one_group_across_batches():
    text = different(0)
    rows = [question(10, text, f"<p>{text}</p>")]
    rows += [question(number, different(number), f"<p>{different(-number)}</p>") for number in range(20, 4500)]
    rows += [question(9000, text, f"<p>{text} again</p>")]
    documents, report = run(rows)
    assert [document["group"] for document in (documents[0], documents[-1])] == [10, 10]
    assert all(document["group"] == document["post_id"] for document in documents[1:-1])
    assert (report.near_duplicate_groups, report.near_duplicate_documents) == (1, 2)


def test_same_prose_with_other_code_is_one_group():
    prose = f"<p>{different(1)}</p>"
    documents, _ = run(
        [question(1, body=prose), question(2, body=f"{prose}<pre><code>x = {different(2)}</code></pre>")]
    )
    assert [document["group"] for document in documents] == [1, 1]


def test_order_is_kept():
    rows = [question(number, different(number)) for number in (5, 3, 9, 1)]
    assert [document["post_id"] for document in run(rows)[0]] == [5, 3, 9, 1]


def test_long_texts_and_codes_are_cut_and_counted():
    body = f"<p>{'word ' * 100}</p><pre><code>{'call();' * 100}</code></pre>"
    [document], report = run([question(1, body=body)], max_text_characters=50, max_code_characters=70)
    assert len(document["text"]) <= 50
    assert document["text"].endswith("word")
    assert document["code"] == "call();" * 10
    assert (report.cut_texts, report.cut_codes) == (1, 1)


def test_the_report_tells_lengths_and_fallbacks():
    rows = [question(1, body="<p>12345</p><pre>123</pre>"), question(2, body="<p>1234567</p><pre>1</pre>&rarr;")]
    _, report = run(rows)
    assert report.fallback_parses == 1
    assert report.mean_text_characters == (5 + len("1234567 →")) / 2
    assert report.mean_code_characters == 2
    assert report.code_share == pytest.approx(4 / 18)
    assert type(report).model_validate_json(report.model_dump_json()) == report


def test_progress_is_told_by_rows():
    rows = [question(number, different(number)) for number in range(1, 4100)]
    seen = []
    questions = write_table([pa.Table.from_pylist(rows, QUESTIONS)], QUESTIONS)
    prepare(questions, settings=SETTINGS, progress=seen.append)
    assert seen == [1024, 1024, 1024, 1024, 3]


def test_the_same_questions_give_the_same_documents():
    rows = [question(number, different(number % 40), f"<p>{different(number % 30)}</p>") for number in range(1, 100)]
    assert run(rows) == run(rows)


def test_no_document_left_is_an_error():
    with pytest.raises(ContractError) as caught:
        run([question(1, "a", "b"), question(2, "", "")])
    assert str(caught.value) == (
        "No document is left of 2 questions: 2 have fewer than 15 characters; "
        "lower preparation.min_characters or check the source."
    )


def test_memory_does_not_grow_with_the_text():
    def batch(start):
        rows = [
            question(number, f"Title number {number}", f"<pre>{number}{'x' * 10_000}</pre>")
            for number in range(start, start + 500)
        ]
        return pa.Table.from_pylist(rows, QUESTIONS)

    questions = write_table((batch(start) for start in range(1, 10_000, 500)), QUESTIONS)
    tracemalloc.start()
    prepare(questions, settings=SETTINGS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000 * 10_000 / 2


@pytest.mark.real
def test_real_questions_are_prepared(real_data):
    frame = pd.read_parquet(real_data / "so_general_2008_2018.parquet").head(2000)
    rows = [question(row.Id, row.Title, row.Body, row.Tags.split("|")) for row in frame.itertuples()]
    documents, report = run(rows)
    assert report.documents + report.empty + report.exact_duplicates == 2000
    assert 0.3 < report.code_share < 0.8
    assert report.fallback_parses < 20
    assert sum("<code>" in document["text"] for document in documents) < 20
