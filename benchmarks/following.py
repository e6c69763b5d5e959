"""Our service as it follows the store's target, with versions from saved folders instead of ZenML's registry.

`python benchmarks/following.py FOLDER STORE_URL`: version n is FOLDER/n.
"""

from __future__ import annotations

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from commands.serve import listen, serve
from tagstack.model.tagmodel import load_model
from tagstack.serving.follower import Follower
from tagstack.serving.server import address_of
from tagstack.settings_file import load_settings


def main() -> None:
    """Serve until a signal."""
    folder, url, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    settings = load_settings(None, [f"store.url={url}", "service.poll_seconds=0.2"])
    with listen(settings, "127.0.0.1", port) as taken:
        serve(
            settings,
            taken,
            first=None,
            make_follower=lambda engine, store: Follower(
                engine,
                store,
                settings.model_name,
                lambda version: load_model(folder / str(version)),
                address_of(taken),
                settings.service,
            ),
        )


if __name__ == "__main__":
    main()
