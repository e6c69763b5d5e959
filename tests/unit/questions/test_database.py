import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tagstack.errors import SourceError
from tagstack.questions.database import PASSWORD_VARIABLE, address, check_url, open_connection

PASSWORD = "hunter2-Zx9"


def failure(url):
    with pytest.raises(SourceError) as caught:
        open_connection(url, read_only=True)
    message = str(caught.value)
    assert "\n" not in message
    assert PASSWORD not in message + repr(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__
    return message


def test_the_password_is_split_off_the_url():
    safe = "postgresql+psycopg://me@db.example.org:5432/so?sslmode=require"
    assert check_url(safe.replace("me@", f"me:{PASSWORD}@")) == (safe, PASSWORD)
    assert check_url(safe) == (safe, None)


def test_an_encoded_password_is_decoded():
    assert check_url("mysql://me:p%40ss%2Fw@host/so") == ("mysql://me@host/so", "p@ss/w")


@pytest.mark.parametrize("name", ["password", "sslpassword", "PWD", "token", "aws_secret_key", "api_key"])
def test_a_secret_as_a_parameter_is_refused(name):
    message = failure(f"postgresql://host/so?{name}={PASSWORD}")
    assert f"parameter {name} would be stored" in message
    assert PASSWORD_VARIABLE in message


def test_a_secret_within_an_odbc_string_is_refused():
    assert "odbc_connect" in failure(f"mssql+pyodbc:///?odbc_connect=DRIVER%3D%7Bx%7D%3BPWD%3D{PASSWORD}")


def test_a_password_file_is_no_secret():
    assert check_url("postgresql://host/so?passfile=/etc/pgpass")[1] is None


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:a@{PASSWORD}:b@host/so",
        f"postgresql://me:a@{PASSWORD}@host/so",
        f"postgresql://me:a@host/{PASSWORD}@so",
        f"postgresql://me:x@host:{PASSWORD}/so",
        PASSWORD,
    ],
)
def test_a_malformed_url_is_not_shown(url):
    assert "%40" in failure(url)


def test_an_unreachable_database_is_named_without_its_password():
    message = failure(f"postgresql+psycopg://me:{PASSWORD}@127.0.0.1:1/so")
    assert message.startswith("Cannot reach the database postgresql+psycopg://me@127.0.0.1:1/so: ")
    assert message.endswith("; check its address and that it runs.")


def test_the_password_of_the_environment_is_never_shown(monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    assert "127.0.0.1" in failure("postgresql://me@127.0.0.1:1/so")


def test_a_missing_driver_is_named():
    message = failure("mysql+mysqldb://me@host/so")
    assert message.startswith("The driver of mysql+mysqldb:// is not installed (MySQLdb); pip install it")


def test_an_unknown_dialect_is_named():
    assert failure("oracel://host/so").startswith("oracel:// is not a database that SQLAlchemy knows")


def test_an_asynchronous_driver_is_refused():
    assert "asynchronous" in failure("postgresql+psycopg_async://host/so")


def test_a_missing_sqlite_file_is_an_error_and_not_created(tmp_path):
    file = tmp_path / "none.db"
    assert f"The database file {file} does not exist" in failure(f"sqlite:///{file}")
    assert not file.exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(url):
    assert "names no file" in failure(url)


def test_sqlite_is_opened_for_reading_only(tmp_path):
    file = tmp_path / "odd name#%41.db"
    sqlite3.connect(file).execute("CREATE TABLE t (x)").connection.close()
    with (
        open_connection(f"sqlite:///{file}", read_only=True) as connection,
        pytest.raises(DBAPIError, match="readonly"),
    ):
        connection.execute(text("INSERT INTO t VALUES (1)"))


def test_a_relative_sqlite_path_becomes_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert address("sqlite:///a.db") == f"sqlite:///{tmp_path}/a.db"
    assert address("sqlite:///file:a.db?mode=ro&uri=true") == f"sqlite:///{tmp_path}/a.db"
