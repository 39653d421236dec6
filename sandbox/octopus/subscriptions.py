"""Subscriptions: what Octopus posts to whom when something happens in a space."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import Item
from sandbox.octopus.lists import Row
from sandbox.octopus.replies import Problem, not_found

if TYPE_CHECKING:
    from sandbox.octopus.app import OctopusSandbox

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


class Subscriptions:
    """Create, replace and delete subscriptions; lists are served with the others."""

    def __init__(self, sandbox: "OctopusSandbox") -> None:
        self._sandbox = sandbox
        self._last_id = 0

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        for prefix in ("/api", "/api/spaces/{space}", "/api/{space}"):
            yield "POST", f"{prefix}/subscriptions", self.create
            yield "PUT", f"{prefix}/subscriptions/{{id}}", self.replace
            yield "DELETE", f"{prefix}/subscriptions/{{id}}", self.delete

    async def create(self, request: Request) -> Response:
        """Store a new subscription; its name must be new in the space."""
        body = await request.json()
        space_id = self._space(request, body)
        self._may_write("SubscriptionCreate", space_id)
        self._check_name(body, space_id)
        self._last_id += 1
        id_ = f"Subscriptions-{self._last_id}"
        item = self._item(id_, space_id, body)
        self._sandbox.put("subscriptions", id_, item)
        return self._sandbox.reply(item, 201)

    async def replace(self, request: Request) -> Any:
        """Put a whole subscription in the place of the old one."""
        old = self._existing(request)
        body = await request.json()
        self._may_write("SubscriptionEdit", old["SpaceId"])
        self._check_name(body, old["SpaceId"], but=old["Id"])
        item = self._item(old["Id"], old["SpaceId"], body)
        _keep_secret(item, old)
        self._sandbox.put("subscriptions", old["Id"], item)
        return item

    async def delete(self, request: Request) -> Any:
        """Remove a subscription."""
        old = self._existing(request)
        self._may_write("SubscriptionDelete", old["SpaceId"])
        self._sandbox.delete("subscriptions", old["Id"])
        return {}

    def _space(self, request: Request, body: Item) -> str:
        # Without a space in the path the body tells it, else it is the default one.
        if "space" not in request.path_params and body.get("SpaceId"):
            return str(body["SpaceId"])
        return self._sandbox.space_of(request)

    def _existing(self, request: Request) -> Item:
        id_ = request.path_params["id"]
        item = self._sandbox.collections["subscriptions"].get(id_)
        scoped = "space" in request.path_params
        if item is None or (
            scoped and item["SpaceId"] != self._sandbox.space_of(request)
        ):
            raise not_found(id_)
        return item

    def _may_write(self, permission: str, space_id: str) -> None:
        self._sandbox.require(permission, space_id)
        if self._sandbox.in_maintenance:
            raise Problem(503, "The server is in maintenance mode.")

    def _check_name(self, body: Item, space_id: str, but: str = "") -> None:
        if not body.get("Name"):
            raise Problem(400, "There was a problem with your request.", "Enter a name")
        for item in self._sandbox.collections["subscriptions"].values():
            same = item["Name"] == body["Name"] and item["SpaceId"] == space_id
            if same and item["Id"] != but:
                message = (
                    f"A subscription with the name '{body['Name']}' already exists."
                )
                raise Problem(400, "There was a problem with your request.", message)

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
            "WebhookHeaderValue": None,
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
    value = new["WebhookHeaderValue"]
    if isinstance(value, dict) and value.get("HasValue") and not value.get("NewValue"):
        before = old["EventNotificationSubscription"]["WebhookHeaderValue"]
        new["WebhookHeaderValue"] = before
