"""Stack `local-s3` on an S3 server (moto): applied, checked, run on; and what `check` says when something is off."""

from typing import Annotated

import pytest
from zenml import pipeline, step
from zenml.client import Client

from stacks.activation import use_stack
from stacks.application import remove
from stacks.outages import explain
from stacks.plan import find_stack
from stacks.shared_folder import shared_folder

BUCKET = "tagstack-stack"
KEYS = {"key": "test", "secret": "test-hunter2"}


@pytest.fixture(scope="module")
def endpoint():
    """An S3 server with the bucket."""
    boto3 = pytest.importorskip("boto3")
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    url = f"http://{host}:{port}"
    boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys).create_bucket(Bucket=BUCKET)
    yield url
    server.stop()


@pytest.fixture
def s3(endpoint, local_stack, monkeypatch):
    """The environment and secrets of the stack; it is taken out again."""
    client = Client()
    monkeypatch.setenv("S3_ENDPOINT", endpoint)
    monkeypatch.setenv("S3_BUCKET", BUCKET)
    monkeypatch.setenv("ZENML_ACTIVE_STACK_ID", str(local_stack.id))
    client.create_secret("s3", KEYS)
    yield client
    client.delete_secret("s3")
    monkeypatch.setenv("ZENML_ACTIVE_STACK_ID", str(local_stack.id))
    if find_stack(client, "local-s3"):
        remove(client, "local-s3")


@step(enable_cache=False)
def produce() -> Annotated[int, "number"]:
    files, root = shared_folder("vectors")
    with files.open(f"{root}/probe", "wb") as file:
        file.write(b"12")
    return 30


@step(enable_cache=False)
def consume(number: int) -> Annotated[int, "sum"]:
    files, root = shared_folder("vectors")
    with files.open(f"{root}/probe", "rb") as file:
        return number + int(file.read())


@pipeline(enable_cache=False)
def on_s3() -> None:
    consume(produce())


def test_the_stack_is_applied_checked_and_run_on_without_another_word(s3, door):
    applied = door("stacks", "apply", "local-s3")
    assert applied.exit_code == 0
    assert "      + path                         s3://tagstack-stack" in applied.stdout.splitlines()
    assert "hunter2" not in applied.output
    checked = door("stacks", "check", "local-s3")
    assert f"ok   artifact_store     s3://{BUCKET}: wrote, read and deleted an object" in checked.stdout.splitlines()
    assert checked.exit_code == 0, checked.output
    use_stack("local-s3")
    run = s3.get_pipeline_run(on_s3().id)
    assert run.steps["consume"].regular_outputs["sum"].load() == 42
    assert run.steps["produce"].regular_outputs["number"].uri.startswith(f"s3://{BUCKET}/")


def trouble_with(endpoint):
    """What botocore says of an endpoint that does not answer."""
    boto3, botocore = pytest.importorskip("boto3"), pytest.importorskip("botocore")
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
    once = botocore.config.Config(retries={"total_max_attempts": 1})
    with pytest.raises(botocore.exceptions.EndpointConnectionError) as error:
        boto3.client("s3", endpoint_url=endpoint, config=once, **keys).list_buckets()
    return str(error.value)


def test_a_store_that_went_away_is_named_where_its_library_names_an_address(s3, door, endpoint, monkeypatch):
    said = trouble_with("http://127.0.0.1:9")
    assert door("stacks", "apply", "local-s3").exit_code == 0
    use_stack("local-s3")
    assert explain(said) is None
    now = explain(said.replace("http://127.0.0.1:9", endpoint))
    assert now.startswith(f"The artifact store of stack local-s3 at {endpoint} did not answer in time, and does now; ")
    assert explain(f"ValueError: {endpoint} is no number") is None
    monkeypatch.setenv("S3_ENDPOINT", "http://127.0.0.1:9")
    use_stack("local-s3")
    assert explain(said) == (
        "The artifact store of stack local-s3 at http://127.0.0.1:9 does not answer; `python run.py stacks check "
        "local-s3` asks every server of a stack. What is finished is kept: the same command goes on from there."
    )


def found(result):
    assert result.exit_code == 1
    assert "hunter2" not in result.output
    return [line for line in result.stdout.splitlines() if line.startswith("BAD")]


def test_a_bucket_that_does_not_exist_is_found(s3, door):
    [line] = found(door("stacks", "check", "local-s3", "--var", "S3_BUCKET=absent"))
    assert line.startswith("BAD  artifact_store     cannot write s3://absent/tagstack/probe-")
    assert "; make s3://absent at http://127.0.0.1:" in line
    assert line.endswith("`zenml secret update s3 --key=... --secret=...`")


def test_a_server_that_is_down_is_found_within_seconds(s3, door):
    [line] = found(door("stacks", "check", "local-s3", "--var", "S3_ENDPOINT=http://127.0.0.1:9"))
    assert line.startswith("BAD  artifact_store     127.0.0.1:9 does not answer (connection refused); make s3://")


def test_a_secret_without_a_key_is_found_with_the_command(s3, door):
    s3.delete_secret("s3")
    s3.create_secret("s3", {"key": "test"})
    [line] = found(door("stacks", "check", "local-s3"))
    assert line == "BAD  secrets            the ZenML secret s3 has no secret; `zenml secret update s3 --secret=...`"


def test_a_mail_server_that_is_down_and_its_missing_secret_are_found(s3, door):
    lines = found(door("stacks", "check", "local-s3", "--var", "SMTP_HOST=127.0.0.1", "--var", "SMTP_PORT=9"))
    assert [line.split()[1] for line in lines] == ["secrets"]
    s3.create_secret("mail", {"username": "ann", "password": "hunter2"})
    try:
        [line] = found(door("stacks", "check", "local-s3", "--var", "SMTP_HOST=127.0.0.1", "--var", "SMTP_PORT=9"))
    finally:
        s3.delete_secret("mail")
    assert line == (
        "BAD  alerter            127.0.0.1:9 does not answer (connection refused); set SMTP_HOST and SMTP_PORT"
    )
