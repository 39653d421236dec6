"""Requests and replies as they go over the wire."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from inspect import signature
from typing import Any

import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.faults import FaultMiddleware
from sandbox.port.model import Item, Rejected
from sandbox.port.state import State
from sandbox.port.store import Store

MAX_BODY_BYTES = 1024 * 1024
_KEY = "not a secret: this is a stand-in of Port"
# The framework reads the token: only machines may process actions.
TOKEN = jwt.encode({"isMachine": True}, _KEY, algorithm="HS256")
# Nobody else is let in.
CLIENT_ID, CLIENT_SECRET = "sandbox", "sandbox-secret"
TOKEN_PATH = "/v1/auth/access_token"
CONTROL = "/_sandbox/"
# What people look at in a browser: sandbox/show.
SHOW = "/show"

# Method, path and handler.
type Row = tuple[str, str, Callable[..., Any]]


class Gate:
    """Count and check each request before it is served, or fails as ordered.

    Plain ASGI: a middleware of the framework's own kind would cost more than the
    rest of a request.
    """

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it for want of a token."""
        if scope["type"] != "http" or scope["path"].startswith((CONTROL, SHOW)):
            await self._app(scope, receive, send)
            return
        try:
            if scope["path"] == TOKEN_PATH or _is_signed_in(scope):
                faults = FaultMiddleware(self._app, self._state.faults)
                await faults(scope, receive, send)
            else:
                refusal = Rejected(401, "unauthorized", "the token is missing or wrong")
                await refused(refusal)(scope, receive, send)
        finally:
            route = getattr(scope.get("route"), "path", scope["path"])
            asked = f"{scope['method']} {route}"
            self._state.requests[asked] += 1
            self._state.callers[asked].add(scope["client"])


def _is_signed_in(scope: Scope) -> bool:
    return (b"authorization", f"Bearer {TOKEN}".encode()) in scope["headers"]


class Routes(ABC):
    """Serve a part of a state."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def _store(self) -> Store:
        return self._state.store

    @abstractmethod
    def _rows(self) -> tuple[Row, ...]:
        """Return method, path and handler of each route; the first that fits serves."""

    def routes(self) -> list[Route]:
        """Return all routes."""
        return [route(*row) for row in self._rows()]


def _as_it_is(value: Any) -> Any:
    return value


# What handlers take that is no text.
_READ: dict[Any, Callable[[Any], Any]] = {int: int, bool: "true".__eq__}


@cache
def _wanted(handler: Callable[..., Any]) -> dict[str, Callable[[Any], Any]]:
    """Return what a handler takes, and how that is read."""
    return {
        name: _READ.get(parameter.annotation, _as_it_is)
        for name, parameter in signature(handler).parameters.items()
    }


def route(method: str, path: str, handler: Callable[..., Any]) -> Route:
    """Return a route whose handler takes, by name, what the path and the query have."""
    wanted = _wanted(getattr(handler, "__func__", handler))

    async def endpoint(request: Request) -> Response:
        request.scope["route"] = own
        given = {"request": request, **request.query_params, **request.path_params}
        known = {n: read(given[n]) for n, read in wanted.items() if n in given}
        response: Response = await handler(**known)
        return response

    own = Route(path, endpoint, methods=[method])
    return own


def ok(status: int = 200, /, **parts: object) -> JSONResponse:
    """Return the reply to a request that is served."""
    return JSONResponse({"ok": True, **parts}, status)


def refused(error: Rejected) -> JSONResponse:
    """Return the reply to a request that is refused."""
    return JSONResponse(error.body(), error.status)


async def read_json(request: Request, *needed: str) -> Item:
    """Return the body, an object that has the needed keys."""
    raw = await request.body()
    if len(raw) > MAX_BODY_BYTES:
        message = f"the body has more than {MAX_BODY_BYTES} bytes"
        raise Rejected(413, "payload_too_large", message)
    try:
        body = json.loads(raw, parse_float=_number)
    except ValueError as error:
        raise Rejected(400, "invalid_json", str(error)) from error
    missing = [key for key in needed if not isinstance(body, dict) or key not in body]
    if missing:
        raise Rejected(422, "invalid_request", f"{', '.join(missing)} is missing")
    return dict(body)


def _number(text: str) -> Any:
    """Read a number as JavaScript does, which has 1 for 1.0."""
    number = float(text)
    return int(number) if number.is_integer() else number


def is_true(request: Request, name: str) -> bool:
    """Tell whether a parameter of the query is set to true."""
    return request.query_params.get(name) == "true"
