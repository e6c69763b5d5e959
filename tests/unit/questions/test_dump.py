import gzip
import sqlite3
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pytest

from tagstack.config import SourceSettings
from tagstack.errors import SourceError, StorageError
from tagstack.paths import PROJECT
from tagstack.questions.dump import import_posts
from tagstack.questions.reader import read_questions
from tagstack.questions.source import open_source
from tagstack.table import RAW_QUESTIONS

DUMPS = PROJECT.parent / "shared" / "data" / "dumps"
HEAD = b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>\n'
QUESTION = (
    b'<row Id="1" PostTypeId="1" CreationDate="2024-01-02T03:04:05.678" Score="5" Title="A &amp; B" Unknown="x"'
    b' Body="&lt;p&gt;a&lt;/p&gt;&#xA;" Tags="&lt;c#&gt;" LastEditDate="2024-02-01T00:00:00.000" />'
)
ANSWER = b'<row Id="2" PostTypeId="2" ParentId="1" CreationDate="2024-01-03T00:00:00.000" Score="x" Body="b" />'


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/posts.db"


def dump(tmp_path, content=QUESTION + ANSWER, head=HEAD, packed=False):
    file = tmp_path / ("Posts.xml.gz" if packed else "Posts.xml")
    text = head + b"<posts>" + content + b"</posts>"
    file.write_bytes(gzip.compress(text) if packed else text)
    return file


def rows(url, what="*"):
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    found = connection.execute(f"SELECT {what} FROM Posts ORDER BY Id").fetchall()
    connection.close()
    return found


def read(url):
    with open_source(url) as source:
        return pa.Table.from_batches(read_questions(source, SourceSettings()), RAW_QUESTIONS).to_pylist()


@pytest.mark.parametrize("packed", [False, True])
def test_a_dump_is_read_into_the_table(tmp_path, url, packed):
    assert import_posts(dump(tmp_path, packed=packed), url) == 2
    [question] = read(url)
    assert question["title"] == "A & B"
    assert question["body"] == "<p>a</p>\n"
    assert question["raw_tags"] == "<c#>"
    assert question["unreadable"] == []
    assert rows(url, "Id, CreationDate, Score, LastEditDate") == [
        (1, "2024-01-02T03:04:05.678", 5, "2024-02-01T00:00:00.000"),
        (2, "2024-01-03T00:00:00.000", None, None),
    ]


def test_importing_again_replaces_and_adds(tmp_path, url):
    import_posts(dump(tmp_path), url)
    newer = QUESTION.replace(b'Score="5"', b'Score="6"') + ANSWER.replace(b'"2"', b'"3"', 1)
    import_posts(dump(tmp_path, newer), url)
    assert rows(url, "Id, Score") == [(1, 6), (2, None), (3, None)]


def test_progress_is_told_of_every_post(tmp_path, url):
    seen = []
    import_posts(dump(tmp_path), url, progress=seen.append)
    assert seen == [2]


@pytest.mark.parametrize("packed", [False, True])
def test_a_truncated_dump_keeps_what_was_read_and_says_so(tmp_path, url, packed):
    many = b"".join(ANSWER.replace(b'"2"', b'"%d"' % number, 1) for number in range(3, 5000))
    file = dump(tmp_path, many, packed=packed)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(StorageError, match=r"The dump .* is damaged or no XML \(.*\); download it again\.$"):
        import_posts(file, url)
    assert len(rows(url)) >= 3000


def test_entity_expansion_is_refused(tmp_path, url):
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'<!DOCTYPE posts [<!ENTITY l0 "lol">{laughs}]>'.encode()
    tracemalloc.start()
    with pytest.raises((SourceError, StorageError)):
        import_posts(dump(tmp_path, b'<row Id="1" PostTypeId="1" Body="&l9;"/>', HEAD + doctype), url)
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_a_doctype_is_refused_even_where_harmless(tmp_path, url):
    doctype = b'<!DOCTYPE posts [<!ENTITY who SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(SourceError, match="declares a DOCTYPE, which no data dump does"):
        import_posts(dump(tmp_path, head=HEAD + doctype), url)


def test_another_file_of_the_dump_is_refused(tmp_path, url):
    file = dump(tmp_path, b'<row Id="-1" DisplayName="Community" />')
    with pytest.raises(SourceError, match=r"A row of .* has no Id or PostTypeId; name the Posts\.xml"):
        import_posts(file, url)


def test_a_missing_file_is_named(tmp_path, url):
    with pytest.raises(SourceError, match=r"Cannot read the dump .*none\.xml: No such file"):
        import_posts(tmp_path / "none.xml", url)
    assert not Path(url.removeprefix("sqlite:///")).exists()


def test_a_packed_archive_is_named(tmp_path, url):
    file = tmp_path / "Posts.7z"
    file.write_bytes(b"7z\xbc\xaf\x27\x1c rest")
    with pytest.raises(SourceError, match="is a 7z archive; unpack it"):
        import_posts(file, url)


def test_a_table_of_another_shape_is_one_line(tmp_path, make_database):
    url = make_database(columns="Id INTEGER, PostTypeId INTEGER")
    with pytest.raises(SourceError, match=r"^Cannot write posts to sqlite:///.*; check the table Posts") as caught:
        import_posts(dump(tmp_path), url)
    assert "\n" not in str(caught.value)


@pytest.mark.real
@pytest.mark.skipif(not DUMPS.is_dir(), reason="the real dumps are not in ../shared/data")
@pytest.mark.parametrize(
    ("name", "posts", "questions"),
    [
        ("beer_2017-03", 2354, 663),
        ("cardano_2021-12", 2630, 1042),
        ("matheducators_2014-05", 2061, 397),
    ],
)
def test_real_dumps_are_read_whole(url, name, posts, questions):
    assert import_posts(DUMPS / f"{name}_Posts.xml.gz", url) == posts
    found = read(url)
    assert len(found) == questions
    assert not [row for row in found if row["unreadable"] or None in row.values()]


@pytest.mark.real
@pytest.mark.skipif(not DUMPS.is_dir(), reason="the real dumps are not in ../shared/data")
def test_a_later_dump_of_a_site_is_read_over_the_earlier_one(url):
    import_posts(DUMPS / "beer_2016-01_Posts.xml.gz", url)
    import_posts(DUMPS / "beer_2017-03_Posts.xml.gz", url)
    assert len(read(url)) >= 663
