"""`python -m lab.kubernetes`: the stand-in, served; the administrator's token is in `LAB_KUBERNETES_TOKEN`."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import click
import uvicorn

from lab.kubernetes.app import make_app
from lab.kubernetes.cluster import Cluster
from lab.place import HOST

PATH = click.Path(path_type=Path)


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--certificate", type=PATH, required=True, help="PEM file with certificate and key.")
@click.option("--authority", type=PATH, required=True, help="PEM file of who signed it, for pods.")
@click.option("--folder", type=PATH, required=True, help="Where files of pods are kept.")
def main(port: int, certificate: Path, authority: Path, folder: Path) -> None:
    """Serve a stand-in for a Kubernetes API server; it emulates all but the containers."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    token = os.environ.pop("LAB_KUBERNETES_TOKEN")
    cluster = Cluster(administrator=token, folder=folder, authority=authority, api=(HOST, port))
    uvicorn.run(
        make_app(cluster), host=HOST, port=port, log_level="warning", access_log=False,
        ssl_certfile=str(certificate), ssl_keyfile=str(certificate),
    )  # fmt: skip


if __name__ == "__main__":
    main()
