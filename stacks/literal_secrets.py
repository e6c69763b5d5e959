"""Secrets in stack files are references to ZenML secrets; anything else in their place is refused, and never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pydantic import BaseModel
from zenml.utils.secret_utils import is_secret_field, is_secret_reference

from stacks.yaml_lines import Path

_SECRET_NAME = re.compile(r"password|passwd|passphrase|secret|token|credential|private_key|(^|_)key$", re.IGNORECASE)
_NO_SECRETS = frozenset(
    {"authentication_secret", "secret_name_prefix", "image_pull_secrets", "encryption_kms_key", "image_pull_policy"}
)
"""Fields that only name something."""


def literal_secrets(config_class: type[BaseModel], configuration: Mapping[str, object]) -> Iterator[tuple[Path, str]]:
    """Yield path and reason of each value that is, or may be, a secret written out; the reason does not hold it."""
    for name, value in configuration.items():
        field = config_class.model_fields.get(name)
        sensitive = field is not None and is_secret_field(field)
        yield from _literals(value, (name,), sensitive=sensitive)


def _literals(value: object, path: Path, *, sensitive: bool) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _literals(inner, (*path, str(key)), sensitive=sensitive)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _literals(inner, (*path, str(number)), sensitive=sensitive)
    elif isinstance(value, bool) or not value:
        return
    elif is_secret_reference(value):
        if len(path) > 1:
            yield (
                path,
                "ZenML looks up secrets at the first level of a configuration only; the value would stay as it is.",
            )
    elif sensitive or (_SECRET_NAME.search(path[-1]) and path[-1] not in _NO_SECRETS):
        advice = 'give a reference as "{{name.key}}", made with `zenml secret create name --key=...`'
        yield path, f"a secret must not stand in a stack file or a variable; {advice}."
    elif isinstance(value, str) and _has_password(value):
        yield path, "an address must not hold a password; a stack file keeps no secrets."


def _has_password(value: str) -> bool:
    if "://" not in value:
        return False
    try:
        return urlsplit(value).password is not None
    except ValueError:  # brackets that hold no address
        return "@" in value
