"""Webhooks: those that administrators set up, and dynamic ones of OAuth apps."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import SITE, Item
from sandbox.company.base import milliseconds
from sandbox.jira.replies import Problem, platform_page
from sandbox.jira.sign_in import is_oauth, through_gateway, unauthorized
from sandbox.jira.state import API, JiraState
from sandbox.serving import Answer, Part, Row

HOOKS = "/rest/webhooks/1.0/webhook"
DYNAMIC = f"{API}/webhook"
DYNAMIC_EVENTS = re.compile(
    r"jira:issue_(created|updated|deleted)|comment_(created|updated|deleted)"
    r"|issue_property_(set|deleted)|sprint_(created|deleted|updated|closed|started)"
    r"|jira:version_(released|unreleased|created|moved|updated|merged|deleted)"
)
DYNAMIC_DAYS, MOST_DYNAMIC = 30, 5


class Webhooks(Part[JiraState]):
    """Keep webhooks; the secrets are kept, and never told."""

    def __init__(self, state: JiraState) -> None:
        super().__init__(state)
        self._last_id = 0

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "GET", HOOKS, self.list
        yield "POST", HOOKS, self.create
        yield "PUT", f"{HOOKS}/{{id}}", self.replace
        yield "DELETE", f"{HOOKS}/{{id}}", self.delete
        yield "GET", DYNAMIC, self.list_dynamic
        yield "POST", DYNAMIC, self.create_dynamic
        yield "DELETE", DYNAMIC, self.delete_dynamic
        yield "PUT", f"{DYNAMIC}/refresh", self.refresh

    async def list(self, request: Request) -> Any:
        """Return every webhook as a bare array."""
        self._check_site(request)
        return [_shown(hook) for hook in self._hooks().values()]

    async def create(self, request: Request) -> Any:
        """Store a webhook."""
        self._check_site(request)
        body = await request.json()
        self._last_id += 1
        hook = self._stored(str(self._last_id), body, {})
        return Answer(_shown(hook), 201)

    async def replace(self, request: Request) -> Any:
        """Change a webhook; a secret that is not mentioned stays."""
        old = self._existing(request)
        return _shown(self._stored(old["id"], await request.json(), old))

    async def delete(self, request: Request) -> Response:
        """Remove a webhook."""
        self._state.delete("webhook", self._existing(request)["id"])
        return Response(status_code=204)

    def _hooks(self) -> dict[str, Item]:
        return self._state.collections["webhook"]

    def _check_site(self, request: Request) -> None:
        if through_gateway(request):
            raise unauthorized(request)

    def _existing(self, request: Request) -> Item:
        self._check_site(request)
        hook = self._hooks().get(request.path_params["id"])
        if hook is None:
            raise Problem(404, "The webhook does not exist.")
        return hook

    def _stored(self, id_: str, body: Item, old: Item) -> Item:
        hook = {
            "filters": {},
            "excludeBody": False,
            "enabled": True,
            **old,
            **body,
            "id": id_,
            "self": f"{SITE}{HOOKS}/{id_}",
            "lastUpdated": milliseconds(self._state.company.present()),
            "lastUpdatedUser": self._state.me()["accountId"],
            "lastUpdatedDisplayName": self._state.me()["displayName"],
        }
        for name in ("name", "url", "events"):
            if not hook.get(name):
                raise Problem(400, f"The webhook needs {name}.")
        self._state.put("webhook", id_, hook)
        return hook

    # Dynamic webhooks

    async def list_dynamic(self, request: Request) -> Any:
        """Return the app's webhooks with the time when they expire."""
        self._check_app(request)
        hooks = self._state.collections["dynamic-webhook"].values()
        return platform_page(request, list(hooks), 100, 100)

    async def create_dynamic(self, request: Request) -> Any:
        """Store webhooks; what is wrong with one is told in a successful reply."""
        self._check_app(request)
        body = await request.json()
        results = [self._register(h, body["url"]) for h in body.get("webhooks", [])]
        return {"webhookRegistrationResult": results}

    def _register(self, wanted: Item, url: str) -> Item:
        hooks = self._state.collections["dynamic-webhook"]
        errors = [
            f"Event {event} is not supported"
            for event in wanted.get("events", [])
            if not DYNAMIC_EVENTS.fullmatch(event)
        ]
        if not wanted.get("jqlFilter"):
            errors.append("The JQL filter is required")
        elif re.search(r"\bis\s+not\b", wanted["jqlFilter"], re.IGNORECASE):
            errors.append("Operator is not is unsupported")
        if len(hooks) >= MOST_DYNAMIC:
            errors.append("The limit of webhooks is reached")
        if any(hook["url"] != url for hook in hooks.values()):
            errors.append("Only a single URL per app is allowed to be registered")
        if errors:
            return {"errors": errors}
        self._last_id += 1
        hook = {"id": self._last_id, **wanted, "url": url}
        self._state.put("dynamic-webhook", str(self._last_id), hook)
        self._extend(hook)
        return {"createdWebhookId": self._last_id}

    async def delete_dynamic(self, request: Request) -> Response:
        """Remove webhooks by their ids."""
        self._check_app(request)
        for id_ in (await request.json()).get("webhookIds", []):
            self._state.delete("dynamic-webhook", str(id_))
        return Response(status_code=202)

    async def refresh(self, request: Request) -> Any:
        """Let webhooks live for another thirty days."""
        self._check_app(request)
        hooks = self._state.collections["dynamic-webhook"]
        for id_ in (await request.json()).get("webhookIds", []):
            if str(id_) in hooks:
                self._extend(hooks[str(id_)])
        return {"expirationDate": self._expiry()}

    def _expiry(self) -> int:
        end = self._state.company.present() + timedelta(days=DYNAMIC_DAYS)
        return milliseconds(end)

    def _extend(self, hook: Item) -> None:
        hook["expirationDate"] = self._expiry()

    def _check_app(self, request: Request) -> None:
        if not is_oauth(request, self._state):
            raise Problem(403, "Only Connect and OAuth 2.0 apps can use this operation")


def _shown(hook: Item) -> Item:
    """Return a webhook as it is told: whether it is signed, not with what."""
    shown = {key: value for key, value in hook.items() if key not in ("id", "secret")}
    return shown | {"isSigned": bool(hook.get("secret"))}
