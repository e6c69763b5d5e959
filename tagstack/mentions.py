"""Users mentioned as ``@name``.

Most ``@name`` on Stack Overflow are no persons but decorators, annotations, variables and packages. So code is left
out, and in prose a name counts as a person's only by its neighbours: at the start of a paragraph or sentence, behind
*thanks to*, *as*, *by*, *from* ..., or before *'s*, *said*, *answer*, a colon ...; and never where it is a known
annotation, a scope (``@angular/core``), a call (``@Bean()``), or is said to be technical (*the @Id annotation*).
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator

Span = tuple[int, int]

_MENTION = re.compile(
    r"@(?<![\w@/.\]\[$%{#&*='+~^\\`-]@)(?<!\w\(@)([^\W\d_][\w-]{1,38}(?:\.\w{1,20}){0,2})(?![\w@/(=\[\]{}\\])"
)
_PERSON_BEFORE = re.compile(
    r"(?:\b(?:thanks?(?: you| a lot| again| so much)?|thx|tnx|credits?|kudos|props|cheers|hats? off|ht|h/t|by|per|from|"
    r"as|like|what|help (?:of|from)|users?|hi|hey|hello|dear|cc|ping|asked|told|see|follow(?:ing|ed)?|contact|message|"
    r"@\w+(?:</a>)? (?:and|or|&amp;)|edit\d*|update\d*|answer(?: of)?|comments? (?:of|from|by)|suggestion of|according|"
    r"sorry|regards?|response)"
    r"(?: (?:goes|go|out))?(?: (?:to|for|from|of|by|user|again))?(?:</?\w{1,10}>|[\s,:(&]|@\w[\w-]*+){1,8})$",
    re.IGNORECASE,
)
_START_BEFORE = re.compile(r"(?:^|<(?:p|li|br ?/?|div|blockquote|hr ?/?|h\d)>|[\n;!?)>]|[.:] |^\W+)\s*$")
_PERSON_AFTER = re.compile(
    r"\s?['’‘´`]|[:,!]|\s?[-–]\s|</a>|\s(?:said|says?|suggest\w*|point\w*|mention\w*|not(?:es?|ed)|wrote|writes|asked|asks|"
    r"explain\w*|recommend\w*|help\w*|propos\w*|comment\w*|answer\w*|solution|advice|is (?:right|correct)|i\b|you\b|"
    r"thank\w*|thx|please|did|gave|post(?:ed)?\b|provid\w*|describ\w*|code|stated|request|told|knows?|who|yes|no\b|for\b)",
    re.IGNORECASE,
)
_START_AFTER = re.compile(
    r"\s?(?:[:,!]|[-–]\s)|\s(?:i|you|thank\w*|thx|please|yes|no|the|it|that|this|your)\b|</p>", re.IGNORECASE
)
_TECHNICAL_BEFORE = re.compile(
    r"\b(?:an?|the|annotat\w+|decorat\w+|use|uses|used|using|with|add\w*|its|my|each|every) $", re.IGNORECASE
)
_TECHNICAL_AFTER = re.compile(
    r"[\s-](?:annot|decorat|directive|attribut|variable|param|propert|wrapper|import|tag\b|rule|method|class|field|"
    r"package|module|keyword|selector|bean|object|model|macro|symbol|type|value|function|query|queries|interface|and\s@)",
    re.IGNORECASE,
)
_TECHNICAL = frozenset(
    "action app after afterall aftereach afteraspect afterclass aftertest all any around aspect async "  # noqa: SIM905
    "asynchronous attribute author autowire autowired autowiredannotation bean before beforeall beforeclass "
    "beforeeach beforetest bind bindable bindableobject binding block body builder cache cacheable cc_on channel "
    "charset classmethod client column component componentscan composable conditional configuration "
    "configurationproperties contextconfiguration controller controlleradvice crossorigin data dataclass "
    "decorator def delete deprecated dictionary directive document dynamic ejb else elseif embeddable embedded "
    "enableautoconfiguration enablewebmvc end endif endforeach entity enumerated environment environmentobject "
    "escaping everyone example except exceptionhandler export extend extends fetchrequest field font-face for "
    "foreach form functools generatedvalue get getmapping given globalactor here hostlistener html hystrixcommand "
    "id if ignore implementation import include index inject injectable inline input interface internal intdef "
    "javascript joincolumn joinfromtable jsonignore jsonproperty jsonview keyframes lazy layout let listener "
    "local localstorage lombok main mainactor manytomany manytoone mapper max-width media memberof method min "
    "mixin mock mockbean model mongo_id namedquery nested ngmodule nonnull notblank notempty notnull nullable "
    "objc objectbinding observable observableobject observedobject onetomany onetoone optional option output "
    "override page param parameter parametrize part path pathparam pathvariable persistencecontext pipe post "
    "postconstruct postmapping predestroy preauthorize primary private produces profile prop property "
    "propertysource provider provides public published publisher put qualifier query race read readonly receiver "
    "ref release remote repository request requestbody requestmapping requestparam requirements resource "
    "responsebody restcontroller return returns rest route rpath scheduled schema scope section see selector "
    "service session set singleton since size slf4j some spring springbootapplication springboottest state "
    "stateless stateobject static staticmethod step strong styles subscribe supports suppress suppresswarnings "
    "switch synchronized synthesize table tailwind test testable then this throws timestamp todo transaction "
    "transactional transient true try type typedef use user username using val valid validated value var variable "
    "version viewchild viewmodel webmethod webmvctest webservice weak while wire wrapper xmlattribute xmlelement "
    "xmlrootelement yield".split()
)
_CODE_TAG = re.compile(r"<(/?)(?:pre|code)\b")


def mentions(text: str) -> Iterator[Span]:
    """Find mentions of users in prose, with their ``@``."""
    if "@" not in text:
        return
    found = [match.span() for match in _MENTION.finditer(text) if _is_person(match)]
    code = _code_spans(text) if found else []
    for span in found:
        before = bisect.bisect(code, span) - 1
        if before < 0 or code[before][1] <= span[0]:
            yield span


def _is_person(match: re.Match[str]) -> bool:
    before, after = (
        match.string[max(match.start() - 48, 0) : match.start()],
        match.string[match.end() : match.end() + 24],
    )
    if match[1].split(".")[0].rstrip("0123456789").lower() in _TECHNICAL or _TECHNICAL_AFTER.match(after):
        return False
    if _PERSON_BEFORE.search(before):
        return True
    if _TECHNICAL_BEFORE.search(before):
        return False
    return bool(_PERSON_AFTER.match(after) or (_START_BEFORE.search(before) and _START_AFTER.match(after)))


def _code_spans(text: str) -> list[Span]:
    spans, depth, start = [], 0, 0
    for tag in _CODE_TAG.finditer(text):
        if not tag[1]:
            start = start if depth else tag.start()
            depth += 1
        elif depth:
            depth -= 1
            spans += [] if depth else [(start, tag.end())]
    return [*spans, (start, len(text))] if depth else spans
