import os

from tagstack.encoder.runtime import _without_chatter, one_core_a_call


def test_chatter_is_dropped_and_anything_else_is_kept(capfd):
    with _without_chatter():
        os.write(2, b"I0000 port.cc:153] oneDNN custom operations are on. You may see\nsomething broke\n")
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "something broke\nafter\n"


def test_a_call_runs_on_one_core_unless_the_environment_says_otherwise(monkeypatch):
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    one_core_a_call()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "1"
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "4")
    one_core_a_call()
    assert os.environ["TF_NUM_INTRAOP_THREADS"] == "4"
