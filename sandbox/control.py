"""Routes below `/_sandbox` by which tests and the benchmark look into a stand-in."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.company import Collection, Item
from sandbox.faults import CONTROL_PREFIX
from sandbox.limits import Limit
from sandbox.vendor_state import VendorState


def control_routes(vendor: VendorState) -> list[Route]:
    """Return the control routes of a stand-in."""
    control = _Control(vendor)
    table = (
        ("/state", "GET", control.show),
        ("/faults", "POST", control.add_faults),
        ("/faults", "DELETE", control.clear_faults),
        ("/requests", "GET", control.show_requests),
        ("/requests", "DELETE", control.forget_requests),
        ("/latency", "POST", control.set_latency),
        ("/limit", "POST", control.set_limit),
        ("/{collection}", "GET", control.show_all),
        ("/{collection}/{id:path}", "GET", control.get),
        ("/{collection}/{id:path}", "PUT", control.put),
        ("/{collection}/{id:path}", "DELETE", control.delete),
    )
    return [
        Route(CONTROL_PREFIX + path, endpoint, methods=[method])
        for path, method, endpoint in table
    ]


class _Control:
    """Counts, faults and limits; and raw items, whatever the credential may see."""

    def __init__(self, vendor: VendorState) -> None:
        self._vendor, self._faults = vendor, vendor.faults

    async def show(self, request: Request) -> Response:
        faults, names = self._faults, sorted(self._vendor.collections)
        asked = {
            "total": faults.total,
            "byPattern": dict(faults.by_pattern),
            "inFlight": faults.in_flight,
            "peakInFlight": faults.peak_in_flight,
        }
        return JSONResponse(
            {
                "collections": {n: len(self._vendor.collections[n]) for n in names},
                "visible": {n: len(self._vendor.visible(n)) for n in names},
                "requests": asked,
                "rules": len(faults.rules),
                "refused": faults.limit.refused if faults.limit else 0,
            }
        )

    async def add_faults(self, request: Request) -> Response:
        rules = [self._faults.add(**fields) for fields in await request.json()]
        return JSONResponse({"added": len(rules)}, 201)

    async def clear_faults(self, request: Request) -> Response:
        self._faults.clear()
        return Response(status_code=204)

    async def show_requests(self, request: Request) -> Response:
        return JSONResponse([vars(kept) for kept in self._faults.requests])

    async def forget_requests(self, request: Request) -> Response:
        self._faults.forget_requests()
        return Response(status_code=204)

    async def set_latency(self, request: Request) -> Response:
        """Set what each request takes, and each full issue, or one of these."""
        body, faults = await request.json(), self._faults
        own, each = faults.latency_seconds, faults.latency_per_item_seconds
        faults.latency_seconds = body.get("seconds", own)
        faults.latency_per_item_seconds = body.get("perItemSeconds", each)
        return Response(status_code=204)

    async def set_limit(self, request: Request) -> Response:
        """Set a limit by its fields, a new one each time, or none by an empty body."""
        body = await request.json()
        self._faults.limit = Limit(**body) if body else None
        return Response(status_code=204)

    async def show_all(self, request: Request) -> Response:
        """Return all items; `?visible` asks for what the credential may see."""
        name = request.path_params["collection"]
        if name not in self._vendor.collections:
            return _found(None)
        if "visible" in request.query_params:
            return JSONResponse(self._vendor.visible(name))
        return JSONResponse([*self._vendor.collections[name].values()])

    async def get(self, request: Request) -> Response:
        name, id_ = request.path_params["collection"], request.path_params["id"]
        return _found(self._vendor.collections.get(name, Collection()).get(id_))

    async def put(self, request: Request) -> Response:
        name, id_ = request.path_params["collection"], request.path_params["id"]
        self._vendor.put(name, id_, item := await request.json())
        return JSONResponse(item)

    async def delete(self, request: Request) -> Response:
        name, id_ = request.path_params["collection"], request.path_params["id"]
        return _found(self._vendor.delete(name, id_))


def _found(item: Item | None) -> Response:
    return JSONResponse(item, 200 if item is not None else 404)
