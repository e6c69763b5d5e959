"""Passwords reach steps by ZenML's secret store and are not stored with the run."""

import os

import pytest
from zenml import pipeline, step
from zenml.client import Client

from stacks.passwords import SECRET, password_secrets, take_up_passwords
from stacks.waiting import wait_finished

PASSWORD = "hunter2-of-the-reader"


@step(enable_cache=False)
def look() -> int:
    return len(os.environ.get("TAGSTACK_DATABASE_PASSWORD", ""))


@pipeline(enable_cache=False)
def looking() -> None:
    look()


@pytest.fixture
def secret(local_stack):
    client = Client()
    client.create_secret(SECRET, values={"TAGSTACK_DATABASE_PASSWORD": PASSWORD})
    yield
    client.delete_secret(SECRET)


def test_without_the_secret_steps_get_none(local_stack):
    assert password_secrets() == []


def test_a_step_finds_the_password_and_the_run_does_not_store_it(secret):
    run = looking.with_options(secrets=password_secrets())()
    run = wait_finished(run.id)
    assert run.steps["look"].output.load() == len(PASSWORD)
    assert PASSWORD not in run.model_dump_json() + run.snapshot.model_dump_json()


def test_service_and_commands_take_up_what_is_not_exported(secret):
    empty, exported = {}, {"TAGSTACK_DATABASE_PASSWORD": "mine", "HOME": "/"}
    take_up_passwords(empty)
    take_up_passwords(exported)
    assert empty == {"TAGSTACK_DATABASE_PASSWORD": PASSWORD}
    assert exported == {"TAGSTACK_DATABASE_PASSWORD": "mine", "HOME": "/"}


def test_where_there_is_no_secret_nothing_is_taken_up(local_stack):
    environ = {}
    take_up_passwords(environ)
    assert environ == {}
