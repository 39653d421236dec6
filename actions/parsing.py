"""What Port sends about a run, read: what it posts, and how it lists runs."""

import re
from typing import Any

from loguru import logger
from port_ocean.core.models import (
    ActionRun,
    IntegrationRun,
    RunStatus,
)

from core.trouble import ODD_FORM, describe
from core.types import Item
from framework.odd_runs import TolerantActionRun, TolerantNodeRun

# Where Port posts runs to, below the address and the framework's prefix.
PATH = "/webhook/port"
# The action of a run that Port does not tell.
NOT_KNOWN = "not known"
_NOT_IN_IDENTIFIERS = re.compile(r"[^A-Za-z0-9@_=-]")


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


def identifier_of(action: str, installation: str) -> str:
    """Return what an action is called in Port; installations don't share actions."""
    return _NOT_IN_IDENTIFIERS.sub("-", f"{installation}-{action}")


def parse_run(raw: Item, installation: str = "") -> IntegrationRun | None:
    """Return a run of an action or of a workflow's node, None for any other."""
    try:
        return _read_run(raw, installation)
    except ODD_FORM as error:
        logger.warning(f"A run in Port is not read: {describe(error)}")
        return None


def _read_run(raw: Item, installation: str) -> IntegrationRun:
    """Return a run; raises whatever an odd form makes of it.

    It is not documented how Port shows what it has posted. If that is not there, the
    action is known by its identifier, and the inputs are not.
    """
    payload = raw.get("payload")
    if isinstance(payload, dict) and payload.get("type") == "WEBHOOK":
        posted: Any = payload.get("body")
        try:
            run = read_invocation({**posted, "runId": raw["id"]})
        except (TypeError, ValueError):
            run = nameless(raw["id"], _action_of(raw, installation))
        return run.copy(update={"status": RunStatus(raw["status"])})
    if "nodeUid" in raw or "identifier" in raw:
        return TolerantNodeRun.parse_obj(raw)
    return TolerantActionRun.parse_obj(raw)


def nameless(id_: str, action: str = NOT_KNOWN) -> DoorRun:
    """Return a run of which no more than its id, or its action, can be told."""
    return read_invocation({"runId": id_, "action": action})


def is_posted(raw: Item, identifier: str) -> bool:
    """Return whether Port has posted a run of an action to us, and it is open."""
    payload, action = raw.get("payload") or {}, raw.get("action") or {}
    return (
        raw.get("status") == RunStatus.IN_PROGRESS
        and action.get("identifier") == identifier
        and payload.get("type") == "WEBHOOK"
        and str(payload.get("url", PATH)).endswith(PATH)
    )


def _action_of(raw: Item, installation: str) -> str:
    identifier = (raw.get("action") or {}).get("identifier") or NOT_KNOWN
    return str(identifier).removeprefix(identifier_of("", installation))


def link_of(raw: Item) -> str:
    """Return the link that a run shows, empty without one."""
    links = raw.get("links") or raw.get("link") or ""
    return str(links[0] if isinstance(links, list) else links)
