"""Artifacts and caches on a real S3 endpoint, through ZenML's own S3 artifact store."""

from typing import Annotated

import numpy as np
import pyarrow as pa
import pytest
from zenml import pipeline, step
from zenml.client import Client
from zenml.enums import StackComponentType

from materializers.matrices import EmbeddingMatrixMaterializer
from materializers.tables import TableMaterializer
from stacks.shared_folder import shared_folder
from tagstack.embeddings import EmbeddingMatrix, EncoderFingerprint
from tagstack.table import QUARANTINE, Table, write_table

BUCKET = "tagstack-tests"
PRINT = EncoderFingerprint(handle="h", module_sha256="0" * 64, mode="separate", max_characters=9, dimension=4)
ROWS = {"post_id": [1, 2], "rule": ["a", "b"], "detail": ["x", None]}


@pytest.fixture(scope="module")
def s3_stack(local_stack):
    boto3 = pytest.importorskip("boto3")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    access = {"key": "test", "secret": "test"}
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys).create_bucket(Bucket=BUCKET)
    client = Client()
    store = client.create_stack_component(
        name="s3",
        flavor="s3",
        component_type=StackComponentType.ARTIFACT_STORE,
        configuration={"path": f"s3://{BUCKET}", "client_kwargs": {"endpoint_url": endpoint}, **access},
    )
    orchestrator = local_stack.components[StackComponentType.ORCHESTRATOR][0]
    components = {StackComponentType.ORCHESTRATOR: orchestrator.id, StackComponentType.ARTIFACT_STORE: store.id}
    stack = client.create_stack("s3", components)
    yield stack
    server.stop()


@step(enable_cache=False, output_materializers={"vectors": EmbeddingMatrixMaterializer, "rows": TableMaterializer})
def produce() -> tuple[Annotated[EmbeddingMatrix, "vectors"], Annotated[Table, "rows"]]:
    vectors = np.arange(40, dtype=np.float32).reshape(10, 4)
    return EmbeddingMatrix(np.arange(10), vectors, PRINT), write_table(
        [pa.RecordBatch.from_pydict(ROWS, schema=QUARANTINE)], QUARANTINE
    )


@step(enable_cache=False)
def consume(vectors: EmbeddingMatrix, rows: Table) -> Annotated[float, "total"]:
    assert rows.frame()["rule"].tolist() == ["a", "b"]
    files, root = shared_folder("vectors")
    with files.open(f"{root}/probe", "wb") as file:
        file.write(b"1")
    assert files.listdir(root) == ["probe"]
    return float(vectors.rows(np.array([9, 0])).sum())


@pipeline(enable_cache=False)
def on_s3() -> None:
    consume(*produce())


def test_a_pipeline_stores_and_reads_its_artifacts_on_s3(s3_stack, monkeypatch):
    monkeypatch.setenv("ZENML_ACTIVE_STACK_ID", str(s3_stack.id))
    run = on_s3()
    run = Client().get_pipeline_run(run.id)
    vectors = run.steps["produce"].regular_outputs["vectors"]
    assert run.steps["consume"].regular_outputs["total"].load() == 150.0 + 6.0
    assert vectors.uri.startswith(f"s3://{BUCKET}/")
    assert vectors.content_hash
    assert vectors.run_metadata["documents"] == 10
