import datetime as dt
import html

import pandas as pd
import pytest
import sqlalchemy as sa

from tagstack.config import ContractSettings, PreparationSettings, PrivacySettings, SampleSettings, SourceSettings
from tagstack.contract import validate
from tagstack.preparation import prepare
from tagstack.questions.reader import open_source, read_questions
from tagstack.questions.sample import write_sample
from tagstack.table import RAW_QUESTIONS, write_table

RULES = {
    "bad_tags": "tags_well_formed",
    "too_many_tags": "tags_count",
    "null_title": "title_present",
    "future_date": "created_at_not_in_future",
    "unparsable_date": "readable",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A database with the generated questions and the truth about them."""
    url = f"sqlite:///{tmp_path_factory.mktemp('cleaning')}/posts.db"
    write_sample(url, SampleSettings(questions=4000))
    return url


@pytest.fixture(scope="module")
def validation(url):
    """The generated questions after the contract."""
    with open_source(url) as source:
        raw = write_table(read_questions(source, SourceSettings()), RAW_QUESTIONS)
    now = dt.datetime.now(dt.UTC)
    return validate(raw, settings=ContractSettings(), privacy=PrivacySettings(), since=None, until=None, now=now)


@pytest.fixture(scope="module")
def documents(validation):
    """The generated questions after preparation."""
    return prepare(validation.questions, settings=PreparationSettings()).documents.frame().set_index("post_id")


def truth(url, table):
    with sa.create_engine(url).connect() as connection:
        return pd.read_sql(sa.text(f"SELECT * FROM {table}"), connection)


def test_no_planted_personal_data_is_left_and_nothing_else_is_masked(url, validation):
    questions = validation.questions.frame().set_index("post_id")
    planted = truth(url, "SamplePlanted").query("post_id in @questions.index")
    assert len(planted) > 100
    for item in planted.itertuples():
        question = questions.loc[item.post_id]
        assert item.value not in question["title"] + html.unescape(question["body"])
    assert validation.report.masked == planted["kind"].value_counts().to_dict()


def test_each_broken_row_is_set_aside_by_its_rule(url, validation):
    defects = truth(url, "SampleDefects").query("kind in @RULES")
    quarantine = validation.quarantine.frame()
    assert dict(zip(defects["post_id"], defects["kind"].map(RULES), strict=True)) == dict(
        zip(quarantine["post_id"], quarantine["rule"], strict=True)
    )


def test_exact_duplicates_are_dropped_and_near_duplicates_grouped(url, documents):
    defects = truth(url, "SampleDefects")
    assert not set(defects.query("kind == 'exact_duplicate'")["post_id"]) & set(documents.index)
    near = defects.query("kind == 'near_duplicate' and post_id in @documents.index and of_post_id in @documents.index")
    assert len(near) > 50
    assert documents.loc[near["post_id"], "group"].tolist() == documents.loc[near["of_post_id"], "group"].tolist()
