"""What is printed while an image is built goes to standard error, and results to standard output again."""

import os
import subprocess
import sys

import pytest

from stacks.standard_output import printing_to_stderr
from tagstack.paths import PROJECT

PROGRAM = """
import subprocess, sys
from stacks.standard_output import printing_to_stderr
print("before")
try:
    with printing_to_stderr():
        print("ours")
        subprocess.run(["echo", "podman's"], check=True)
        {raised}
finally:
    print("after")
"""


@pytest.mark.parametrize("raised", ["", "raise SystemExit(3)"])
def test_only_what_is_printed_outside_is_on_standard_output(raised):
    command = [sys.executable, "-c", PROGRAM.format(raised=raised)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["before", "after"]
    assert sorted(done.stderr.split()) == ["ours", "podman's"]  # ours may wait in a buffer
    assert done.returncode == (3 if raised else 0)


def test_a_closed_standard_output_is_no_error():
    program = "import os; os.close(1)\nfrom stacks.standard_output import printing_to_stderr\n"
    program += "with printing_to_stderr():\n    os.write(2, b'done')\n"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"done")


def test_what_is_printed_afterwards_is_a_result_again(capfd):
    with printing_to_stderr():
        os.write(1, b"noise\n")
    os.write(1, b"result\n")
    assert capfd.readouterr() == ("result\n", "noise\n")
