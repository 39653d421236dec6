"""The stand-in as a whole, and the routes by which tests read and steer it."""

from collections.abc import Iterable, Iterator

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.port.blueprint_routes import BlueprintRoutes
from sandbox.port.document_routes import DocumentRoutes
from sandbox.port.entity_routes import EntityRoutes
from sandbox.port.integration_routes import IntegrationRoutes
from sandbox.port.model import Item, Rejected
from sandbox.port.run_routes import RunRoutes
from sandbox.port.state import State
from sandbox.port.store import Store
from sandbox.port.wire import CONTROL, Gate, Row, ok, read_json, refused, route


class PortSandbox:
    """Port in memory; `app` serves it, the rest tells what it knows."""

    def __init__(self, feature_flags: Iterable[str] = ()) -> None:
        self.state = State(list(feature_flags))
        self.app = Starlette()
        # The first route that fits is taken: /v1/actions/runs is no action's.
        parts = (IntegrationRoutes, BlueprintRoutes, RunRoutes, DocumentRoutes)
        for part in (*parts, EntityRoutes):
            self.app.router.routes += part(self.state).routes()
        for method, path, handler in self._control():
            self.app.router.routes.append(route(method, CONTROL + path, handler))
        self.app.add_exception_handler(Rejected, _refuse)
        for status in (404, 405):
            self.app.add_exception_handler(status, self._unknown)
        self.app.add_middleware(Gate, state=self.state)

    def _control(self) -> Iterator[Row]:
        yield "GET", "state", self._read
        yield "GET", "counts", self._count
        yield "GET", "entities/{blueprint}", self._list
        yield "POST", "reset", self._reset
        yield "POST", "latency", self._set_latency

    @property
    def store(self) -> Store:
        """Return the catalog."""
        return self.state.store

    @property
    def blueprints(self) -> dict[str, Item]:
        """Return identifier -> blueprint."""
        return self.store.blueprints

    @property
    def entities(self) -> dict[str, dict[str, Item]]:
        """Return blueprint -> identifier -> entity, without computed properties."""
        return self.store.entities

    @property
    def integrations(self) -> dict[str, Item]:
        """Return identifier -> integration."""
        return self.state.integrations.known

    @property
    def requests(self) -> int:
        """Return how many requests have been served; `state.requests` has which."""
        return self.state.requests.total()

    @property
    def unknown_routes(self) -> list[str]:
        """Return what was asked for in vain, as method and path."""
        return self.state.unknown_routes

    def reset(self) -> None:
        """Forget everything but the feature flags."""
        self.state.reset()

    async def _read(self) -> Response:
        return JSONResponse(self.state.snapshot())

    async def _count(self) -> Response:
        return JSONResponse(self.state.counts())

    async def _list(self, blueprint: str) -> Response:
        """Return the entities of one blueprint, without computed properties."""
        return JSONResponse(self.entities.get(blueprint, {}))

    async def _reset(self) -> Response:
        self.reset()
        return ok()

    async def _set_latency(self, request: Request) -> Response:
        sent = await read_json(request, "seconds")
        self.state.faults.latency_seconds = float(sent["seconds"])
        return ok()

    async def _unknown(self, request: Request, _: Exception) -> Response:
        route = f"{request.method} {request.url.path}"
        self.state.unknown_routes.append(route)
        return refused(Rejected(404, "not_found", f"there is no {route}"))


async def _refuse(_: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected)
    return refused(error)
