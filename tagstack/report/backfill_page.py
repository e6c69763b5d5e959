"""The page of a backfill: what was encoded, and what each shard took."""

from __future__ import annotations

from tagstack.backfill.report import BackfillReport, ShardReport
from tagstack.report.blocks import Cell, Fact, Facts, Meter, Pairs, TableBlock
from tagstack.report.formats import decimal, percent, plural, whole
from tagstack.report.page import render_page


def render_backfill(report: BackfillReport) -> str:
    """Render the page of a backfill."""
    facts = Facts([
        Fact("Questions", whole(report.questions), note=f"of {report.source}"),
        Fact("Texts", whole(report.texts), note=f"of {plural(report.documents, 'document')}"),
        Fact("Found in the cache", whole(report.found), note=percent(_share(report.found, report.texts))),
        Fact("Encoded", whole(report.encoded), note=f"{whole(report.tokens)} tokens"),
        Fact("Speed of a shard", _speed(report.tokens, report.shard_seconds), note="tokens a second"),
    ])  # fmt: skip
    window = f"from {report.since or 'the beginning'} until {report.until or 'the end'}"
    summary = f"{plural(report.questions, 'question')} {window}, in {plural(len(report.shards), 'shard')}."
    return render_page("Backfill", summary, [facts, _shards(report), _parts(report), _details(report)])


def _shards(report: BackfillReport) -> TableBlock:
    header = ["Shard", "Ids", "Questions", "Texts", "Found", "Encoded", "Tokens/s", "Seconds"]
    longest = max(shard.seconds for shard in report.shards)
    return TableBlock("Shards", header, [_row(shard, longest) for shard in report.shards])


def _row(shard: ShardReport, longest: float) -> list[Cell]:
    return [
        str(shard.number),
        f"{shard.first_id} to {shard.last_id}",
        shard.questions,
        shard.texts,
        shard.found,
        shard.encoded,
        _speed(shard.tokens, shard.seconds),
        Meter(decimal(shard.seconds, 1), _share(shard.seconds, longest) or 0.0),
    ]


def _parts(report: BackfillReport) -> TableBlock:
    names = {
        "reading": "Reading from SQL",
        "preparing": "Checking, masking, cleaning",
        "loading": "Loading the encoder",
        "encoding": "Encoding",
        "storing": "Writing vectors",
    }
    seconds = {kind: sum(getattr(shard, f"{kind}_seconds") for shard in report.shards) for kind in names}
    rows: list[list[Cell]] = [[names[kind], decimal(spent, 1), _part(spent, report)] for kind, spent in seconds.items()]
    rest = max(report.shard_seconds - sum(seconds.values()), 0.0)
    rows.append(["Looking up and the rest", decimal(rest, 1), _part(rest, report)])
    return TableBlock("Where the time went, all shards added up", ["Part", "Seconds", "Of all"], rows)


def _details(report: BackfillReport) -> Pairs:
    return Pairs("Details", [
        ("Questions when the shards were planned", report.planned),
        ("Questions without an Id that is a number, in no shard", report.unnumbered),
        ("Questions that fulfil the contract", report.kept),
        ("Bytes of a vector in the cache", report.dimension * 4),
    ])  # fmt: skip


def _part(seconds: float, report: BackfillReport) -> Meter:
    share = _share(seconds, report.shard_seconds)
    return Meter(percent(share), share or 0.0)


def _speed(tokens: int, seconds: float) -> str:
    return whole(tokens / seconds if tokens and seconds else None)


def _share(part: float, total: float) -> float | None:
    return part / total if total else None
