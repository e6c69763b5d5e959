"""Stack files: one YAML file a stack, readable by a person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from zenml.enums import StackComponentType

from tagstack.errors import ConfigError

FOLDER = Path(__file__).parent
DEFAULT_STACK = "local"


class ComponentFile(BaseModel):
    """One component: its flavor and that flavor's configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flavor: str
    configuration: dict[str, Any] = {}


class StackFile(BaseModel):
    """One stack: a component a type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str
    components: dict[StackComponentType, ComponentFile]


def stack_names() -> list[str]:
    """List the stacks that have a file."""
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def read_stack(name: str) -> StackFile:
    """Read the file of stack `name`.

    Raises:
        ConfigError: The file is no valid description of a stack.
    """
    file = FOLDER / f"{name}.yaml"
    try:
        return StackFile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        place = ".".join(map(str, problem["loc"]))
        raise ConfigError(f"stacks/{file.name}: {place}: {problem['msg']}.") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"stacks/{file.name} is not valid YAML: {' '.join(str(error).split())}") from None
