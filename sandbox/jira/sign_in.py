"""Who may come in which way: the site itself, or the gateway that all sites share."""

import base64
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jira.scopes import endpoint_of, scopes_of
from sandbox.company import CLOUD_ID
from sandbox.jira.replies import Problem
from sandbox.jira.state import JiraState

GATEWAY = f"/ex/jira/{CLOUD_ID}"
# What strangers get no answer from.
REFUSES_STRANGERS = re.compile(
    "/rest/api/3/(myself|mypermissions|worklog|webhook)|/rest/webhooks/|/gateway/"
)
# Webhooks of administrators, and those of apps.
NOT_ON_GATEWAY, FOR_APPS = "/rest/webhooks/", "/rest/api/3/webhook"


def check_credential(request: Request, state: JiraState) -> None:
    """Refuse a request without a good credential, or let a stranger in as such."""
    path, gateway = request.url.path, through_gateway(request)
    is_known = _is_signed_in(request, state)
    if gateway and (not is_known or path.startswith(NOT_ON_GATEWAY)):
        raise unauthorized(request)
    endpoint = endpoint_of(path) if gateway else None
    if endpoint and {*scopes_of(endpoint)} & state.missing_scopes:
        told = "Unauthorized; scope does not match"
        raise Problem(401, body={"code": 401, "message": told})
    request.scope["known"] = is_known
    lets_in = state.strangers_see_nothing and not REFUSES_STRANGERS.match(path)
    if not is_known and not lets_in:
        raise unauthorized(request)
    if path.startswith(FOR_APPS) and not _is_oauth(request, state):
        raise Problem(403, "Only Connect and OAuth 2.0 apps can use this operation")


def _is_signed_in(request: Request, state: JiraState) -> bool:
    """Tell whether a request carries a credential that is good where it came in."""
    gateway = through_gateway(request)
    if _is_oauth(request, state):
        return gateway
    scheme, credential = _credential(request)
    if scheme == "bearer":
        # Service accounts send their token, which always has scopes, as a bearer.
        is_good = credential in state.api_tokens and state.token_has_scopes
    else:
        is_good = credential in {f"{state.email}:{token}" for token in state.api_tokens}
    return is_good and gateway == state.token_has_scopes


def _is_oauth(request: Request, state: JiraState) -> bool:
    """Tell whether an app asks for a user."""
    scheme, credential = _credential(request)
    return scheme == "bearer" and credential in state.oauth_tokens


def through_gateway(request: Request) -> bool:
    """Tell whether a request came by the host that all sites share."""
    return bool(request.scope.get("gateway"))


def is_anonymous(request: Request) -> bool:
    """Tell whether a request is a stranger's that was let in."""
    return request.scope.get("known") is False


def unauthorized(request: Request) -> Problem:
    """Return the answer to a bad credential."""
    if through_gateway(request):
        return Problem(401, body={"code": 401, "message": "Unauthorized"})
    message = "Client must be authenticated to access this resource."
    return Problem(401, body={"message": message, "status-code": 401})


def _credential(request: Request) -> tuple[str, str]:
    """Return the scheme of a credential, and the bearer token or `name:password`."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return scheme.lower(), text
    try:
        return "basic", base64.b64decode(text).decode()
    except ValueError:
        return "basic", ""


class Gateway:
    """Lead `/ex/jira/{cloudId}/…` to the site, and note which way a request came."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{GATEWAY}/"):
            path = scope["path"].removeprefix(GATEWAY)
            scope = {**scope, "path": path, "gateway": True}
        await self.app(scope, receive, send)
