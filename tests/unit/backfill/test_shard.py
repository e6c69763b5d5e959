"""A shard: what training will look for, and nothing twice."""

import datetime as dt
import threading

import pytest

from tagstack.backfill.shard import check_cache
from tagstack.contract import validate
from tagstack.encoder import VectorCache, encode_documents
from tagstack.errors import UsageError
from tagstack.preparation import prepare
from tagstack.questions.reader import open_source, read_questions
from tagstack.settings_file import load_settings
from tagstack.storage import LocalFileSystem
from tagstack.table import RAW_QUESTIONS, write_table

AWKWARD = {
    3: {"Title": "Mail me at jane@example.org"},
    5: {"Body": "<p>Unreadable tags</p>", "Tags": "<no tags"},
    8: {"Title": "", "Body": "<p></p>"},
    9: {"Title": "How do I sort list 1000", "Body": "<p>It is unsorted, and has 1000 items</p>"},
    12: {"Body": "<p>Long </p>" * 100 + "<pre><code>x = 1</code></pre>"},
    13: {"Title": None},
    14: {"CreationDate": "2999-01-01T00:00:00"},
}


def history(count=40, step=100):
    """Questions over several cells of Ids, awkward ones among them."""
    return {number * step: AWKWARD.get(number, {}) for number in range(1, count)}


def train(url, settings, encoder, folder):
    """Encode as the training pipeline does: collect, validate, prepare, embed."""
    window = {"since": settings.source.since, "until": settings.source.until, "now": dt.datetime.now(dt.UTC)}
    with open_source(url) as source:
        raw = write_table(read_questions(source, settings.source), RAW_QUESTIONS)
    good = validate(raw, settings=settings.contract, privacy=settings.privacy, **window).questions
    documents = prepare(good, settings=settings.preparation).documents.frame()
    cache = VectorCache(LocalFileSystem(), str(folder), encoder.fingerprint)
    return encode_documents(encoder, list(documents["title"]), list(documents["text"]), cache=cache)


def test_training_finds_every_text_after_all_shards(posts, plan, encode, encoder, module, settings, tmp_path):
    url = posts(history())
    planned = plan(url, 3)
    assert len(planned.shards) == 3
    done = [encode(shard, url) for shard in planned.shards]
    assert sum(shard.encoded for shard in done) == len(module.texts) == len(set(module.texts))
    assert sum(shard.questions for shard in done) == 39
    module.texts.clear()
    vectors = train(url, settings, encoder, tmp_path / "vectors")
    assert module.texts == []
    assert (vectors[:, 0] > 0).all()


def test_personal_data_is_masked_before_it_is_encoded(posts, plan, encode, module):
    url = posts(history())
    for shard in plan(url, 1).shards:
        encode(shard, url)
    assert any(text.startswith("Mail me at") for text in module.texts)
    assert not [text for text in module.texts if "jane" in text]


def test_a_second_run_encodes_nothing_and_says_so(posts, plan, encode):
    url = posts(history())
    [shard] = plan(url, 1).shards
    first, second = encode(shard, url), encode(shard, url)
    assert (first.found, second.found, second.encoded) == (0, first.texts, 0)
    assert second.tokens_per_second is None


def test_an_interrupted_shard_keeps_what_it_has_and_goes_on_from_there(posts, plan, encode, module):
    url = posts(history())
    [shard] = plan(url, 1).shards
    module.fails_after = 30
    with pytest.raises(KeyboardInterrupt):
        encode(shard, url)
    before, module.fails_after = len(module.texts), None
    done = encode(shard, url)
    assert 0 < before <= 30
    assert done.found == before
    assert len(module.texts) == len(set(module.texts)) == done.texts


def test_two_runs_at_once_do_no_harm(posts, plan, encode, settings, encoder, module, tmp_path):
    url = posts(history())
    shards = plan(url, 2).shards
    failures = []

    def work():
        try:
            for shard in shards:
                encode(shard, url)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not be
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    module.texts.clear()
    train(url, settings, encoder, tmp_path / "vectors")
    assert module.texts == []


def test_every_question_is_reported_as_progress_and_counted(posts, plan, encode):
    url, seen = posts(history()), []
    [shard] = plan(url, 1).shards
    done = encode(shard, url, progress=seen.append)
    assert sum(seen) == done.questions == 39
    assert done.kept == 39 - 3  # tags, no title, the future
    assert done.documents == done.kept - 1 - 1  # empty, repeated
    parts = done.reading_seconds + done.preparing_seconds + done.encoding_seconds + done.storing_seconds
    assert 0 < parts <= done.seconds


def test_a_shard_whose_questions_are_gone_does_nothing(posts, plan, encode):
    url = posts(history())
    [shard] = plan(url, 1).shards
    gone = shard.model_copy(update={"first_id": 10**6, "last_id": 2 * 10**6})
    assert encode(gone, url).texts == 0


def test_without_a_cache_there_is_nothing_to_fill(posts, plan):
    with pytest.raises(UsageError, match=r"encoder\.cache is off, so there is no cache to fill"):
        check_cache(load_settings(assignments=["encoder.cache=false"]))
