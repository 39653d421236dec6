"""Webhooks: those that administrators set up, and dynamic ones of OAuth apps."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import SITE, Item
from sandbox.company.base import milliseconds
from sandbox.contracts import contract
from sandbox.jira.replies import Problem
from sandbox.jira.state import JiraState
from sandbox.serving import Answer

DYNAMIC_EVENTS = re.compile(
    r"jira:issue_(created|updated|deleted)|comment_(created|updated|deleted)"
    r"|issue_property_(set|deleted)|sprint_(created|deleted|updated|closed|started)"
    r"|jira:version_(released|unreleased|created|moved|updated|merged|deleted)"
)
DYNAMIC_DAYS, MOST_DYNAMIC = 30, 5


def show_hook(hook: Item, state: JiraState, request: Request) -> Item:
    """Return a webhook as it is told: whether it is signed, not with what."""
    shown = {**hook, "isSigned": bool(hook.get("secret"))}
    return contract("jira").keep("webhook", shown)


async def create(state: JiraState, request: Request) -> Any:
    """Store a webhook."""
    id_ = str(state.next_number("webhook"))
    return Answer(await _store(state, request, {"id": id_}), 201)


async def replace(state: JiraState, request: Request) -> Any:
    """Change a webhook; a secret that is not mentioned stays."""
    return await _store(state, request, _existing(state, request))


async def delete(state: JiraState, request: Request) -> Response:
    """Remove a webhook."""
    state.delete("webhook", _existing(state, request)["id"])
    return Response(status_code=204)


def _existing(state: JiraState, request: Request) -> Item:
    hook = state.collections["webhook"].get(request.path_params["id"])
    if hook is None:
        raise Problem(404, "The webhook does not exist.")
    return hook


async def _store(state: JiraState, request: Request, old: Item) -> Item:
    hook = {
        "filters": {},
        "excludeBody": False,
        "enabled": True,
        **old,
        **await request.json(),
        "self": f"{SITE}/rest/webhooks/1.0/webhook/{old['id']}",
        "lastUpdated": milliseconds(state.company.present()),
        "lastUpdatedUser": state.me()["accountId"],
        "lastUpdatedDisplayName": state.me()["displayName"],
    }
    for name in ("name", "url", "events"):
        if not hook.get(name):
            raise Problem(400, f"The webhook needs {name}.")
    state.put("webhook", old["id"], hook)
    return show_hook(hook, state, request)


# Dynamic webhooks


async def create_dynamic(state: JiraState, request: Request) -> Any:
    """Store webhooks; what is wrong with one is told in a successful reply."""
    body = await request.json()
    results = [_register(state, hook, body["url"]) for hook in body["webhooks"]]
    return {"webhookRegistrationResult": results}


def _register(state: JiraState, hook: Item, url: str) -> Item:
    if errors := [*_errors(state, hook, url)]:
        return {"errors": errors}
    id_ = state.next_number("dynamic-webhook")
    own = {"id": id_, **hook, "url": url, "expirationDate": _expiry(state)}
    state.put("dynamic-webhook", str(id_), own)
    return {"createdWebhookId": id_}


def _errors(state: JiraState, hook: Item, url: str) -> Iterator[str]:
    others = state.collections["dynamic-webhook"].values()
    for event in hook.get("events", []):
        if not DYNAMIC_EVENTS.fullmatch(event):
            yield f"Event {event} is not supported"
    if not hook.get("jqlFilter"):
        yield "The JQL filter is required"
    elif re.search(r"\bis\s+not\b", hook["jqlFilter"], re.IGNORECASE):
        yield "Operator is not is unsupported"
    if len(others) >= MOST_DYNAMIC:
        yield "The limit of webhooks is reached"
    if any(other["url"] != url for other in others):
        yield "Only a single URL per app is allowed to be registered"


async def delete_dynamic(state: JiraState, request: Request) -> Response:
    """Remove webhooks by their ids."""
    for id_ in (await request.json()).get("webhookIds", []):
        state.delete("dynamic-webhook", str(id_))
    return Response(status_code=202)


async def refresh(state: JiraState, request: Request) -> Any:
    """Let webhooks live for another thirty days."""
    until, hooks = _expiry(state), state.collections["dynamic-webhook"]
    for id_ in (await request.json()).get("webhookIds", []):
        if str(id_) in hooks:
            hooks[str(id_)]["expirationDate"] = until
    return {"expirationDate": until}


def _expiry(state: JiraState) -> int:
    return milliseconds(state.company.present() + timedelta(days=DYNAMIC_DAYS))
