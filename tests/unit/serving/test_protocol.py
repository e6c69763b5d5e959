"""Clients that do not end what they begin."""

import socket

import pytest

from tagstack.serving import protocol


@pytest.fixture
def connect(serving):
    with serving() as client:
        address = (client.base_url.host, client.base_url.port)
        yield lambda: socket.create_connection(address, timeout=10)


def read_all(connection):
    found = b""
    while part := connection.recv(65536):
        found += part
    return found


@pytest.mark.parametrize("start", [b"GET /health HTTP/1.1\r\nX-Long: ", b"GET /"])
def test_a_head_without_end_is_cut_off(connect, start):
    with connect() as connection:
        connection.sendall(start)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            connection.sendall(b"x" * 50_000_000)


def test_many_small_headers_are_a_large_head(connect):
    with connect() as connection, pytest.raises((ConnectionResetError, BrokenPipeError)):
        connection.sendall(b"GET /health HTTP/1.1\r\n" + b"a: b\r\n" * 5_000_000)


def test_a_head_that_does_not_come_is_waited_for_a_while_only(connect, monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1)
    for sent in (b"", b"GET /health HT", b"GET /health HTTP/1.1\r\nHost: localhost\r\n"):
        with connect() as connection:
            connection.sendall(sent)
            assert read_all(connection) == b""


def test_the_next_request_of_a_connection_is_bounded_too(connect, monkeypatch):
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    with connect() as connection:
        whole = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall(whole)
        assert b"alive" in connection.recv(65536)
        connection.sendall(whole + whole[:-2])
        assert read_all(connection).count(b"alive") == 1


def test_large_bodies_and_many_requests_are_no_large_heads(serving):
    with serving() as client:
        for _ in range(3):
            assert client.post("/suggest", json={"title": "t", "body": "x " * 45_000}).status_code == 200


def test_what_is_no_http_is_answered_400(connect):
    with connect() as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 400")
