from tagstack.backfill.plan import BackfillPlan, Shard
from tagstack.backfill.report import ShardReport, summarise

SHARDS = tuple(Shard(number=number, first_id=number * 10, last_id=number * 10 + 9, questions=5) for number in (1, 2))
PLAN = BackfillPlan(source="a table", since=None, until=None, questions=11, unnumbered=1, shards=SHARDS)


def shard(number, **given):
    usual = {
        "questions": 5,
        "kept": 4,
        "documents": 4,
        "texts": 8,
        "found": 2,
        "encoded": 6,
        "tokens": 600,
        "seconds": 3.0,
        "reading_seconds": 0.1,
        "preparing_seconds": 0.2,
        "loading_seconds": 0.5,
        "encoding_seconds": 2.0,
        "storing_seconds": 0.1,
    }
    return ShardReport(number=number, first_id=number * 10, last_id=number * 10 + 9, **usual | given)


def test_the_whole_is_the_sum_of_its_shards_in_order():
    whole = summarise(PLAN, [shard(2), shard(1, questions=6)], dimension=512)
    assert [part.number for part in whole.shards] == [1, 2]
    assert (whole.planned, whole.questions, whole.texts, whole.encoded, whole.tokens) == (11, 11, 16, 12, 1200)
    assert whole.line == (
        "11 questions in 2 shards: 16 texts, 4 found in the cache, 12 encoded in 6 s, 200 tokens/s a shard."
    )


def test_a_full_cache_is_said_in_words():
    whole = summarise(PLAN, [shard(1, found=8, encoded=0, tokens=0)], dimension=512)
    assert whole.line == "5 questions in 1 shard: 8 texts, 8 found in the cache, none to encode in 3 s."
