import collections
import difflib
import hashlib
import html
import random
import re
import sqlite3

import pytest

from tagstack.config import SampleSettings, SourceSettings
from tagstack.errors import SourceError, StorageError
from tagstack.questions.generator.posts import generate
from tagstack.questions.reader import open_source, read_questions
from tagstack.questions.sample import ensure_sample, recipe, source_url, write_sample
from tagstack.questions.tags import parse_tags

SMALL = SampleSettings(questions=4000, seed=5)
DRIFT = "2024-10-01"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    file = tmp_path_factory.mktemp("sample") / "sample.db"
    ensure_sample(file, SMALL)
    return file


@pytest.fixture(scope="module")
def ask(file):
    connection = sqlite3.connect(file)
    yield lambda statement: connection.execute(statement).fetchall()
    connection.close()


@pytest.fixture(scope="module")
def sound(ask):
    """Date, tags, title and body of the questions that break no rule."""
    rows = ask(
        "SELECT CreationDate, Tags, Title, Body FROM Posts WHERE PostTypeId = 1 AND Id NOT IN"
        " (SELECT post_id FROM SampleDefects) ORDER BY Id"
    )
    return [(date, parse_tags(tags), title, body) for date, tags, title, body in rows]


def digest(settings, count=600):
    content = hashlib.sha256()
    for post, _ in zip(generate(settings), range(count), strict=False):
        content.update(repr(post).encode())
    return content.hexdigest()


def test_the_same_settings_give_the_same_posts():
    assert digest(SMALL) == digest(SMALL)
    assert digest(SMALL) != digest(SMALL.model_copy(update={"seed": 6}))


def test_the_number_of_questions_is_as_asked_among_other_posts(ask):
    types = dict(ask("SELECT PostTypeId, count(*) FROM Posts GROUP BY 1"))
    assert types[1] == 4000
    assert types[2] > 1000
    assert set(types) == {1, 2, 5}


def test_tags_have_a_long_tail_and_questions_one_to_five(sound):
    counts = collections.Counter(tag for _, tags, _, _ in sound for tag in tags)
    assert 40 <= len([tag for tag, count in counts.items() if count >= 10]) <= 80
    assert len([tag for tag, count in counts.items() if count < 10]) >= 20
    assert counts.most_common(1)[0][1] < 0.25 * len(sound)
    assert {len(tags) for _, tags, _, _ in sound} == {1, 2, 3, 4, 5}
    assert {"c#", ".net", "c++", "node.js", "html5", "utf-8"} <= set(counts)


def test_bodies_are_written_as_stack_overflow_writes_them(sound):
    text = "".join(body for *_, body in sound)
    for form in ("<pre><code>", "<code>", "<blockquote>", "<ul>", "<a href=", "&lt;", "&gt;", "&amp;", "&quot;"):
        assert text.count(form) > 10, form
    assert not re.search(r"<<\w+>>", html.unescape(text))


def test_code_is_in_the_language_of_the_tags(sound):
    marks = {
        "import pandas": {"pandas"},
        "#include": {"c", "c++"},
        "<?php": {"php"},
        "System.out": {"java"},
        "useState(": {"reactjs"},
    }
    for mark, tags in marks.items():
        having = [set(own) for _, own, _, body in sound if mark in html.unescape(body)]
        assert having, mark
        assert sum(bool(tags & own) for own in having) > 0.8 * len(having), mark


def test_dates_cover_the_year_in_order(sound):
    dates = [date for date, *_ in sound]
    assert dates == sorted(dates)
    assert {date[:7] for date in dates} == {f"2024-{month:02}" for month in range(1, 13)}


def test_planted_personal_data_stands_where_the_truth_says(ask):
    rows = ask("SELECT kind, value, field, Title, Body FROM SamplePlanted JOIN Posts ON Id = post_id")
    assert {kind for kind, *_ in rows} == {"email", "ip", "phone", "url_userinfo", "home_folder", "secret", "mention"}
    assert {field for _, _, field, *_ in rows} == {"title", "prose", "code"}
    for _, value, field, title, body in rows:
        if field == "title":
            assert value in title
        elif field == "code":
            assert value in html.unescape("".join(re.findall("<code>(.*?)</code>", body, re.DOTALL)))
        else:
            assert value in html.unescape(re.sub("<pre>.*?</pre>", "", body, flags=re.DOTALL))


