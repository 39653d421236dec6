"""The handlers of every list: one page, everything, one item."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.contracts import Endpoint, contract
from sandbox.octopus.replies import not_found, page
from sandbox.octopus.routes import LISTS, Filter, Listing, one_of
from sandbox.octopus.state import OctopusState
from sandbox.serving import Handler, Part, Row

EVERYWHERE: dict[str, Filter] = {"ids": one_of("Id")}
ONE, ALL = "/{id}", "/all"


class Lists(Part[OctopusState]):
    """Make handlers of the rows of the contract table that are lists, or of one."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        for row in contract("octopus").endpoints:
            place = row.path.removeprefix("api/").removeprefix("{space}/")
            # Only an environment has its address the other way round.
            place = place.replace("/{id}/v2", "/v2/{id}")
            listing = LISTS.get(place.removesuffix(ONE).removesuffix(ALL))
            if row.method == "GET" and listing is not None:
                handler = self._one if place.endswith(ONE) else self._many
                path = row.path.replace("{ref}", "{ref:path}")
                yield row.method, f"/{path}", handler(listing, row)

    def _many(self, listing: Listing, row: Endpoint) -> Handler:
        async def handler(request: Request) -> Any:
            rows = [listing.shown(item) for item in self._selected(listing, request)]
            if row.path.endswith(ALL):
                return rows
            item_type = row.rows.title().replace(" ", "")
            return page(request, item_type, rows, request.url.path, row.take)

        return handler

    def _one(self, listing: Listing, row: Endpoint) -> Handler:
        async def handler(request: Request) -> Any:
            state, id_ = self._state, request.path_params["id"]
            key = id_
            if "project" in request.path_params:
                # In Git, ids are slugs, which each project has.
                key = f"{state.project_of(request)['Id']}/{id_}"
            item = state.collections[listing.source].get(key)
            seen = item is not None and state.sees(listing.source, item)
            if item is None or not seen or not listing.has(item):
                raise not_found(id_)
            # Whatever has a space is found only there.
            space_id = item.get("SpaceId")
            if "space" in request.path_params and state.space_of(request) != space_id:
                raise not_found(id_)
            state.require(row.permission, space_id)
            return listing.shown(item)

        return handler

    def _selected(self, listing: Listing, request: Request) -> list[Item]:
        """Return the rows in the request's space that its filters let through."""
        rows = self._in_scope(listing, request)
        known = EVERYWHERE | listing.filters
        wanted = {
            name: text.split(",")
            for name, text in request.query_params.items()
            if name in known and text
        }
        if "ids" in wanted:
            rows = self._by_ids(listing, rows, wanted.pop("ids"))
        for name, values in wanted.items():
            rows = [item for item in rows if known[name](item, values)]
        return rows

    def _by_ids(self, listing: Listing, rows: list[Item], ids: list[str]) -> list[Item]:
        """Look the ids up, for clients ask for them by the thousand."""
        items = self._state.collections[listing.source]
        found = {id(items[own]) for own in ids if own in items}
        return [item for item in rows if id(item) in found]

    def _in_scope(self, listing: Listing, request: Request) -> list[Item]:
        state = self._state
        scoped = "space" in request.path_params
        space_id = state.space_of(request) if scoped else None
        rows = state.rows(listing, space_id)
        if "project" in request.path_params:
            project, ref = state.project_of(request), request.path_params.get("ref")
            rows = [item for item in rows if item["ProjectId"] == project["Id"]]
            return [item for item in rows if ref in (None, item.get("GitRef"))]
        if scoped:
            return rows
        rows = [item for item in rows if state.sees(listing.source, item)]
        asked = request.query_params.get("spaces")
        return rows if asked is None else _of_spaces(rows, request, asked.split(","))


def _of_spaces(rows: list[Item], request: Request, wanted: list[str]) -> list[Item]:
    """Return items of some or all spaces, and those of no space unless unwanted."""
    system = request.query_params.get("includeSystem", "true") == "true"
    return [
        item
        for item in rows
        if ("all" in wanted or item["SpaceId"] in wanted if item["SpaceId"] else system)
    ]
