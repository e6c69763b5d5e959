"""Where snapshots are kept: a folder, or an Evidently service. Importing this module imports Evidently."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from evidently._pydantic_compat import parse_obj_as
from evidently.core.report import Snapshot
from evidently.errors import EvidentlyError
from evidently.sdk.models import ProjectModel, SnapshotMetadataModel
from evidently.ui.storage.local.base import DASHBOARD_FILE_NAME, PROJECT_FILE_NAME, SNAPSHOTS_DIR_NAME, LocalState
from evidently.ui.workspace import RemoteWorkspace
from requests import RequestException, Response, Session

from stacks.evidently_panels import with_panels
from stacks.evidently_snapshot import RUN
from stacks.evidently_validator import same_id
from tagstack.errors import ServiceError, StorageError
from tagstack.privacy import error_line

_DESCRIPTION = "What Tagstack's drift runs found."


class SnapshotKeeper(Protocol):
    """What keeps the snapshots of a project, one a drift run."""

    def put(self, project: str, run_id: str, snapshot: Snapshot) -> tuple[str, str]:
        """Keep the snapshot of a run, in place of an earlier one of the same run, and our panels.

        Returns:
            Where it is, for a person, and its id.

        Raises:
            StorageError: A folder cannot be written.
            ServiceError: A service is down, refuses, or is no Evidently service.
        """


class LocalWorkspace:
    """A workspace folder as `evidently ui --workspace` shows it.

    Evidently's own `Workspace` reads every snapshot before it writes one, and writes in place, so that a full disk
    leaves half a file and a dashboard that does not start. So only its `LocalState`, which knows the files, is used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, project: str, run_id: str, snapshot: Snapshot) -> tuple[str, str]:
        """Keep a snapshot; see `SnapshotKeeper.put`."""
        name, run = same_id(project), same_id(project, run_id)
        with self._errors():
            state = LocalState(str(self.folder))
            home = self.folder / str(name)
            (home / SNAPSHOTS_DIR_NAME).mkdir(parents=True, exist_ok=True)
            if not (home / PROJECT_FILE_NAME).exists():
                state.write_project(ProjectModel(id=name, name=project, description=_DESCRIPTION))
            _replace(home / SNAPSHOTS_DIR_NAME / f"{run}.json", snapshot.dumps())
            kept = state.read_dashboard(name)
            if (wanted := with_panels(kept)) != kept:
                _replace(home / DASHBOARD_FILE_NAME, wanted.json())
        return str(self.folder), str(run)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(
                f"Cannot write the Evidently workspace {self.folder}: {error.strerror or error}; give it a folder that "
                "can be written, or free some disk."
            ) from None
        except ValueError as error:
            raise StorageError(
                f"The Evidently workspace {self.folder} is damaged: {error_line(error)[:200]}; move it away."
            ) from None


class RemoteService:
    """An Evidently service, reached by HTTP."""

    def __init__(self, url: str, secret: str | None, *, timeout: float) -> None:
        self.url, self._secret = url, secret
        self._workspace = _BoundedWorkspace(url, secret, timeout)

    def put(self, project: str, run_id: str, snapshot: Snapshot) -> tuple[str, str]:
        """Keep a snapshot; see `SnapshotKeeper.put`."""
        with self._errors():
            self._workspace.verify()
            name = self._find_or_add(project)
            earlier = self._of_run(name, run_id)
            added = str(self._workspace.add_run(name, snapshot).id)
            for one in earlier:  # afterwards, so that there is always one
                self._workspace.delete_run(name, one)
            kept = self._workspace.get_dashboard(name)
            if (wanted := with_panels(kept)) != kept:
                self._workspace.save_dashboard(name, wanted)
        return f"{self.url}/projects/{name}/reports/{added}", added

    def _find_or_add(self, project: str) -> uuid.UUID:
        found = self._workspace.search_project(project)
        if found:
            return uuid.UUID(str(found[0].id))
        model = ProjectModel(id=same_id(project), name=project, description=_DESCRIPTION)
        return uuid.UUID(str(self._workspace.add_project(model).id))

    def _of_run(self, name: uuid.UUID, run_id: str) -> list[uuid.UUID]:
        return [one.id for one in self._workspace.list_snapshots(name) if one.metadata.get(RUN) == run_id]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        what, advice = f"The Evidently service {self.url}", "check that it runs, its address and the secret"
        try:
            yield
        except (RequestException, TimeoutError) as error:
            reason = "does not answer in time" if "timed out" in str(error).lower() else "cannot be reached"
            raise ServiceError(f"{what} {reason} ({type(error).__name__}); {advice}.") from None
        except EvidentlyError as error:
            raise ServiceError(f"{what} refused: {self._without_secret(error)}; {advice}.") from None
        except (ValueError, KeyError, TypeError):
            raise ServiceError(f"{what} does not answer as one; {advice}.") from None

    def _without_secret(self, error: EvidentlyError) -> str:
        reason = error_line(error)
        return type(error).__name__ if self._secret and self._secret in reason else reason[:200].rstrip(" .")


class _BoundedWorkspace(RemoteWorkspace):  # type: ignore[misc] # Evidently is not typed for us
    """Evidently's client with what it lacks: a time limit, snapshots listed and deleted; redirects are not followed."""

    def __init__(self, url: str, secret: str | None, timeout: float) -> None:
        self._timeout = timeout
        super().__init__(url, secret=secret, verify=False)

    def list_snapshots(self, project: uuid.UUID) -> list[SnapshotMetadataModel]:
        return self._request(f"/api/projects/{project}/snapshots", "GET", response_model=list[SnapshotMetadataModel])

    def delete_run(self, project_id: uuid.UUID, snapshot_id: uuid.UUID) -> None:
        self._request(f"/api/projects/{project_id}/{snapshot_id}", "DELETE")

    def _request(self, path: str, method: str, **options: Any) -> Any:  # noqa: ANN401 - as in the base class
        model = options.pop("response_model", None)
        request = self._prepare_request(path, method, **options).prepare()
        with Session() as session:  # a redirect would carry the secret elsewhere
            answer = session.send(request, timeout=self._timeout, allow_redirects=False)
        _require_success(answer)
        return answer if model is None else parse_obj_as(model, answer.json())


def _require_success(answer: Response) -> None:
    if answer.is_redirect:
        raise EvidentlyError("it redirects to another address")
    if answer.status_code >= 400:
        try:
            reason = str(answer.json()["detail"])
        except (ValueError, KeyError, TypeError):
            reason = f"HTTP {answer.status_code}"
        raise EvidentlyError(reason)


def _replace(file: Path, text: str) -> None:
    """Write a whole file or nothing, and let a running dashboard know, which looks when the file itself is written."""
    part = file.with_suffix(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("w", encoding="utf-8") as target:
            target.write(text)
            target.flush()
            os.fsync(target.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    with suppress(OSError), file.open("a", encoding="utf-8") as target:
        target.write("\n")
