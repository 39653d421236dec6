"""Who may come in which way: the site itself, or the gateway that all sites share."""

import base64
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.company import CLOUD_ID

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox

GATEWAY = f"/ex/jira/{CLOUD_ID}"


def is_signed_in(request: Request, sandbox: "JiraSandbox") -> bool:
    """Tell whether a request carries a credential that is good where it came in."""
    gateway = sandbox.through_gateway(request)
    bearer = bearer_of(request)
    if bearer in sandbox.oauth_tokens:
        return gateway
    known = basic_of(request) in {(sandbox.email, t) for t in sandbox.api_tokens}
    # Service accounts send their token, which always has scopes, as a bearer.
    known = known or (bearer in sandbox.api_tokens and sandbox.token_has_scopes)
    return known and gateway == sandbox.token_has_scopes


def bearer_of(request: Request) -> str:
    """Return the bearer token of a request, or ""."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def basic_of(request: Request) -> tuple[str, str] | None:
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
