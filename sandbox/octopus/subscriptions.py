"""Subscriptions: what Octopus posts to whom when something happens in a space."""

from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.octopus.spaces import plain
from sandbox.contracts import contract
from sandbox.octopus.replies import HEADER_VALUE, WRONG, Problem, as_shown
from sandbox.octopus.state import OctopusState
from sandbox.octopus.tasks import next_id
from sandbox.serving import Answer

SUBSCRIPTIONS = "subscriptions"
FIRST_WITH_SENSITIVE_HEADERS = (2026, 1, 3777)


async def create(state: OctopusState, request: Request) -> Answer:
    """Store a new subscription; its name must be new in the space."""
    body = await request.json()
    space_id = state.space_of(request)
    _check_writable(state)
    _check_name(state, body, space_id)
    _check_header(state, body)
    id_ = next_id(state, SUBSCRIPTIONS, "Subscriptions")
    item = _item(state, id_, space_id, body)
    state.put(SUBSCRIPTIONS, id_, item)
    return Answer(as_shown(item), 201)


async def replace(state: OctopusState, request: Request) -> Any:
    """Put a whole subscription in the place of the old one."""
    old = state.existing(SUBSCRIPTIONS, request)
    body = await request.json()
    _check_writable(state)
    _check_name(state, body, old["SpaceId"], but=old["Id"])
    _check_header(state, body)
    item = _item(state, old["Id"], old["SpaceId"], body)
    _keep_secret(item, old)
    state.put(SUBSCRIPTIONS, old["Id"], item)
    return as_shown(item)


async def delete(state: OctopusState, request: Request) -> Any:
    """Remove a subscription."""
    old = state.existing(SUBSCRIPTIONS, request)
    _check_writable(state)
    state.delete(SUBSCRIPTIONS, old["Id"])
    return {}


def _check_writable(state: OctopusState) -> None:
    if state.in_maintenance:
        raise Problem(503, "The server is in maintenance mode.")


def _check_name(state: OctopusState, body: Item, space_id: str, but: str = "") -> None:
    if not body.get("Name"):
        raise Problem(400, WRONG, "Enter a name")
    for item in state.collections[SUBSCRIPTIONS].values():
        same = item["Name"] == body["Name"] and item["SpaceId"] == space_id
        if same and item["Id"] != but:
            message = f"A subscription with the name '{body['Name']}' already exists."
            raise Problem(400, WRONG, message)


def _check_header(state: OctopusState, body: Item) -> None:
    """Refuse what older servers can't parse: OctopusDeploy/Issues #9807."""
    value = (body.get("EventNotificationSubscription") or {}).get(HEADER_VALUE)
    version = tuple(map(int, state.version.split(".")))
    if isinstance(value, dict) and version < FIRST_WITH_SENSITIVE_HEADERS:
        raise Problem(400, WRONG, "Not a text")


def _item(state: OctopusState, id_: str, space_id: str, body: Item) -> Item:
    details = body.get("EventNotificationSubscription") or {}
    wanted = details.get("Filter") or {}
    names = contract("octopus").fields("event filter")
    notification = {
        **plain("notification"),
        **details,
        "Filter": {name: wanted.get(name) or [] for name in names},
    }
    return {
        "Id": id_,
        "Name": body["Name"],
        "SpaceId": space_id,
        "Type": "Event",
        "IsDisabled": bool(body.get("IsDisabled")),
        "EventNotificationSubscription": contract("octopus").keep(
            "notification", notification
        ),
        "Links": {"Self": f"/api/{space_id}/subscriptions/{id_}"},
    }


def _keep_secret(item: Item, old: Item) -> None:
    """Leave the stored header value where a client sends back what it read."""
    new = item["EventNotificationSubscription"]
    value = new[HEADER_VALUE]
    if isinstance(value, dict) and value.get("HasValue") and not value.get("NewValue"):
        new[HEADER_VALUE] = old["EventNotificationSubscription"][HEADER_VALUE]