def test_every_kind_of_defect_is_there_and_broken_rows_are_few(ask):
    counts = dict(ask("SELECT kind, count(*) FROM SampleDefects GROUP BY 1"))
    duplicates = counts.pop("exact_duplicate"), counts.pop("near_duplicate")
    assert min(duplicates) > 10
    assert set(counts) == {"empty_body", "null_title", "bad_tags", "too_many_tags", "future_date", "unparsable_date"}
    assert sum(counts.values()) < 0.03 * 4000


def test_broken_rows_are_broken(ask):
    broken = dict(ask("SELECT Id, Tags FROM Posts JOIN SampleDefects ON Id = post_id WHERE kind = 'bad_tags'"))
    assert [parse_tags(tags) for tags in broken.values()] == [None] * len(broken)
    many = ask("SELECT Tags FROM Posts JOIN SampleDefects ON Id = post_id WHERE kind = 'too_many_tags'")
    assert min(len(parse_tags(tags)) for (tags,) in many) > 5


def test_duplicates_are_exact_or_nearly_so(ask):
    rows = ask(
        "SELECT kind, a.Title, a.Body, b.Title, b.Body FROM SampleDefects"
        " JOIN Posts a ON a.Id = post_id JOIN Posts b ON b.Id = of_post_id"
    )
    for kind, title, body, of_title, of_body in rows:
        same = (title, body) == (of_title, of_body)
        assert same == (kind == "exact_duplicate")
        assert difflib.SequenceMatcher(None, body.split(), of_body.split(), autojunk=False).ratio() > 0.85


def test_new_topics_begin_with_the_drift_and_rise(ask, sound):
    new = {name for (name,) in ask("SELECT name FROM SampleFacts WHERE kind = 'new_topic'")}
    assert new == {"polars", "htmx", "webgpu"}
    months = collections.Counter(date[:7] for date, tags, _, _ in sound if new & set(tags))
    assert min(months) == DRIFT[:7]
    assert months["2024-12"] > months["2024-10"]


def test_one_tag_changes_its_meaning_with_the_drift(ask, sound):
    [(tag, starts)] = ask("SELECT name, starts FROM SampleFacts WHERE kind = 'changed_meaning'")
    assert starts == DRIFT
    company = {later: collections.Counter() for later in (False, True)}
    for date, tags, _, _ in sound:
        if tag in tags:
            company[date >= DRIFT].update(tags)
    assert company[False]["git"] > 10 * company[False]["reactjs"]
    assert company[True]["reactjs"] > 10 * company[True]["git"]


def test_later_questions_are_shorter(sound):
    lengths = {later: [len(body) for date, *_, body in sound if (date >= DRIFT) == later] for later in (False, True)}
    assert sum(lengths[True]) / len(lengths[True]) < 0.9 * sum(lengths[False]) / len(lengths[False])


def test_the_sample_is_read_like_any_source(file):
    with open_source(f"sqlite:///{file}") as source:
        rows = [row for batch in read_questions(source, SourceSettings()) for row in batch.to_pylist()]
    assert len(rows) == 4000
    unreadable = collections.Counter(name for row in rows for name in row["unreadable"])
    assert set(unreadable) == {"created_at"}


def test_a_sample_is_made_once_and_again_for_another_recipe(file):
    before = file.stat()
    ensure_sample(file, SMALL)
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    other = file.with_name("other.db")
    other.write_bytes(file.read_bytes())
    ensure_sample(other, SMALL.model_copy(update={"seed": 1}))
    assert other.read_bytes() != file.read_bytes()
    assert not [name for name in file.parent.iterdir() if name.suffix == ".part"]


def test_a_file_that_is_no_sample_is_not_replaced(make_database, tmp_path):
    make_database([{"Id": 1}], name="mine.db")
    with pytest.raises(
        SourceError, match=r"mine\.db is there and is no sample; remove the file or name another one\.$"
    ):
        ensure_sample(tmp_path / "mine.db", SMALL)


def test_posts_that_are_no_sample_are_not_replaced(make_database):
    url = make_database([{"Id": 1}])
    with pytest.raises(SourceError, match="holds posts that are no sample and are not replaced"):
        write_sample(url, SMALL)


