"""What ties a service to the Model Control Plane: which version to serve is the store's word, the model ZenML's."""

from __future__ import annotations

from collections.abc import Callable

from stacks import versions
from tagstack.config import Settings
from tagstack.model.tagmodel import TagModel
from tagstack.serving.engine import Engine
from tagstack.serving.follower import Follower
from tagstack.store.database import Store


def make_follower(settings: Settings, *, address: str) -> Callable[[Engine, Store], Follower]:
    """Return what makes a service's follower once its engine and store are there.

    Args:
        settings: Name of the model, and how often to look.
        address: Where the service listens, as it reports it.
    """
    name = settings.model_name

    def load(number: int) -> TagModel:
        return versions.load_tag_model(versions.find_version(name, str(number)))

    def make(engine: Engine, store: Store) -> Follower:
        return Follower(engine, store, name, load, address, settings.service)

    return make
