"""Who asks, by bearer token, and what they may do."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from http import HTTPStatus

from lab.kubernetes.errors import ApiError
from lab.kubernetes.store import ROLE_BINDING, SERVICE_ACCOUNT, Store

ROLES = {"edit", "admin", "cluster-admin"}
"""Cluster roles that let an account work in the namespace of the binding."""


@dataclass(frozen=True)
class User:
    """Who asks: a service account, or the administrator, who has no namespace."""

    name: str
    namespace: str = ""


ADMINISTRATOR = User("administrator")


class Accounts:
    """Tokens and rights.

    Args:
        store: Where service accounts and role bindings are.
        administrator: The administrator's token.
    """

    def __init__(self, store: Store, administrator: str) -> None:
        self._store = store
        self._tokens = {ADMINISTRATOR: administrator}

    def token(self, namespace: str, name: str) -> str:
        """Return the token of a service account; raises ApiError where there is none."""
        self._store.read(SERVICE_ACCOUNT, namespace, name)
        return self._tokens.setdefault(User(name, namespace), secrets.token_urlsafe(32))

    def identify(self, header: str) -> User:
        """Return whose token an `Authorization` header holds; raises ApiError for any other."""
        scheme, _, given = header.partition(" ")
        for user, token in list(self._tokens.items()):
            if scheme.lower() == "bearer" and secrets.compare_digest(given.encode(), token.encode()):
                return user
        raise ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized")

    def may(self, user: User, namespace: str) -> bool:
        """Say whether a user may work in a namespace; an empty one is the whole cluster, for administrators only."""
        bound = any(self._binds(binding, user) for binding in self._store.list(ROLE_BINDING, namespace))
        return user == ADMINISTRATOR or bound

    def require(self, user: User, namespace: str, what: str) -> None:
        """Raise ApiError unless the user may do something in a namespace."""
        if not self.may(user, namespace):
            who = f"system:serviceaccount:{user.namespace}:{user.name}"
            raise ApiError(HTTPStatus.FORBIDDEN, f'{what} is forbidden: User "{who}" in the namespace "{namespace}"')

    @staticmethod
    def _binds(binding: dict[str, object], user: User) -> bool:
        role, subjects = binding["roleRef"], binding.get("subjects") or []
        assert isinstance(role, dict)
        assert isinstance(subjects, list)
        own = {"kind": "ServiceAccount", "name": user.name, "namespace": user.namespace}
        return role["name"] in ROLES and any(own.items() <= subject.items() for subject in subjects)
