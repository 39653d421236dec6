"""The routes of the contract table; and of every list: a page, everything, one item."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.contracts import Endpoint, contract
from sandbox.octopus.listings import LISTS, Filter, Listing, one_of
from sandbox.octopus.replies import not_found, page
from sandbox.octopus.state import OctopusState
from sandbox.octopus.table import ANSWERS
from sandbox.serving import Handler, Row

EVERYWHERE: dict[str, Filter] = {"ids": one_of("Id")}
ONE, ALL = "/{id}", "/all"


def routes(state: OctopusState) -> Iterator[Row]:
    """Yield method, path and handler of each row that has an answer."""
    for row in contract("octopus").endpoints:
        if handler := _handler(state, row):
            path = row.path.replace("{ref}", "{ref:path}")
            yield row.method, f"/{path}", handler


def _handler(state: OctopusState, row: Endpoint) -> Handler | None:
    if answer := ANSWERS.get(f"{row.method} {row.path}"):
        return partial(answer, state)
    place = row.path.removeprefix("api/").removeprefix("{space}/")
    # Only an environment has its address the other way round.
    place = place.replace("/{id}/v2", "/v2/{id}")
    listing = LISTS.get(place.removesuffix(ONE).removesuffix(ALL))
    if row.method != "GET" or listing is None:
        return None
    return partial(_one if place.endswith(ONE) else _many, state, listing, row)


async def _many(
    state: OctopusState, listing: Listing, row: Endpoint, request: Request
) -> Any:
    rows = [listing.shown(item) for item in _selected(state, listing, request)]
    if row.path.endswith(ALL):
        return rows
    item_type = row.rows.title().replace(" ", "")
    return page(request, item_type, rows, request.url.path, row.take)


async def _one(
    state: OctopusState, listing: Listing, row: Endpoint, request: Request
) -> Any:
    key = id_ = request.path_params["id"]
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


def _selected(state: OctopusState, listing: Listing, request: Request) -> list[Item]:
    """Return the rows in the request's space that its filters let through."""
    rows = _in_scope(state, listing, request)
    known = EVERYWHERE | listing.filters
    wanted = {
        name: text.split(",")
        for name, text in request.query_params.items()
        if name in known and text
    }
    if "ids" in wanted:
        rows = _by_ids(state, listing, rows, wanted.pop("ids"))
    for name, values in wanted.items():
        rows = [item for item in rows if known[name](item, values)]
    return rows


def _by_ids(
    state: OctopusState, listing: Listing, rows: list[Item], ids: list[str]
) -> list[Item]:
    """Look the ids up, for clients ask for them by the thousand."""
    items = state.collections[listing.source]
    found = {id(items[own]) for own in ids if own in items}
    return [item for item in rows if id(item) in found]


def _in_scope(state: OctopusState, listing: Listing, request: Request) -> list[Item]:
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
