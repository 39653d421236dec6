"""Runs of actions that Port hands out in a form that the framework does not expect.

The framework reads all claimed runs at once. One that it can't read keeps it from
carrying out any, for ever: Port hands it out again and again. Read here, such a run
lacks what is odd of it, and is ended with what is missing.
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
                "status": obj.get("status", RunStatus.IN_PROGRESS),
                "action": {"identifier": str(shown or NAMELESS)},
                "payload": _invocation(payload, "integrationActionType"),
            }
            return super().parse_obj(own)


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
                "status": obj.get("status", RunStatus.IN_PROGRESS),
                "config": {
                    "integrationProvider": "",
                    **_invocation(config, "integrationInvocationType"),
                },
            }
            return super().parse_obj(own)


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
