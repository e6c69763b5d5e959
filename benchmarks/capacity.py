"""The encoder alone, in a process of its own with default threads: questions a second over a big list of them.

`python benchmarks/capacity.py FOLDER` reads lines `{"first": i, "count": n}` and answers what that took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from questions import read_asked

from tagstack.encoder import encode_documents
from tagstack.suggestion import load_suggester


def main() -> None:
    """Load, then encode whenever asked."""
    suggester = load_suggester(Path(sys.argv[1]))
    prepared = [suggester.prepare(one.title, one.body) for one in read_asked()[0]]
    encode_documents(suggester.encoder, *zip(*prepared[:200], strict=True))
    print(json.dumps({"questions": len(prepared)}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        chosen = [prepared[(asked["first"] + at) % len(prepared)] for at in range(asked["count"])]
        titles, texts = [title for title, _ in chosen], [text for _, text in chosen]
        wall, processor = time.perf_counter(), time.process_time()
        encode_documents(suggester.encoder, titles, texts)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(json.dumps({"rate": len(chosen) / wall, "cpu_seconds": processor, "seconds": wall}), flush=True)


if __name__ == "__main__":
    main()
