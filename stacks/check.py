"""What would fail late on a stack, found early: one finding a question, each with the command that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import zenml
from zenml.client import Client
from zenml.enums import StackComponentType, StoreType
from zenml.stack.stack_component import StackComponentConfig

from stacks import component_checks, image_checks
from stacks.extras import missing_packages
from stacks.finding import Finding
from stacks.flavors import register_flavors
from stacks.placement import NEEDED, containerised, local_parts, runs_elsewhere
from stacks.plan import find_stack, make_plan
from stacks.resolution import Resolved, validate
from stacks.secret_references import missing_secrets
from tagstack.errors import TagstackError
from tagstack.privacy import error_line

Answer = tuple[bool, str]


@dataclass(frozen=True)
class Checked:
    """What the questions are about.

    Attributes:
        client: ZenML.
        resolved: The stack with its variables.
        configs: The configuration of each component that could be read.
    """

    client: Client
    resolved: Resolved
    configs: dict[StackComponentType, StackComponentConfig]

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.resolved.file.name


def examine(client: Client, resolved: Resolved) -> Iterator[Finding]:
    """Look at everything, one finding after the other; a question that cannot be answered is a finding itself."""
    register_flavors(client)
    try:
        configs = validate(client, resolved, partly=True)
    except TagstackError as error:
        yield Finding("file", well=False, detail=str(error))
        return
    checked = Checked(client, resolved, configs)
    questions: tuple[tuple[str, Callable[[Checked], Iterable[Answer]]], ...] = (
        ("variables", _variables),
        ("extras", _extras),
        ("secrets", _secrets),
        ("components", _components),
        ("placement", _placement),
        ("zenml", _zenml),
        ("registered", _registered),
    )
    for subject, question in questions:
        yield from _ask(subject, partial(question, checked))
    for kind, config in configs.items():
        if missing_secrets(client, resolved.parts[kind].configuration):
            continue  # told above
        for ask in component_checks.questions(kind, resolved.parts[kind].flavor):
            yield from _ask(kind.value, partial(ask, client, checked.name, config))
    if containerised(resolved):
        yield from _ask("container", image_checks.container_engine)
        yield from _ask("image", partial(image_checks.images, client, checked.name, configs))


def _ask(subject: str, question: Callable[[], Iterable[Answer]]) -> Iterator[Finding]:
    try:
        for well, detail in question():
            yield Finding(subject, well, detail)
    except Exception as error:  # noqa: BLE001 - of any library: the other questions are asked all the same
        yield Finding(subject, well=False, detail=error_line(error)[:300])


def _variables(checked: Checked) -> Iterator[Answer]:
    resolved = checked.resolved
    for name in resolved.unset:
        meaning = resolved.file.variables[name].rstrip(".")
        yield False, f"{name} is not set ({meaning}); `export {name}=...`, or --var {name}=..."
    if not resolved.unset:
        given = [name for name, value in resolved.values.items() if value.is_given]
        yield True, f"{len(given)} given, {len(resolved.values) - len(given)} by default"


def _extras(checked: Checked) -> Iterator[Answer]:
    for extra in checked.resolved.file.extras:
        missing = missing_packages(extra)
        if missing:
            yield False, f"{extra}: {', '.join(missing)} not installed; `make install EXTRAS={extra}`"
        else:
            yield True, f"{extra} is installed"


def _secrets(checked: Checked) -> Iterator[Answer]:
    configurations = [part.configuration for part in checked.resolved.parts.values()]
    missing = missing_secrets(checked.client, *configurations)
    for secret in missing:
        yield False, f"{secret.problem}; `{secret.command}`"
    if not missing:
        yield True, "all are there"


def _components(checked: Checked) -> Iterator[Answer]:
    parts = checked.resolved.parts
    needed = list(NEEDED)
    if containerised(checked.resolved):
        needed.append(StackComponentType.IMAGE_BUILDER)
    if containerised(checked.resolved) and runs_elsewhere(checked.resolved):
        needed.append(StackComponentType.CONTAINER_REGISTRY)
    missing = [kind for kind in needed if kind not in parts]
    for kind in missing:
        yield False, f"no {kind.value}; add one to stacks/{checked.name}.yaml"
    if not missing:
        yield True, f"{len(parts)} of {len(parts) + len(checked.resolved.file.without)} types"


def _placement(checked: Checked) -> Iterator[Answer]:
    found = list(local_parts(checked.resolved, checked.configs))
    for kind, problem in found:
        yield False, f"{kind.value}: {problem}; change it in stacks/{checked.name}.yaml"
    if not found:
        yield True, f"steps run {checked.resolved.file.runs or 'here'} and reach what they need"


def _zenml(checked: Checked) -> Iterator[Answer]:
    store = checked.client.zen_store
    local = store.type == StoreType.SQL
    if checked.resolved.file.zenml == "server" and local:
        yield False, "ZenML's store is a file of this machine, the stack needs a server; `zenml login https://...`"
        return
    version = store.get_store_info().version
    if str(version) != zenml.__version__:
        yield (
            False,
            f"server {version}, client {zenml.__version__}; `pip install zenml=={version}`, or update the server",
        )
        return
    yield True, f"{'the store of this machine' if local else store.url}, version {version}"


def _registered(checked: Checked) -> Iterator[Answer]:
    name = checked.name
    if find_stack(checked.client, name) is None:
        yield True, f"not yet; `python run.py stacks apply {name}`, or a first run, does it"
        return
    if checked.resolved.unset or len(checked.configs) < len(checked.resolved.parts):
        yield True, "yes; not compared, see above"
        return
    plan = make_plan(checked.client, checked.resolved)
    if plan.is_empty:
        yield True, "yes, as the file says"
    else:
        kinds = ", ".join(change.kind.value for change in plan.changes)
        yield False, f"differs from the file in {kinds}; `python run.py stacks apply {name}`"
