"""What Port sends about a run, read: what it posts, and how it lists runs."""

from typing import Any

from loguru import logger
from port_ocean.core.models import (
    ActionRun,
    IntegrationRun,
    RunStatus,
    WorkflowNodeRun,
)

from core.trouble import ODD_FORM, describe
from core.types import Item

# The action of a run that Port does not tell.
NOT_KNOWN = "not known"


class DoorRun(ActionRun):
    """A run that Port has posted, which nobody has to acknowledge."""


def read_invocation(body: Item) -> DoorRun:
    """Return the run that a post is about; raises ValueError for another form.

    `commands.actions` has Port post it: `runId`, `action` and `inputs`.
    """
    inputs = body.get("inputs", {})
    texts = [body.get("runId"), body.get("action")]
    if not all(isinstance(text, str) and text for text in texts):
        raise ValueError("runId and action must be texts")
    if not isinstance(inputs, dict):
        raise ValueError("inputs must be an object")
    payload = {
        "type": "INTEGRATION_ACTION",
        "installationId": "",
        "integrationActionType": body["action"],
        "integrationActionExecutionProperties": inputs,
    }
    shown = {"id": body["runId"], "action": {"identifier": body["action"]}}
    return DoorRun.parse_obj({**shown, "status": "IN_PROGRESS", "payload": payload})


def parse_run(raw: Item) -> IntegrationRun | None:
    """Return a run of an action or of a workflow's node, None for any other."""
    try:
        return _read_run(raw)
    except ODD_FORM as error:
        logger.warning(f"A run in Port is not read: {describe(error)}")
        return None


def _read_run(raw: Item) -> IntegrationRun:
    """Return a run; raises whatever an odd form makes of it.

    It is not documented how Port shows what it has posted. If that is not there, the
    run has an action of no name.
    """
    payload = raw.get("payload") or {}
    if payload.get("type") == "WEBHOOK":
        posted: Any = payload.get("body")
        try:
            run = read_invocation({**posted, "runId": raw["id"]})
        except (TypeError, ValueError):
            run = read_invocation({"runId": raw["id"], "action": NOT_KNOWN})
        return run.copy(update={"status": RunStatus(raw["status"])})
    model: type[ActionRun | WorkflowNodeRun]
    model = WorkflowNodeRun if "nodeUid" in raw or "identifier" in raw else ActionRun
    found: IntegrationRun = model.parse_obj(raw)
    return found


def link_of(raw: Item) -> str:
    """Return the link that a run shows, empty without one."""
    links = raw.get("links") or raw.get("link") or ""
    return str(links[0] if isinstance(links, list) else links)
