"""Taking a port, taking leave."""

import os
import signal
import socket
import threading

import pytest

from tagstack.errors import UsageError
from tagstack.serving.server import address_of, bind, ending_on_signals


def test_a_taken_port_is_named():
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(UsageError, match=f"Cannot listen on 127.0.0.1 port {port}: address already in use"):
            bind("127.0.0.1", port)


def test_an_address_of_another_machine_is_named():
    with pytest.raises(UsageError, match=r"Cannot listen on 192\.0\.2\.1 port 0: cannot assign requested address"):
        bind("192.0.2.1", 0)


def test_a_name_that_is_no_address_is_named():
    with pytest.raises(UsageError, match="There is no address 'no host' on this machine"):
        bind("no host", 0)


@pytest.mark.parametrize(("host", "start"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_the_address_is_one_that_a_browser_takes(host, start):
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with bind(host, 0) as taken:
        assert address_of(taken).startswith(start)


def test_open_connections_are_told_to_close_before_they_are_closed(serving):
    answers = []
    with serving() as client:
        client.get("/health")
        server = client.server
        asking = threading.Event()

        def ask():
            while True:
                found = client.get("/health")
                answers.append((found.status_code, found.headers.get("connection")))
                asking.set()
                if found.headers.get("connection") == "close":
                    return

        thread = threading.Thread(target=ask)
        thread.start()
        assert asking.wait(5)
        server.should_exit = True
        thread.join(10)
    assert answers[0] == (200, None)
    assert answers[-1] == (200, "close")


def test_a_signal_is_kept_from_ending_the_process():
    before = signal.getsignal(signal.SIGTERM)
    with ending_on_signals():
        os.kill(os.getpid(), signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_idle_connection_outlives_the_minute_that_proxies_keep_theirs(serving):
    with serving() as client:
        assert client.server.config.timeout_keep_alive > 60
