"""How the stand-ins of Jira and Octopus are served: from rows of handlers to an app."""

from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.contracts import Contract, Endpoint
from sandbox.control import control_routes
from sandbox.faults import FaultMiddleware
from sandbox.vendor_state import VendorState

type Handler = Callable[[Request], Awaitable[Any]]
# Method, path and handler.
type Row = tuple[str, str, Handler]
type Check = Callable[[Request, Endpoint], None]

# What no vendor answers: the request is not one that the contract tables have.
OUTSIDE = 501


class Answer(NamedTuple):
    """A body, to be written as the vendor writes it."""

    body: Any
    status: int = 200


type Write = Callable[[Request, Answer], Response]


class Refusal(Exception):
    """An answer other than success, with the vendor's error body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.answer = Answer(body, status)


def build_app(
    state: VendorState,
    rows: Iterable[Row],
    *,
    table: Contract,
    public: Row,
    entrance: Middleware,
    check: Check,
    write: Write,
    missing: Callable[[str], Refusal],
) -> Starlette:
    """Return the app of a stand-in, with its faults and control routes.

    It serves the rows that the table has, and keeps in `outside` what else was asked.
    `check` raises Refusal for a bad credential, and for one that lacks the permission
    that the row needs; anybody may ask for the `public` row.
    """

    async def unknown(request: Request, _: Exception) -> Response:
        app.state.outside.append(f"{request.method} {request.url.path}")
        return write(request, missing(request.url.path).answer)

    faults = Middleware(FaultMiddleware, faults=state.faults)
    app = Starlette(middleware=[faults, entrance])
    app.state.write = write
    app.state.outside = []
    app.state.endpoints = {}
    for method, path, handler in (public, *rows):
        if row := table.endpoint(method, path.replace(":path", "")):
            own = _anybody if handler is public[2] else check
            app.state.endpoints.setdefault((method, path), (row, handler, own))
    app.router.routes += control_routes(state)
    app.router.routes += [_route(*which) for which in app.state.endpoints]
    app.add_exception_handler(404, unknown)
    return app


@cache
def _route(method: str, path: str) -> Route:
    """Return a route that checks the credential and writes answers and errors.

    It is shared by all apps, for it takes longer to make than to use.
    """

    async def endpoint(request: Request) -> Response:
        row, handler, check = request.app.state.endpoints[method, path]
        write: Write = request.app.state.write
        try:
            check(request, row)
            await _check_contract(request, row)
            result = await handler(request)
        except Refusal as refusal:
            return write(request, refusal.answer)
        if isinstance(result, Response):
            return result
        return write(request, result if isinstance(result, Answer) else Answer(result))

    return Route(path, endpoint, methods=[method])


def _anybody(request: Request, row: Endpoint) -> None:
    """Let everybody in."""


async def _check_contract(request: Request, row: Endpoint) -> None:
    """Refuse what the vendor does not document that a request may name."""
    body = await request.json() if await request.body() else {}
    named = [*request.query_params.keys() - row.query, *body.keys() - row.body]
    if named:
        told = f"{row.method} {row.path} takes no {', '.join(sorted(named))}"
        request.app.state.outside.append(told)
        raise Refusal(OUTSIDE, {"message": told})