def test_a_sample_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"^Cannot write the sample .*; free the place or set TAGSTACK_HOME\.$"):
        ensure_sample(tmp_path / "file" / "sample.db", SMALL)


def test_an_interrupted_sample_leaves_the_earlier_one(file, tmp_path):
    url = f"sqlite:///{tmp_path}/copy.db"
    (tmp_path / "copy.db").write_bytes(file.read_bytes())

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample(url, SMALL.model_copy(update={"seed": 9}), progress=interrupt)
    connection = sqlite3.connect(tmp_path / "copy.db")
    assert connection.execute("SELECT count(*) FROM Posts WHERE PostTypeId = 1").fetchone() == (4000,)
    connection.close()


def test_the_source_is_the_sample_unless_a_database_is_named(monkeypatch, tmp_path, file):
    monkeypatch.setenv("TAGSTACK_HOME", str(tmp_path))
    (tmp_path / "sample").mkdir()
    name = f"questions-4000-seed-5-{recipe(SMALL)[:12]}.db"
    (tmp_path / "sample" / name).write_bytes(file.read_bytes())
    assert source_url(SourceSettings(sample=SMALL)) == f"sqlite:///{tmp_path}/sample/{name}"
    assert source_url(SourceSettings(database_url="sqlite:///x.db")) == "sqlite:///x.db"


def test_writing_tells_its_progress_and_what_it_wrote(tmp_path):
    told = []
    summary = write_sample(f"sqlite:///{tmp_path}/new.db", SMALL, progress=told.append)
    assert sum(told) == summary.questions == 4000
    assert str(summary).startswith("4,000 questions among ")


@pytest.mark.slow
def test_questions_are_learnable_but_not_trivial_and_drift_hurts(sound):
    before = [row for row in sound if row[0] < DRIFT]
    after = [row for row in sound if row[0] >= DRIFT]
    cut = int(0.85 * len(before))
    learned, popular = f1_of_linear_model(before[:cut], before[cut:])
    assert 0.6 < learned < 0.85
    assert popular < 0.25
    drifted, _ = f1_of_linear_model(before, after)
    assert drifted < learned - 0.03


def f1_of_linear_model(train, test):
    """Micro-F1 over all tags of a linear model, and of the best constant answer."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import f1_score
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer
    from sklearn.svm import LinearSVC

    def words(row):
        return html.unescape(re.sub("<pre.*?</pre>|<[^>]+>", " ", f"{row[2]} {row[3]}", flags=re.DOTALL))

    known = collections.Counter(tag for row in train for tag in row[1])
    binarizer = MultiLabelBinarizer().fit([row[1] for row in (*train, *test)])
    trained = np.isin(binarizer.classes_, [tag for tag, count in known.items() if count >= 10])
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2, token_pattern=r"[\w#+.]+")
    vectors = vectorizer.fit_transform(map(words, train))
    labels, truth = (binarizer.transform([row[1] for row in rows]) for rows in (train, test))
    model = OneVsRestClassifier(LinearSVC(C=0.3)).fit(vectors, labels[:, trained])
    found = np.zeros_like(truth)
    found[:, trained] = model.decision_function(vectorizer.transform(map(words, test))) > -0.2
    best = np.argsort(-labels.sum(axis=0))
    constant = [np.tile(np.isin(np.arange(len(best)), best[:k]), (len(test), 1)) for k in range(1, 6)]
    return f1_score(truth, found, average="micro"), max(f1_score(truth, one, average="micro") for one in constant)


@pytest.mark.slow
def test_questions_that_are_no_planted_duplicates_are_no_near_duplicates(sound):
    from datasketch import MinHash, MinHashLSH

    random.seed(0)
    index, near = MinHashLSH(threshold=0.7, num_perm=64), 0
    shingled = []
    for number, (_, _, title, body) in enumerate(sound):
        words = re.findall(
            r"\w+", html.unescape(re.sub("<pre.*?</pre>|<[^>]+>", " ", f"{title} {body}", flags=re.DOTALL))
        )
        shingled.append(own := set(zip(words, words[1:], words[2:], strict=False)))
        sketch = MinHash(num_perm=64)
        sketch.update_batch([" ".join(shingle).encode() for shingle in own])
        near += any(len(own & shingled[other]) >= 0.8 * len(own | shingled[other]) for other in index.query(sketch))
        index.insert(number, sketch)
    assert near < 0.01 * len(sound)
