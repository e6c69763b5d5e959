import datetime as dt

import pytest
import sqlalchemy as sa

from tagstack.store.columns import Json, Moment

TABLE = sa.Table("moments", sa.MetaData(), sa.Column("at", Moment), sa.Column("value", Json))


@pytest.fixture
def keep(store):
    """Write a row and read it back."""

    def turn(at, value=None):
        with store.writing() as connection:
            TABLE.drop(connection, checkfirst=True)
            TABLE.create(connection)
            connection.execute(sa.insert(TABLE).values(at=at, value=value))
        with store.reading() as connection:
            return tuple(connection.execute(sa.select(TABLE)).one())

    return turn


def test_an_instant_comes_back_in_utc_with_its_microseconds(keep):
    tokyo = dt.timezone(dt.timedelta(hours=9))
    found, _ = keep(dt.datetime(2024, 1, 5, 10, 0, 0, 123456, tzinfo=tokyo))
    assert found == dt.datetime(2024, 1, 5, 1, 0, 0, 123456, tzinfo=dt.UTC)
    assert found.tzinfo is dt.UTC


@pytest.mark.parametrize("value", [None, [], ["c#", "\0", "naïve", "\ud800"], {"a": {"b": 1.5}}])
def test_json_comes_back_whatever_its_characters(keep, value):
    assert keep(None, value) == (None, value)
