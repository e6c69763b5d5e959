"""Making a stack in ZenML as its file says, and taking it away."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from zenml.client import Client
from zenml.config.global_config import GlobalConfiguration
from zenml.enums import StackComponentType
from zenml.exceptions import EntityExistsError, IllegalOperationError
from zenml.models import ComponentResponse, StackResponse, StackUpdate

from stacks.flavors import register_flavors
from stacks.plan import APPLIED, GIVEN, Change, Plan, find_stack, is_ours, linked_ids, make_plan, owned
from stacks.resolution import Resolved
from tagstack.errors import TagstackError, UsageError


def apply(
    client: Client, resolved: Resolved, *, dry_run: bool = False, before: Callable[[Plan], None] | None = None
) -> tuple[Plan, StackResponse | None]:
    """Make the stack as its file says; where it is so already, nothing is written.

    Args:
        client: ZenML.
        resolved: The stack with its variables.
        dry_run: Only plan.
        before: Called with the plan before anything is changed.

    Returns:
        The plan, and the stack as it is then; None where it is not registered.

    Raises:
        UsageError: A variable is not set, or a stack of the name exists that is not ours.
        ConfigError: The configuration of a component is impossible.
    """
    register_flavors(client)
    plan = make_plan(client, resolved)
    _require_ours(plan)
    if before:
        before(plan)
    if dry_run:
        return plan, plan.stack
    for _ in range(len(plan.changes) + 2):
        try:
            return plan, carry_out(client, plan)
        except (EntityExistsError, IntegrityError):  # another process does the same; what it did is taken as it is,
            plan = make_plan(client, resolved)  # so that there is one thing less to do each time
    raise TagstackError(f"Stack {resolved.file.name} is changed by somebody else; try again.")


def carry_out(client: Client, plan: Plan) -> StackResponse:
    """Do what a plan says."""
    made = {change.kind: [_component(client, change)] for change in plan.changes if change.sign != "-"}
    name, labels = plan.resolved.file.name, applied_labels(plan.resolved)
    if plan.stack is None:
        components: dict[StackComponentType, list[UUID | str]] = {kind: [*ids] for kind, ids in made.items()}
        return client.create_stack(name=name, components=components, labels=labels)
    if not plan.changes and (plan.stack.labels or {}).items() >= labels.items():
        return plan.stack
    gone = {change.kind for change in plan.changes if change.sign == "-"}
    kept = {kind: ids for kind, ids in linked_ids(plan.stack).items() if kind not in gone}
    # Not through the client, which would make the stack the active one of all processes where it is that of this.
    update = StackUpdate(components={**kept, **made}, labels={**(plan.stack.labels or {}), **labels})
    stack = client.zen_store.update_stack(plan.stack.id, update)
    _delete_unused(client, _replaced(plan.stack, stack))
    return stack


def _replaced(before: StackResponse, after: StackResponse) -> list[ComponentResponse]:
    """Return the components of ours that a stack has no more, but for stores, to which artifacts may refer."""
    ids = {part for parts in linked_ids(after).values() for part in parts}
    gone = [component for component in owned(before) if component.id not in ids]
    return [component for component in gone if component.type != StackComponentType.ARTIFACT_STORE]


def add_missing(client: Client, plan: Plan) -> StackResponse:
    """Add the components that the stack's file has got since it was registered; those that it has stay as they are."""
    added = tuple(change for change in plan.changes if change.sign == "+")
    if plan.stack is None or not added:
        return plan.stack or carry_out(client, plan)
    made = {change.kind: [_component(client, change)] for change in added}
    return client.zen_store.update_stack(plan.stack.id, StackUpdate(components={**linked_ids(plan.stack), **made}))


def applied_labels(resolved: Resolved) -> dict[str, str]:
    """Return what the stack remembers of its being applied."""
    return {APPLIED: resolved.digest, GIVEN: json.dumps(resolved.given, sort_keys=True)}


