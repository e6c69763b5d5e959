import os

from tagstack.encoder.runtime import _without_chatter


def test_chatter_is_dropped_and_anything_else_is_kept(capfd):
    with _without_chatter():
        os.write(2, b"I0000 port.cc:153] oneDNN custom operations are on. You may see\nsomething broke\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "something broke\nafter\n"
