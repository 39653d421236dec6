"""Who may come in which way: the site itself, or the gateway that all sites share."""

import base64
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from jira.scopes import endpoint_of, scopes_of
from sandbox.company import CLOUD_ID
from sandbox.jira.replies import Problem
from sandbox.jira.state import JiraState

SCOPE_MISSING = "Unauthorized; scope does not match"
GATEWAY = f"/ex/jira/{CLOUD_ID}"
# What strangers get no answer from.
REFUSES_STRANGERS = re.compile(
    "/rest/api/3/(myself|mypermissions|worklog|webhook)|/rest/webhooks/|/gateway/"
)


def check_credential(request: Request, state: JiraState) -> None:
    """Refuse a request without a good credential, or let a stranger in as such."""
    path = request.url.path
    if _is_signed_in(request, state):
        if through_gateway(request) and _needed(path) & state.missing_scopes:
            raise Problem(401, body={"code": 401, "message": SCOPE_MISSING})
        request.scope["known"] = True
        return
    if through_gateway(request):
        raise unauthorized(request)
    request.scope["anonymous"] = True
    if not state.strangers_see_nothing or REFUSES_STRANGERS.match(path):
        raise unauthorized(request)


def _needed(path: str) -> set[str]:
    """Return the scopes without which a path is refused."""
    endpoint = endpoint_of(path)
    return set(scopes_of(endpoint)) if endpoint else set()


def _is_signed_in(request: Request, state: JiraState) -> bool:
    """Tell whether a request carries a credential that is good where it came in."""
    gateway = through_gateway(request)
    if is_oauth(request, state):
        return gateway
    known = _basic_of(request) in {(state.email, t) for t in state.api_tokens}
    # Service accounts send their token, which always has scopes, as a bearer.
    is_bearer = _bearer_of(request) in state.api_tokens
    known = known or (is_bearer and state.token_has_scopes)
    return known and gateway == state.token_has_scopes


def is_oauth(request: Request, state: JiraState) -> bool:
    """Tell whether an app asks for a user."""
    return _bearer_of(request) in state.oauth_tokens


def through_gateway(request: Request) -> bool:
    """Tell whether a request came by the host that all sites share."""
    return bool(request.scope.get("gateway"))


def is_known(request: Request) -> bool:
    """Tell whether a request carries a good credential."""
    return bool(request.scope.get("known"))


def is_anonymous(request: Request) -> bool:
    """Tell whether a request is a stranger's that was let in."""
    return bool(request.scope.get("anonymous"))


def unauthorized(request: Request) -> Problem:
    """Return the answer to a bad credential."""
    if through_gateway(request):
        return Problem(401, body={"code": 401, "message": "Unauthorized"})
    message = "Client must be authenticated to access this resource."
    return Problem(401, body={"message": message, "status-code": 401})


def _bearer_of(request: Request) -> str:
    """Return the bearer token of a request, or ""."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _basic_of(request: Request) -> tuple[str, str] | None:
    """Return name and password of a request, or None."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return None
    return name, password


class Gateway:
    """Lead `/ex/jira/{cloudId}/…` to the site, and note which way a request came."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(f"{GATEWAY}/"):
            path = scope["path"].removeprefix(GATEWAY)
            scope = {**scope, "path": path, "gateway": True}
        await self.app(scope, receive, send)
