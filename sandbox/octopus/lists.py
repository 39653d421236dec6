"""The handlers of every list: one page, everything, one item."""

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.octopus.filters import Filter, contains, one_of
from sandbox.octopus.replies import not_found, page
from sandbox.octopus.routes import LISTINGS, MIXED, SYSTEM, Listing

if TYPE_CHECKING:
    from sandbox.octopus.app import OctopusSandbox

type Handler = Callable[[Request], Awaitable[Any]]
type Row = tuple[str, str, Handler]

EVERYWHERE: dict[str, Filter] = {"ids": one_of("Id"), "partialName": contains()}
TASK_STATES = (
    "Queued",
    "Executing",
    "Cancelling",
    "Success",
    "Failed",
    "Canceled",
    "TimedOut",
)


class Lists:
    """Make handlers from the table of lists."""

    def __init__(self, sandbox: "OctopusSandbox") -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler; below a space and without one."""
        for listing in LISTINGS:
            prefixes = ["/api"]
            if listing.scope != SYSTEM:
                prefixes += ["/api/spaces/{space}", "/api/{space}"]
            for prefix in prefixes:
                path = f"{prefix}/{listing.path}"
                yield "GET", path, self._page(listing)
                if listing.all:
                    yield "GET", f"{path}/all", self._all(listing)
                if listing.single:
                    yield "GET", f"{path}/{{id}}", self._one(listing)

    def _page(self, listing: Listing) -> Handler:
        async def handler(request: Request) -> Any:
            rows = self.selected(listing, request)
            body = self.envelope(listing, request, rows)
            if listing.source == "tasks":
                body["TotalCounts"] = {
                    state: sum(task["State"] == state for task in rows)
                    for state in TASK_STATES
                }
            return body

        return handler

    def _all(self, listing: Listing) -> Handler:
        async def handler(request: Request) -> Any:
            return self.selected(listing, request)

        return handler

    def _one(self, listing: Listing) -> Handler:
        async def handler(request: Request) -> Any:
            sandbox, id_ = self._sandbox, request.path_params["id"]
            item = sandbox.collections[listing.source].get(id_)
            if item is None or sandbox.is_hidden(item):
                raise not_found(id_)
            space_id = item.get("SpaceId")
            # Whatever has a space is found only there.
            if listing.scope != SYSTEM and space_id is not None:
                scoped = "space" in request.path_params or listing.scope != MIXED
                if scoped and sandbox.space_of(request) != space_id:
                    raise not_found(id_)
            sandbox.require(listing.permission, space_id)
            return item

        return handler

    def envelope(self, listing: Listing, request: Request, rows: list[Item]) -> Item:
        """Return the page of rows that a request asks for."""
        path = request.url.path
        return page(request, listing.item_type, rows, path, listing.take)

    def selected(self, listing: Listing, request: Request) -> list[Item]:
        """Return the rows in the request's space that its filters let through."""
        rows = self._in_scope(listing, request)
        known = EVERYWHERE | listing.filters
        wanted = {
            name: text.split(",")
            for name, text in (*request.query_params.items(), *_parents(request))
            if name in known and text
        }
        if "ids" in wanted:
            rows = self._by_ids(listing, rows, wanted.pop("ids"))
        company = self._sandbox.company
        for name, values in wanted.items():
            rows = [item for item in rows if known[name](item, values, company)]
        return rows

    def _by_ids(self, listing: Listing, rows: list[Item], ids: list[str]) -> list[Item]:
        """Look the ids up, for clients ask for them by the thousand."""
        items = self._sandbox.collections[listing.source]
        found = {id(items[own]) for own in ids if own in items}
        return [item for item in rows if id(item) in found]

    def _in_scope(self, listing: Listing, request: Request) -> list[Item]:
        sandbox = self._sandbox
        if listing.scope == SYSTEM:
            sandbox.require(listing.permission, None)
            rows = sandbox.rows(listing, None)
            return [item for item in rows if not sandbox.is_hidden(item)]
        asked = request.query_params.get("spaces")
        if listing.scope == MIXED and "space" not in request.path_params and asked:
            return self._of_spaces(listing, request, asked)
        space_id = sandbox.space_of(request)
        sandbox.require(listing.permission, space_id)
        return sandbox.rows(listing, space_id)

    def _of_spaces(self, listing: Listing, request: Request, asked: str) -> list[Item]:
        """Return items of some or all spaces, and those of no space unless unwanted."""
        sandbox = self._sandbox
        sandbox.require(listing.permission, None)
        wanted = set(asked.split(","))
        system = request.query_params.get("includeSystem", "true") == "true"
        return [
            item
            for item in sandbox.rows(listing, None)
            if not sandbox.is_hidden(item)
            and (
                "all" in wanted or item["SpaceId"] in wanted
                if item["SpaceId"]
                else system
            )
        ]


def _parents(request: Request) -> list[tuple[str, str]]:
    """Return the ids in the path that name parents of the list."""
    parameters = request.path_params.items()
    return [(name, str(value)) for name, value in parameters if name != "space"]
