"""Runs of actions that Port hands out in a form that the framework does not expect.

The framework reads all claimed runs at once. One that it can't read keeps it from
carrying out any, for ever: Port hands it out again and again. Read here, such a run
lacks what is odd of it, and is ended with what is missing.

The framework has no hook for that: it makes its client for Port itself, and the client
names these two classes in the methods that ask for runs.
"""

from typing import Any, Self

from port_ocean.clients.port.mixins import actions, workflow_nodes
from port_ocean.core.models import ActionRun, RunStatus, WorkflowNodeRun
from pydantic.v1 import ValidationError

from core.types import Item

PROPERTIES = "integrationActionExecutionProperties"
# What a run is called whose action can't be told.
NAMELESS = "of an unknown form"


def accept_odd_runs() -> None:
    """Have the framework read what Port hands out as it is done here."""
    # Mypy takes what a module imports for its own affair.
    actions.ActionRun = TolerantActionRun  # type: ignore[attr-defined]
    workflow_nodes.WorkflowNodeRun = TolerantNodeRun  # type: ignore[attr-defined]


class TolerantActionRun(ActionRun):
    """The run of an action, whatever its form."""

    @classmethod
    def parse_obj(cls, obj: Any) -> Self:
        """Return a run; one of an odd form lacks inputs, or a known action."""
        try:
            return super().parse_obj(obj)
        except ValidationError:
            shown = _object(obj, "action").get("identifier")
            payload = _object(obj, "payload")
            own = {
                "id": str(obj["id"]),
                "status": RunStatus.IN_PROGRESS,
                "action": {"identifier": str(shown or NAMELESS)},
                "payload": _invocation(payload, "integrationActionType"),
            }
            return super().parse_obj(own).copy(update=_status(obj))


class TolerantNodeRun(WorkflowNodeRun):
    """The run of a workflow's node, whatever its form."""

    @classmethod
    def parse_obj(cls, obj: Any) -> Self:
        """Return a run; one of an odd form lacks inputs, or a known action."""
        try:
            return super().parse_obj(obj)
        except ValidationError:
            config = _object(obj, "config") or _object(_object(obj, "node"), "config")
            own = {
                "identifier": str(obj["identifier"]),
                "status": RunStatus.IN_PROGRESS,
                "config": {
                    "integrationProvider": "",
                    **_invocation(config, "integrationInvocationType"),
                },
            }
            return super().parse_obj(own).copy(update=_status(obj))


def _status(raw: Item) -> Item:
    """Return the status of a run, also one that is not known and so is not open."""
    return {"status": raw.get("status", RunStatus.IN_PROGRESS)}


def _invocation(raw: Item, name: str) -> Item:
    action = raw.get(name)
    return {
        "type": "INTEGRATION_ACTION",
        "installationId": "",
        name: action if isinstance(action, str) else NAMELESS,
        PROPERTIES: _object(raw, PROPERTIES),
    }


def _object(raw: Item, key: str) -> Item:
    found = raw.get(key)
    return found if isinstance(found, dict) else {}
