"""Personal data to plant: invented people, reserved addresses and numbers, keys of well-known forms.

Domains are those of RFC 2606, addresses those of RFC 5737, RFC 3849 and RFC 1918, telephone numbers those that are set
aside for fiction (555-01xx; Ofcom's 020 7946 0xxx). Keys are random characters.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from typing import Literal, NamedTuple

from tagstack.config import PersonalKind

Place = Literal["title", "prose", "code"]

FIRST = ("jane", "tom", "amira", "luis", "wei", "olga", "kofi", "nina", "raj", "sven", "mei", "pavel", "sofia", "emre")
LAST = ("doe", "miller", "haddad", "garcia", "chen", "ivanova", "mensah", "berg", "patel", "larsson", "novak", "costa")
_DOMAINS = ("example.com", "example.org", "mail.example.net", "corp.example.com")
_ALPHANUMERIC = string.ascii_letters + string.digits


class Personal(NamedTuple):
    """A piece of personal data: what it is, what to find, and how it stands in the text."""

    kind: PersonalKind
    value: str
    written: str


def invent(kind: PersonalKind, rng: random.Random) -> Personal:
    """Invent personal data of a kind."""
    value, written = _INVENT[kind](rng)
    return Personal(kind, value, written)


def sentence(personal: Personal, rng: random.Random) -> str:
    """Return a sentence that tells the personal data."""
    return rng.choice(_SENTENCES[personal.kind]).format(personal.written)


def code_line(personal: Personal, rng: random.Random) -> str:
    """Return a line of code, of a log or of a console with the personal data."""
    return rng.choice(_CODE[personal.kind]).format(personal.written)


def user_name(rng: random.Random) -> str:
    """Return a user name."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    return rng.choice((f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}", f"{first}{rng.randint(10, 99)}"))


def _email(rng: random.Random) -> tuple[str, str]:
    plus = rng.choice(("", "", f"+{rng.choice(LAST)}"))
    return _same(f"{user_name(rng)}{plus}@{rng.choice(_DOMAINS)}")


def _ip(rng: random.Random) -> tuple[str, str]:
    host, group = rng.randint(1, 254), rng.randint(0, 65535)
    return _same(
        rng.choice((
            f"192.0.2.{host}", f"198.51.100.{host}", f"203.0.113.{host}", f"10.{host}.{group % 250}.7",
            f"192.168.{group % 250}.{host}", f"2001:db8::{group:x}:{host:x}", f"2001:db8:{group:x}:0:0:0:0:{host:x}",
        ))
    )  # fmt: skip


def _phone(rng: random.Random) -> tuple[str, str]:
    area, line = rng.choice((202, 312, 415, 503, 617, 713)), rng.randint(10, 99)
    return _same(
        rng.choice((
            f"({area}) 555-01{line}", f"+1 {area} 555 01{line}", f"+1-{area}-555-01{line}", f"{area}-555-01{line}",
            f"+44 20 7946 0{rng.randint(100, 999)}",
        ))
    )  # fmt: skip


def _userinfo(rng: random.Random) -> tuple[str, str]:
    value = f"{user_name(rng)}:{_characters(_ALPHANUMERIC, rng.randint(8, 14), rng)}"
    scheme, rest = rng.choice((("https", "git.example.org/app.git"), ("postgresql", "db.example.com:5432/shop"),
                               ("ftp", "files.example.net/in"), ("mongodb", "mongo.example.com/stock")))  # fmt: skip
    return value, f"{scheme}://{value}@{rest}"


def _home(rng: random.Random) -> tuple[str, str]:
    name = user_name(rng)
    value = rng.choice((f"/home/{name}", f"/Users/{name}", f"C:\\Users\\{name}"))
    separator = "\\" if value.startswith("C") else "/"
    return value, separator.join((value, rng.choice(("projects", "Desktop", "dev", "Documents")), "app.log"))


def _secret(rng: random.Random) -> tuple[str, str]:
    upper, anything = string.ascii_uppercase + string.digits, _ALPHANUMERIC
    return _same(
        rng.choice((
            "AKIA" + _characters(upper, 16, rng),
            "ghp_" + _characters(anything, 36, rng),
            "xoxb-" + _characters(string.digits, 12, rng) + "-" + _characters(anything, 24, rng),
            "AIza" + _characters(anything, 35, rng),
            "sk_live_" + _characters(anything, 24, rng),
            "glpat-" + _characters(anything, 20, rng),
            "eyJ" + ".".join((_characters(anything, 17, rng), "eyJ" + _characters(anything, 30, rng),
                              _characters(anything, 43, rng))),
        ))
    )  # fmt: skip


def _mention(rng: random.Random) -> tuple[str, str]:
    return _same("@" + user_name(rng).replace(".", ""))


def _same(value: str) -> tuple[str, str]:
    return value, value


def _characters(alphabet: str, count: int, rng: random.Random) -> str:
    return "".join(rng.choices(alphabet, k=count))


_INVENT: dict[PersonalKind, Callable[[random.Random], tuple[str, str]]] = {
    "email": _email, "ip": _ip, "phone": _phone, "url_userinfo": _userinfo, "home_folder": _home,
    "secret": _secret, "mention": _mention,
}  # fmt: skip
_SENTENCES: dict[PersonalKind, tuple[str, ...]] = {
    "email": ("You can write to {} if you need the full file.", "My address is {}, just in case.", "Mail: {}"),
    "ip": ("The server answers at {} only.", "From {} it works, from elsewhere it does not.", "The host is {}."),
    "phone": ("Or call me at {} in the evening.", "My number is {}.", "Support ({}) could not help."),
    "url_userinfo": ("I connect with {} and it hangs.", "The remote is {} by the way."),
    "home_folder": ("The file lies in {} on my machine.", "It looks for {} for some reason."),
    "secret": ("The key is {} but I am not sure that it is right.", "I pass {} as the token."),
    "mention": (
        "{} thanks, but that did not help.",
        "As {} said in a comment, it may be a bug.",
        "EDIT: {} yes, I did.",
    ),
}
_ANYWHERE: tuple[Place, ...] = ("prose", "prose", "code", "code", "title")
PLACES: dict[PersonalKind, tuple[Place, ...]] = {
    "email": _ANYWHERE,
    "ip": _ANYWHERE,
    "phone": ("prose", "code"),
    "url_userinfo": ("prose", "code"),
    "home_folder": ("prose", "code"),
    "secret": ("prose", "code"),
    "mention": ("prose",),
}
"""Where each kind is planted. In code, @name is a decorator or the like and no person."""
_CODE: dict[PersonalKind, tuple[str, ...]] = {
    "email": ('send_to = "{}"', "Author: <{}>", "user={} status=failed"),
    "ip": ('host = "{}"', "ping {}", "[error] client {} closed connection"),
    "phone": ('phone = "{}"', "contact: {}"),
    "url_userinfo": ('url = "{}"', "$ git clone {}", "DATABASE_URL={}"),
    "home_folder": ("open('{}')", "  at {} line 12", "$ cat {}"),
    "secret": ('api_key = "{}"', "Authorization: Bearer {}", "export TOKEN={}"),
}
