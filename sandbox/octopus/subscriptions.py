"""Subscriptions: what Octopus posts to whom when something happens in a space."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.octopus.replies import HEADER_VALUE, WRONG, Problem, as_shown
from sandbox.octopus.state import OctopusState
from sandbox.serving import Answer, Part, Row

FILTER_KEYS = (
    "Users",
    "Projects",
    "ProjectGroups",
    "Environments",
    "EventGroups",
    "EventCategories",
    "EventAgents",
    "Tenants",
    "Tags",
    "DocumentTypes",
)

SUBSCRIPTIONS = "subscriptions"
FIRST_WITH_SENSITIVE_HEADERS = (2026, 1, 3777)


class Subscriptions(Part[OctopusState]):
    """Create, replace and delete subscriptions; lists are served with the others."""

    def __init__(self, state: OctopusState) -> None:
        super().__init__(state)
        self._last_id = 0

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        path = "/api/{space}/subscriptions"
        yield "POST", path, self.create
        yield "PUT", f"{path}/{{id}}", self.replace
        yield "DELETE", f"{path}/{{id}}", self.delete

    async def create(self, request: Request) -> Answer:
        """Store a new subscription; its name must be new in the space."""
        body = await request.json()
        space_id = self._state.space_of(request)
        self._check_writable()
        self._check_name(body, space_id)
        self._check_header(body)
        self._last_id += 1
        id_ = f"Subscriptions-{self._last_id}"
        item = self._item(id_, space_id, body)
        self._state.put(SUBSCRIPTIONS, id_, item)
        return Answer(as_shown(item), 201)

    async def replace(self, request: Request) -> Any:
        """Put a whole subscription in the place of the old one."""
        old = self._state.existing(SUBSCRIPTIONS, request)
        body = await request.json()
        self._check_writable()
        self._check_name(body, old["SpaceId"], but=old["Id"])
        self._check_header(body)
        item = self._item(old["Id"], old["SpaceId"], body)
        _keep_secret(item, old)
        self._state.put(SUBSCRIPTIONS, old["Id"], item)
        return as_shown(item)

    async def delete(self, request: Request) -> Any:
        """Remove a subscription."""
        old = self._state.existing(SUBSCRIPTIONS, request)
        self._check_writable()
        self._state.delete(SUBSCRIPTIONS, old["Id"])
        return {}

    def _check_writable(self) -> None:
        if self._state.in_maintenance:
            raise Problem(503, "The server is in maintenance mode.")

    def _check_name(self, body: Item, space_id: str, but: str = "") -> None:
        if not body.get("Name"):
            raise Problem(400, WRONG, "Enter a name")
        for item in self._state.collections[SUBSCRIPTIONS].values():
            same = item["Name"] == body["Name"] and item["SpaceId"] == space_id
            if same and item["Id"] != but:
                message = (
                    f"A subscription with the name '{body['Name']}' already exists."
                )
                raise Problem(400, WRONG, message)

    def _check_header(self, body: Item) -> None:
        """Refuse what older servers can't parse: OctopusDeploy/Issues #9807."""
        value = (body.get("EventNotificationSubscription") or {}).get(HEADER_VALUE)
        version = tuple(map(int, self._state.version.split(".")))
        if isinstance(value, dict) and version < FIRST_WITH_SENSITIVE_HEADERS:
            raise Problem(400, WRONG, "Not a text")

    def _item(self, id_: str, space_id: str, body: Item) -> Item:
        details = body.get("EventNotificationSubscription") or {}
        wanted = details.get("Filter") or {}
        defaults: Item = {
            "EmailTeams": [],
            "EmailFrequencyPeriod": "01:00:00",
            "EmailPriority": "Normal",
            "EmailShowDatesInTimeZoneId": "UTC",
            "EmailDigestLastProcessed": None,
            "EmailDigestLastProcessedEventAutoId": None,
            "WebhookURI": None,
            "WebhookTeams": [],
            "WebhookTimeout": "00:00:10",
            "WebhookHeaderKey": None,
            HEADER_VALUE: None,
            "WebhookLastProcessed": None,
            "WebhookLastProcessedEventAutoId": None,
        }
        return {
            "Id": id_,
            "Name": body["Name"],
            "SpaceId": space_id,
            "Type": "Event",
            "IsDisabled": bool(body.get("IsDisabled")),
            "EventNotificationSubscription": {
                "Filter": {key: wanted.get(key) or [] for key in FILTER_KEYS},
                **{key: details.get(key, own) for key, own in defaults.items()},
            },
            "Links": {"Self": f"/api/{space_id}/subscriptions/{id_}"},
        }


def _keep_secret(item: Item, old: Item) -> None:
    """Leave the stored header value where a client sends back what it read."""
    new = item["EventNotificationSubscription"]
    value = new[HEADER_VALUE]
    if isinstance(value, dict) and value.get("HasValue") and not value.get("NewValue"):
        new[HEADER_VALUE] = old["EventNotificationSubscription"][HEADER_VALUE]
