r"""The written forms of e-mail and IP addresses, users in URLs and in home folders.

What is left alone on purpose, as it names no person and is part of the subject:

- e-mail: ``git@host`` of clone URLs, ``user@host`` without a domain, ``icon@2x.png``;
- IP: loopback, unspecified and multicast addresses, netmasks (``255.``...), ``x.0.0.0``, and versions: four numbers
  behind a version word or a product (``Chrome/60.0.1.2``, ``foo-1.2.3.4``) or, outside URLs and without a port, with
  every number below 20 and the first below 10. Private and documentation ranges are masked;
- home folder: service accounts, placeholders, web routes (``/home/index``) and files (``/home/main.py``).

Every quantifier is bounded or possessive, so each finder takes linear time.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

Span = tuple[int, int]

_AT_DOMAIN = re.compile(
    r"(?:@|%40|&#64;|&#x40;)(?!\d+x\.|(?:openssh\.com|libssh\.org)\b)(?:[^\W_](?:[\w-]{0,62}+)\.){1,8}"
    r"(?!(?:png|jpe?g|gif|svg|webp)\b)[^\W\d_]{2,24}+(?![\w-])"
)
_LOCAL_REVERSED = re.compile(r"[\w.+-]{1,65}+")
_SPELT_AT = re.compile(r"[\[({](?:at|AT|At)[\])}]")
_SPELT_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}+ ?[\[({]at[\])}] ?[\w-]{1,63}+(?: ?(?:\.|[\[({]dot[\])}]) ?[\w-]{2,24}+){1,4}",
    re.IGNORECASE,
)


def emails(text: str) -> Iterator[Span]:
    """Find e-mail addresses, also with an encoded or spelt ``@``."""
    if "@" in text or "%40" in text or "&#" in text:
        for domain in _AT_DOMAIN.finditer(text):
            local = _LOCAL_REVERSED.match(text[max(domain.start() - 65, 0) : domain.start()][::-1])
            if local and len(local[0]) <= 64 and local[0] != "tig":  # git@host is no person's
                yield domain.start() - len(local[0]), domain.end()
    if _SPELT_AT.search(text):
        yield from (match.span() for match in _SPELT_EMAIL.finditer(text))


_USERINFO = re.compile(r"://(?!git@)([^\s/?#@<>\"'\[\]]{1,256}+)@(?=[\w\[$&{%<])")


def url_userinfos(text: str) -> Iterator[Span]:
    """Find ``user:password`` in ``scheme://user:password@host``."""
    if "@" in text and "://" in text:
        yield from (match.span(1) for match in _USERINFO.finditer(text))


_IPV4 = re.compile(r"\d(?<![\w.]\d)\d{0,2}+\.\d{1,3}+\.\d{1,3}+\.\d{1,3}+(?!\w|\.\w|-[a-z])")
_IPV6 = re.compile(r"[0-9a-fA-F:](?<![\w:.][0-9a-fA-F:])[0-9a-fA-F:]{5,38}+(?![\w:])")
_VERSION_BEFORE = re.compile(
    r"(?:(?:version|release|build|revision|update|sdk|jdk|jre|driver|firmware)s?(?:&\w{2,5};|\W){0,8}|\bver\W{0,3}"
    r"|[a-z][\w.]*[/-]|[a-z]\(|[a-z][\w.-]*:[\w.-]+:)$",
    re.IGNORECASE,
)


def ip_addresses(text: str) -> Iterator[Span]:
    """Find IPv4 and IPv6 addresses."""
    yield from (match.span() for match in _IPV4.finditer(text) if _is_host4(match))
    if "::" in text or text.count(":") >= 7:
        yield from (match.span() for match in _IPV6.finditer(text) if _is_host6(match[0]))


def _is_host4(match: re.Match[str]) -> bool:
    try:
        address = ipaddress.IPv4Address(match[0])
    except ValueError:
        return False
    numbers = address.packed
    if address.is_loopback or address.is_multicast or numbers[0] in {0, 255} or not any(numbers[1:]):
        return False
    before = match.string[max(match.start() - 32, 0) : match.start()]
    located = before.endswith("//") or match.string[match.end() :][:1] == ":"
    return located or not ((max(numbers) < 20 and numbers[0] < 10) or _VERSION_BEFORE.search(before))


def _is_host6(text: str) -> bool:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    reserved = address.is_loopback or address.is_unspecified or address.is_multicast
    specific = text.count(":") == 7 or re.match(r"[0-9a-f]{4}:", text, re.IGNORECASE)
    return bool(specific) and not reserved and any(character.isdigit() for character in text)


_HOME = re.compile(
    r"(?:(?:(?<![\w.~])|(?<=/[a-z])|(?<=\b[a-z]:))/(?:home|Users|Documents and Settings)/"
    r"|\\{1,2}(?:Users|Documents and Settings)\\{1,2})"
    r"(\w[\w.+-]{0,31}+(?: [\w.+-]{1,20}+){0,2}(?=\\)|\w[\w.+-]{0,31}+)",
    re.IGNORECASE,
)
_NO_PERSON = frozenset(
    "about account add admin administrator all api app application attendance builder centos circleci contact "  # noqa: SIM905
    "create debian default delete deploy details docker ec2-user edit error feed getdata git gitlab-runner guest "
    "hadoop home hduser index jenkins jovyan kaggle linuxbrew list login logout main me my-user myname myuser "
    "name news node oracle page pi postgres privacy products profile public register root runner sandbox search "
    "settings shared site some-user something test travis ubuntu upload user user1 username users vagrant view "
    "web webapp welcome www www-data xxx you your-user yourname your_username yourusername".split()
)


def home_folders(text: str) -> Iterator[Span]:
    """Find user names in paths of home folders on Linux, macOS and Windows."""
    lowered = text.lower()
    if "home/" in lowered or "users" in lowered or "documents and settings" in lowered:
        for match in _HOME.finditer(text):
            name = match[1].rstrip(".-").lower()
            if name not in _NO_PERSON and not re.search(
                r"\.(?:py|js|php|html?|csv|txt|jar|cs|sh|json|xml|java)$", name
            ):
                yield match.start(1), match.start(1) + len(name)
