"""How mail is written into bytes."""

from __future__ import annotations

from email.header import Header
from email.policy import EmailPolicy
from typing import Any


class WirePolicy(EmailPolicy):
    """`email.policy.SMTP`, but a header that is not ASCII is encoded as a whole.

    The library encodes word by word, loses or doubles the spaces in between, and writes what some servers refuse
    (CPython's issues 92081 and 144156).
    """

    def fold(self, name: str, value: Any) -> str:  # noqa: ANN401 - the library's interface
        """Write one header."""
        if str(value).isascii():
            return str(super().fold(name, value))
        return f"{name}: {Header(str(value), 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:  # noqa: ANN401
        """Write one header."""
        return super().fold_binary(name, value) if str(value).isascii() else self.fold(name, value).encode("ascii")


WIRE = WirePolicy(linesep="\r\n")
