"""Stack files: one YAML file a stack, readable by a person."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError
from zenml.enums import StackComponentType

from stacks import yaml_lines
from stacks.nearest import nearest
from stacks.variables import BUILTIN, NAME, malformed, uses
from stacks.yaml_lines import Lines, line_of, read_with_lines
from tagstack.errors import ConfigError

FOLDER = Path(__file__).parent
DEFAULT_STACK = "local"
VariableName = Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]


class ComponentFile(BaseModel):
    """One component: its flavor and that flavor's configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flavor: str
    configuration: dict[str, Any] = {}


class StackFile(BaseModel):
    """One stack: a component a type.

    Attributes:
        name: Its name in ZenML, that of the file.
        description: What it is.
        runs: Where its steps run.
        zenml: Whether it works with any store of ZenML's, or needs a server that its steps can reach.
        extras: What has to be installed besides, as extras of the project.
        variables: What has to be given, with its meaning.
        components: By type.
        without: Why it has no component of a type.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    description: str
    runs: str = ""
    zenml: Literal["any", "server"] = "any"
    extras: list[str] = []
    variables: dict[VariableName, str] = {}
    components: dict[StackComponentType, ComponentFile]
    without: dict[StackComponentType, str] = {}
    _lines: Lines = PrivateAttr({(): 1})

    def place(self, *path: str) -> str:
        """Name a key with its file and line, as `stacks/aws.yaml:12: components.orchestrator.flavor`."""
        return _place(self.name, self._lines, path)

    def defaults(self) -> dict[str, str | None]:
        """Return the variables that it uses, each with its default."""
        found: dict[str, str | None] = {}
        for _, name, default in uses(self.tree()):
            found[name] = default if default is not None else found.get(name)
        return found

    def tree(self) -> dict[str, Any]:
        """Return the components as they stand in the file."""
        return {kind.value: part.model_dump() for kind, part in self.components.items()}


def stack_names() -> list[str]:
    """List the stacks that have a file."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def read_stack(name: str) -> StackFile:
    """Read the file of stack `name`.

    Raises:
        ConfigError: The file is no valid description of a stack; the message names file and line.
    """
    file = FOLDER / f"{name}.yaml"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError(f"Cannot read stacks/{file.name}: {getattr(error, 'strerror', error)}.") from None
    tree, lines = read_with_lines(text, name=f"stacks/{file.name}")
    if not isinstance(tree, dict):
        raise ConfigError(f"stacks/{file.name}:1: must hold the keys name, description and components.")
    try:
        stack = StackFile.model_validate(tree)
    except ValidationError as error:
        raise ConfigError(_first_problem(name, error, lines)) from None
    stack._lines = lines  # noqa: SLF001 - its own
    for path, problem in _problems(stack, name):
        raise ConfigError(f"{_place(name, lines, path)}: {problem}")
    return stack


def _problems(stack: StackFile, name: str) -> Iterator[tuple[yaml_lines.Path, str]]:
    if stack.name != name:
        yield ("name",), f"must be {name}, as the file is called."
    for kind in stack.components.keys() & stack.without.keys():
        yield ("without", kind.value), "the stack has such a component."
    tree = {"components": stack.tree()}
    for path in malformed(tree):
        yield path, "a variable is written ${NAME} or ${NAME:-default}, its name in capitals."
    used = set()
    for path, variable, _ in uses(tree):
        used.add(variable)
        if variable not in {*stack.variables, *BUILTIN}:
            advice = nearest(variable, stack.variables) or "say there what it is."
            yield path, f"variable {variable} is not listed under variables; {advice}"
    for variable in stack.variables:
        if variable not in used:
            yield ("variables", variable), "no component uses it."


def _first_problem(name: str, error: ValidationError, lines: Lines) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    path = tuple(str(part) for part in problem["loc"] if part != "[key]")
    place = _place(name, lines, path)
    if problem["type"] == "enum" and path[:1] in {("components",), ("without",)}:
        kinds = [kind.value for kind in StackComponentType]
        return f"{place}: no type of component; {nearest(path[-1], kinds) or 'there are ' + ', '.join(kinds) + '.'}"
    if problem["type"] == "extra_forbidden":
        known = ComponentFile.model_fields if len(path) > 1 else StackFile.model_fields
        return f"{place}: unknown key; {nearest(path[-1], known) or 'there are ' + ', '.join(known) + '.'}"
    return f"{place}: {problem['msg']}."


def _place(name: str, lines: Lines, path: yaml_lines.Path) -> str:
    return f"stacks/{name}.yaml:{line_of(lines, path)}: {'.'.join(path) or 'stack'}"
