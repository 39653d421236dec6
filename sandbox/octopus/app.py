"""The Octopus stand-in: one handler for every list, and the few odd routes."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.company import Collection, Company, Item
from sandbox.control import control_routes
from sandbox.faults import CONTROL_PREFIX, FaultMiddleware, Faults
from sandbox.octopus.dashboards import Dashboards
from sandbox.octopus.lists import Lists
from sandbox.octopus.replies import Problem, missing_permission, not_found, reply
from sandbox.octopus.routes import Listing
from sandbox.octopus.server import Server
from sandbox.octopus.subscriptions import Subscriptions

API_KEY = "API-SANDBOX000000000000000000000000"
BEARER_TOKEN = "sandbox-octopus-access-token"

type Handler = Callable[[Request], Awaitable[Any]]


class OctopusSandbox:
    """Serve a company's Octopus as the vendor does; change attributes to vary it."""

    def __init__(
        self,
        company: Company,
        faults: Faults | None = None,
        base_url: str | None = None,
        virtual_directory: str = "",
    ) -> None:
        self.company = company
        self.faults = faults or Faults()
        self.base_url = base_url
        self.virtual_directory = virtual_directory.rstrip("/")
        self.api_keys = {API_KEY}
        self.bearer_tokens = {BEARER_TOKEN}
        self.version = "2026.3.5120"
        self.default_space_enabled = True
        self.in_maintenance = False
        self.hidden_spaces: set[str] = set()
        # Pairs of space id (or "*") and permission that the credential lacks.
        self.revoked: set[tuple[str, str]] = set()
        # The most projects that the dashboard shows; None shows all.
        self.dashboard_limit: int | None = None
        # The value of the header Octopus-RateLimit; older servers send none.
        self.rate_limit: str | None = None
        company.octopus.setdefault("subscriptions", Collection())
        self._ordered: dict[tuple[str, str], tuple[int, list[Item]]] = {}
        self.app = self._build_app()

    @property
    def collections(self) -> dict[str, Collection]:
        """Every collection by its name."""
        return self.company.octopus

    def put(self, collection: str, id_: str, item: Item) -> None:
        """Add or replace a raw item."""
        self.collections.setdefault(collection, Collection())[id_] = item

    def delete(self, collection: str, id_: str) -> Item | None:
        """Remove a raw item and return it, or None if there was none."""
        items = self.collections.get(collection, Collection())
        item: Item | None = items.pop(id_, None)
        return item

    def visible(self, collection: str) -> list[Item]:
        """Return the raw items in spaces that the credential may see."""
        items = self.collections[collection].values()
        return [item for item in items if not self.is_hidden(item)]

    def is_hidden(self, item: Item) -> bool:
        """Tell whether an item is, or is in, a space that the credential can't see."""
        return bool({item.get("SpaceId"), item["Id"]} & self.hidden_spaces)

    def rows(self, listing: Listing, space_id: str | None) -> list[Item]:
        """Return a list's items in its order; without a space, of the whole server."""
        items = self.collections[listing.source]
        key = (listing.path, space_id or "")
        version, rows = self._ordered.get(key, (-1, []))
        if version != items.version:
            rows = [
                item
                for item in items.values()
                if space_id is None or item.get("SpaceId") == space_id
            ]
            rows.sort(key=listing.order, reverse=listing.reverse)
            self._ordered[key] = (items.version, rows)
        return rows

    def reply(self, body: Any, status: int = 200) -> Response:
        """Return JSON with the headers that this server sends."""
        response = reply(body, self.virtual_directory, status)
        if self.rate_limit is not None:
            response.headers["Octopus-RateLimit-Policy"] = "l=200;rpm=600"
            response.headers["Octopus-RateLimit"] = self.rate_limit
        return response

    def require(self, permission: str, space_id: str | None) -> None:
        """Refuse what the credential may not do in a space."""
        if not self.may(permission, space_id):
            raise missing_permission(permission)

    def may(self, permission: str, space_id: str | None) -> bool:
        """Tell whether the credential may do something in a space, or on the server."""
        revoked = {(space_id or "", permission), ("*", permission)}
        return not revoked & self.revoked

    def space_of(self, request: Request) -> str:
        """Return the space that a request is about; unscoped means the default one."""
        space_id = request.path_params.get("space")
        if space_id is None:
            spaces = self.collections["spaces"].values()
            default = next((s["Id"] for s in spaces if s["IsDefault"]), None)
            if default is None or not self.default_space_enabled:
                raise Problem(400, "The default space is disabled. Specify a space.")
            return str(default)
        if space_id not in self.collections["spaces"] or space_id in self.hidden_spaces:
            raise not_found(space_id)
        return str(space_id)

    def _build_app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)
        app.add_middleware(_VirtualDirectory, directory=self.virtual_directory)
        app.add_middleware(FaultMiddleware, faults=self.faults)
        routes = app.router.routes
        routes += control_routes(self, self.faults)
        routes.append(Route("/api", self.guarded(Server(self).root, anonymous=True)))
        for part in (Server(self), Subscriptions(self), Dashboards(self), Lists(self)):
            routes += [
                Route(path, self.guarded(handler), methods=[method])
                for method, path, handler in part.routes()
            ]
        app.add_exception_handler(404, self._unknown)
        return app

    async def _unknown(self, request: Request, error: Exception) -> Response:
        return self.reply(not_found(request.url.path).body, 404)

    def guarded(self, handler: Handler, *, anonymous: bool = False) -> Any:
        """Return an endpoint that checks the credential and writes errors."""

        async def endpoint(request: Request) -> Response:
            try:
                if not anonymous:
                    self._check_credential(request)
                result = await handler(request)
            except Problem as problem:
                return self.reply(problem.body, problem.status)
            return result if isinstance(result, Response) else self.reply(result)

        return endpoint

    def _check_credential(self, request: Request) -> None:
        key = request.headers.get("X-Octopus-ApiKey")
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if key in self.api_keys or (
            scheme.lower() == "bearer" and token in self.bearer_tokens
        ):
            return
        if key or token:
            raise Problem(401, "The API key you provided was not valid.")
        raise Problem(
            401, "You must be logged in to request this resource. Please provide a key."
        )


class _VirtualDirectory:
    """Serve below a path, as a server behind IIS does, and nothing beside it."""

    def __init__(self, app: ASGIApp, directory: str) -> None:
        self.app = app
        self.directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(CONTROL_PREFIX):
            inside, path = self._inside(scope["path"])
            if not inside:
                await Response("not here", 404)(scope, receive, send)
                return
            scope = {**scope, "path": path}
        await self.app(scope, receive, send)

    def _inside(self, path: str) -> tuple[bool, str]:
        inside = path.startswith(f"{self.directory}/")
        return inside, path.removeprefix(self.directory) if inside else path
