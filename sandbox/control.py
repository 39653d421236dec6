"""Routes below `/_sandbox` by which tests and the demo look into a stand-in."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.faults import CONTROL_PREFIX
from sandbox.limits import Limit
from sandbox.vendor_state import VendorState


def control_routes(vendor: VendorState) -> list[Route]:
    """Return the control routes of a stand-in."""
    state, items = _StateRoutes(vendor), _ItemRoutes(vendor)
    table: tuple[tuple[str, str, Callable[..., Any]], ...] = (
        ("/state", "GET", state.show),
        ("/faults", "POST", state.add_faults),
        ("/faults", "DELETE", state.clear_faults),
        ("/requests", "GET", state.show_requests),
        ("/requests", "DELETE", state.forget_requests),
        ("/latency", "POST", state.set_latency),
        ("/limit", "POST", state.set_limit),
        ("/{collection}", "GET", items.show_all),
        ("/{collection}/{id:path}", "GET", items.get),
        ("/{collection}/{id:path}", "PUT", items.put),
        ("/{collection}/{id:path}", "DELETE", items.delete),
    )
    return [
        Route(CONTROL_PREFIX + path, endpoint, methods=[method])
        for path, method, endpoint in table
    ]


class _StateRoutes:
    """Counts, faults and delays."""

    def __init__(self, vendor: VendorState) -> None:
        self._vendor = vendor
        self._faults = vendor.faults

    async def show(self, request: Request) -> Response:
        names = sorted(self._vendor.collections)
        faults = self._faults
        return JSONResponse(
            {
                "collections": {n: len(self._vendor.collections[n]) for n in names},
                "visible": {n: len(self._vendor.visible(n)) for n in names},
                "requests": {
                    "total": faults.total,
                    "byPattern": dict(faults.by_pattern),
                    "inFlight": faults.in_flight,
                    "peakInFlight": faults.peak_in_flight,
                },
                "rules": len(faults.rules),
                "refused": faults.limit.refused if faults.limit else 0,
            }
        )

    async def add_faults(self, request: Request) -> Response:
        body = await request.json()
        rules = [
            self._faults.add(**fields)
            for fields in (body if isinstance(body, list) else [body])
        ]
        return JSONResponse({"added": len(rules)}, status_code=201)

    async def clear_faults(self, request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def show_requests(self, request: Request) -> Response:
        return JSONResponse([vars(kept) for kept in self._faults.requests])

    async def forget_requests(self, request: Request) -> Response:
        self._faults.forget_requests()
        return Response(status_code=204)

    async def set_latency(self, request: Request) -> Response:
        body = await request.json()
        faults = self._faults
        faults.latency_seconds = body.get("seconds", faults.latency_seconds)
        faults.latency_per_item_seconds = body.get(
            "perItemSeconds", faults.latency_per_item_seconds
        )
        return Response(status_code=204)

    async def set_limit(self, request: Request) -> Response:
        """Set a limit by its fields, a new one each time, or none by an empty body."""
        body = await request.json()
        self._faults.limit = Limit(**body) if body else None
        return Response(status_code=204)


class _ItemRoutes:
    """Raw items, whatever the credential may see; `?visible` asks for these alone."""

    def __init__(self, vendor: VendorState) -> None:
        self._vendor = vendor

    async def show_all(self, request: Request) -> Response:
        name = request.path_params["collection"]
        if name not in self._vendor.collections:
            return _missing(name)
        if "visible" in request.query_params:
            return JSONResponse(self._vendor.visible(name))
        return JSONResponse([*self._vendor.collections[name].values()])

    async def get(self, request: Request) -> Response:
        name, id_ = request.path_params["collection"], request.path_params["id"]
        item = self._vendor.collections.get(name, {}).get(id_)
        return JSONResponse(item) if item is not None else _missing(f"{name}/{id_}")

    async def put(self, request: Request) -> Response:
        try:
            item = await request.json()
        except json.JSONDecodeError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        self._vendor.put(
            request.path_params["collection"], request.path_params["id"], item
        )
        return JSONResponse(item)

    async def delete(self, request: Request) -> Response:
        name, id_ = request.path_params["collection"], request.path_params["id"]
        item = self._vendor.delete(name, id_)
        return JSONResponse(item) if item is not None else _missing(f"{name}/{id_}")


def _missing(what: str) -> Response:
    return JSONResponse({"error": f"there is no {what}"}, status_code=404)
