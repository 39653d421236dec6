"""Who may come in which way: the site itself, or the gateway that all sites share."""

import base64
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jira.scopes import endpoint_of, scopes_of
from sandbox.company import CLOUD_ID
from sandbox.jira.replies import Problem
from sandbox.jira.state import EMAIL, OAUTH_TOKEN, JiraState

GATEWAY = f"/ex/jira/{CLOUD_ID}"
# What strangers get no answer from. Many other reads of strangers, and of bad
# credentials, are answered with nothing:
# https://github.com/MrRefactoring/jira.js/issues/418
REFUSES_STRANGERS = re.compile(
    "/rest/api/3/(myself|mypermissions|worklog|webhook)|/rest/webhooks/|/gateway/"
)
# The credential of an app that asks for a user, by OAuth 2.0.
OF_APP = f"Bearer {OAUTH_TOKEN}"
# Webhooks of administrators, and those of apps.
NOT_ON_GATEWAY, FOR_APPS = "/rest/webhooks/", "/rest/api/3/webhook"


def check_credential(request: Request, state: JiraState) -> None:
    """Refuse a request without a good credential, or let a stranger in as such."""
    path, gateway = request.url.path, through_gateway(request)
    credential = request.headers.get("Authorization", "")
    is_known = credential in _accepted(state, gateway)
    if gateway and (not is_known or path.startswith(NOT_ON_GATEWAY)):
        raise Problem(401, body={"code": 401, "message": "Unauthorized"})
    endpoint = endpoint_of(path) if gateway else None
    if endpoint and {*scopes_of(endpoint)} & state.missing_scopes:
        told = "Unauthorized; scope does not match"
        raise Problem(401, body={"code": 401, "message": told})
    request.scope["known"] = is_known
    if not is_known and REFUSES_STRANGERS.match(path):
        told = "Client must be authenticated to access this resource."
        raise Problem(401, body={"message": told, "status-code": 401})
    if path.startswith(FOR_APPS) and credential != OF_APP:
        raise Problem(403, "Only Connect and OAuth 2.0 apps can use this operation")


def _accepted(state: JiraState, gateway: bool) -> set[str]:
    """Return the credentials that are good on the site, or on the gateway."""
    accepted = {OF_APP} if gateway else set()
    if gateway == state.token_has_scopes:
        for token in state.api_tokens:
            pair = f"{EMAIL}:{token}".encode()
            accepted.add(f"Basic {base64.b64encode(pair).decode()}")
    if gateway and state.token_has_scopes:
        # Service accounts send their token, which always has scopes, as a bearer.
        accepted |= {f"Bearer {token}" for token in state.api_tokens}
    return accepted


def through_gateway(request: Request) -> bool:
    """Tell whether a request came by the host that all sites share."""
    return bool(request.scope.get("gateway"))


def is_anonymous(request: Request) -> bool:
    """Tell whether a request is a stranger's that was let in."""
    return request.scope.get("known") is False


class Gateway:
    """Lead `/ex/jira/{cloudId}/…` to the site, and note which way a request came."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{GATEWAY}/"):
            path = scope["path"].removeprefix(GATEWAY)
            scope = {**scope, "path": path, "gateway": True}
        await self.app(scope, receive, send)