def given_before(stack: StackResponse | None) -> Mapping[str, str]:
    """Return the variables that were given when the stack was applied."""
    found: Mapping[str, str] = json.loads((stack.labels or {}).get(GIVEN, "{}")) if stack else {}
    return found


def remove(client: Client, name: str) -> tuple[list[ComponentResponse], list[tuple[ComponentResponse, str]]]:
    """Take a stack out of ZenML, with the components that were made from its file; artifacts stay where they are.

    Returns:
        The components that were deleted, and those of ours that were kept, each with the reason.

    Raises:
        UsageError: There is no such stack, it is not ours, it is the active one, or a service runs under its deployer.
    """
    stack = find_stack(client, name)
    if stack is None:
        raise UsageError(f"Stack {name!r} is not registered; `python run.py stacks list` lists them.")
    if not owned(stack):
        raise UsageError(f"Stack {name!r} was not made from a stack file; `zenml stack delete {name}` removes it.")
    if stack.id in {client.active_stack_model.id, GlobalConfiguration().get_active_stack_id()}:
        raise UsageError(f"Stack {name!r} is the active one; choose another first with `zenml stack set default`.")
    found = client.list_stack_components(name=f"startswith:tagstack-{name}", size=100).items
    mine = [component for component in found if is_ours(component.name, name)]
    _require_no_service(client, mine)
    delete_stack(client, stack.id)
    return _delete_unused(client, mine)


def delete_stack(client: Client, stack: UUID) -> None:
    """Delete a stack alone, whichever is active."""
    with warnings.catch_warnings():
        # ZenML lets both SQLAlchemy and the database delete the rows that link a stack with its components.
        warnings.filterwarnings("ignore", message="DELETE statement on table 'stack_composition'")
        client.zen_store.delete_stack(stack)


def _component(client: Client, change: Change) -> UUID:
    known = change.component
    if known is None:
        return client.create_stack_component(
            name=change.name,
            flavor=change.flavor,
            component_type=change.kind,
            configuration=dict(change.configuration),
        ).id
    if known.configuration != change.configuration:
        removed = dict.fromkeys(known.configuration.keys() - change.configuration.keys())
        client.update_stack_component(known.id, change.kind, configuration={**change.configuration, **removed})
    return known.id


def _delete_unused(
    client: Client, components: list[ComponentResponse]
) -> tuple[list[ComponentResponse], list[tuple[ComponentResponse, str]]]:
    deleted, kept = [], []
    for component in components:
        if reason := _needed_by(client, component):
            kept.append((component, reason))
            continue
        try:
            client.zen_store.delete_stack_component(component.id)
        except IllegalOperationError as error:  # somebody has begun to use it
            kept.append((component, str(error).partition("Before")[0].strip()))
        else:
            deleted.append(component)
    return deleted, kept


def _needed_by(client: Client, component: ComponentResponse) -> str | None:
    stacks = client.list_stacks(component_id=component.id, size=10).items
    if stacks:
        return f"stack {', '.join(stack.name for stack in stacks)} uses it"
    if component.type == StackComponentType.ARTIFACT_STORE:
        count = client.list_artifact_versions(artifact_store_id=component.id, size=1).total
        return f"{count} artifacts lie in it" if count else None
    return None


def _require_ours(plan: Plan) -> None:
    stack = plan.stack
    if stack and not any(is_ours(part.name, stack.name) for parts in stack.components.values() for part in parts):
        raise UsageError(
            f"A stack {stack.name!r} exists that was not made from a stack file; "
            f"rename it first: `zenml stack rename {stack.name} NEW_NAME`."
        )


def _require_no_service(client: Client, components: list[ComponentResponse]) -> None:
    for component in components:
        if component.type == StackComponentType.DEPLOYER:
            for service in client.list_deployments(deployer_id=component.id, size=10).items:
                if service.status not in {None, "absent"}:
                    raise UsageError(
                        f"Service {service.name!r} runs under the stack's deployer; "
                        f"`zenml deployment deprovision {service.name}` stops it."
                    )
