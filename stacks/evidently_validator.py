"""Evidently as a data validator of the stack: every drift run adds a snapshot to a workspace or a service.

ZenML's own flavor `evidently` uses Evidently's old API, knows no workspace, and would judge by Evidently's default
thresholds. Evidently is imported when something is published; importing it takes seconds.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast
from urllib.parse import urlsplit

import pandas as pd
from pydantic import ConfigDict, Field, model_validator
from zenml.data_validators import BaseDataValidator, BaseDataValidatorFlavor
from zenml.data_validators.base_data_validator import BaseDataValidatorConfig
from zenml.utils.secret_utils import SecretField, is_secret_reference

from tagstack import paths
from tagstack.drift.report import DriftReport
from tagstack.errors import ConfigError
from tagstack.loopback import is_loopback

if TYPE_CHECKING:
    from stacks.evidently_workspace import SnapshotKeeper

FLAVOR = "tagstack-evidently"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "tagstack/evidently")
_MAGIC = frozenset("*?[")


def same_id(*names: str) -> uuid.UUID:
    """Return the id that something of these names has in every workspace: `same_id(model)` is the model's project."""
    return uuid.uuid5(_NAMESPACE, "/".join(names))


@dataclass(frozen=True)
class Published:
    """Where the snapshot of a drift run is.

    Attributes:
        address: The workspace folder, or the snapshot's address in the service.
        snapshot_id: Evidently's.
    """

    address: str
    snapshot_id: str


class EvidentlyWorkspaceConfig(BaseDataValidatorConfig):
    """A folder or a service; without either, a folder beside ZenML's own store."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)

    workspace: str | None = None
    """Absolute path of the folder."""
    url: str | None = None
    """Address of an Evidently service."""
    secret: str | None = SecretField(default=None)
    """What the service asks for before it writes (`evidently ui --secret`), as a reference to a ZenML secret, as
    `{{evidently.secret}}`."""
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    """How long one request to the service may take."""

    @model_validator(mode="after")
    def _consistent(self) -> EvidentlyWorkspaceConfig:
        secret = self.__dict__["secret"]  # the attribute would look the secret up
        if self.workspace is not None and self.url is not None:
            raise ValueError("give either workspace or url")
        if self.workspace is not None:
            _check_folder(self.workspace)
        if self.url is not None:
            _check_url(self.url, secret=secret)
        elif secret is not None:
            raise ValueError("secret goes with url; a folder is protected by its rights")
        return self

    @property
    def is_local(self) -> bool:
        """Whether snapshots stay on this machine."""
        return self.url is None

    @property
    def folder(self) -> Path:
        """The workspace folder; meaningless where there is a service."""
        return Path(self.workspace).expanduser() if self.workspace else paths.data() / "evidently"


class EvidentlyWorkspaceValidator(BaseDataValidator):
    """Publishes drift reports to an Evidently workspace or service."""

    NAME: ClassVar[str] = "Evidently workspace"
    FLAVOR: ClassVar[type[BaseDataValidatorFlavor]]

    @property
    def config(self) -> EvidentlyWorkspaceConfig:
        """The component's configuration."""
        return cast("EvidentlyWorkspaceConfig", self._config)

    @property
    def address(self) -> str:
        """The folder or the service, for people."""
        return self.config.url.rstrip("/") if self.config.url else str(self.config.folder)

    def publish(self, report: DriftReport, reference: pd.DataFrame, window: pd.DataFrame, run_id: str) -> Published:
        """Add the snapshot of a drift run, or replace the one of the same run; the project is named after the model.

        Args:
            report: What was found.
            reference: Descriptors of the reference, a row a question; no other columns are read.
            window: Descriptors of the window.
            run_id: Of the pipeline run.

        Raises:
            StorageError: The folder cannot be written.
            ServiceError: The service is down, refuses, or is no Evidently service.
            ConfigError: The ZenML secret does not exist.
        """
        from stacks.evidently_snapshot import make_snapshot  # noqa: PLC0415 - see the module

        keeper = self._open()  # first, as a secret that is missing is found at once
        snapshot = make_snapshot(report, reference, window, run_id)
        return Published(*keeper.put(report.model_name, run_id, snapshot))

    def _open(self) -> SnapshotKeeper:
        from stacks.evidently_workspace import LocalWorkspace, RemoteService  # noqa: PLC0415 - as above

        if self.config.url is None:
            return LocalWorkspace(self.config.folder)
        return RemoteService(self.address, self._secret(), timeout=self.config.timeout_seconds)

    def _secret(self) -> str | None:
        try:
            return self.config.secret
        except KeyError:
            name = self.config.__dict__["secret"]
            raise ConfigError(
                f"The ZenML secret {name}, which the data validator {self.name!r} refers to, does not exist; make it "
                "with `zenml secret create`."
            ) from None


class EvidentlyWorkspaceFlavor(BaseDataValidatorFlavor):
    """Makes the component known to ZenML."""

    @property
    def name(self) -> str:
        """Its name in stack files."""
        return FLAVOR

    @property
    def config_class(self) -> type[EvidentlyWorkspaceConfig]:
        """What can be configured."""
        return EvidentlyWorkspaceConfig

    @property
    def implementation_class(self) -> type[EvidentlyWorkspaceValidator]:
        """What publishes."""
        return EvidentlyWorkspaceValidator


EvidentlyWorkspaceValidator.FLAVOR = EvidentlyWorkspaceFlavor


def _check_folder(folder: str) -> None:
    if "://" in folder or _MAGIC & set(folder) or not Path(folder).expanduser().is_absolute():
        raise ValueError(f"workspace {folder!r} must be an absolute path of a local folder without any of * ? [")


def _check_url(url: str, *, secret: str | None) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("url must begin with http:// or https:// and name a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "url must hold no user, password, query or fragment; what the service asks for goes into secret"
        )
    if secret is None:
        return
    if not is_secret_reference(secret):
        raise ValueError(
            "secret must refer to a ZenML secret, as {{evidently.secret}}: zenml secret create evidently ..."
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("http:// would send the secret readable by all; use https://")
