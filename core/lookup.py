"""Ask for single objects and for many by their ids; say what is proven to be gone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import batched

from core.api import Api
from core.errors import (
    ApiError,
    Forbidden,
    Gone,
    MalformedReply,
    NotFound,
    Refused,
    Unavailable,
)
from core.trouble import current_report
from core.types import Item, Params

# Objects that are asked for singly at the same time: fewer than requests in flight.
SINGLES_AT_ONCE = 8
# A request for a hundred ids of which three can't be had fails about so often.
MAX_FAILED_REQUESTS = 24
# Trouble that may concern some of the ids only.
PASSING = (Refused, Unavailable, MalformedReply)


class Absent(Enum):
    """Why there is no item, by the vendor's own answer about the object."""

    GONE = "gone"
    NOT_SELECTED = "not selected"


async def get_own(api: Api, path: str, params: Params | None = None) -> Item | Absent:
    """Return an object from its own endpoint, or GONE by the vendor's own word.

    Raises ApiError for anything else, so a proxy's 404 proves nothing.
    """
    try:
        return await api.get(path, params)
    except (Gone, NotFound):
        await api.confirm_identity()
        return Absent.GONE


@dataclass
class ManyById:
    """What a request by ids came to: each id is found, or gone, or in neither."""

    found: dict[str, Item] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class ById:
    """How a vendor is asked for objects by their ids.

    `many` returns what it brings, of which only what was asked for is kept; `True` asks
    it not to retry. `single` asks for one. `id_of` finds the id in an item, `size` is
    the vendor's limit for a request.
    """

    many: Callable[[Sequence[str], bool], Awaitable[list[Item]]]
    single: Callable[[str], Awaitable[Item | Absent]]
    id_of: Callable[[Item], str]
    size: int


async def get_many(by_id: ById, ids: Iterable[str]) -> ManyById:
    """Return the objects with these ids; what can't be had is recorded as trouble.

    A request that fails is halved, down to the id that it fails for. What neither came
    nor was refused is asked for singly, for an empty reply is no proof. Raises what
    concerns every id: Unauthorized, Forbidden or NotFound of a whole request, or the
    error of a request of which nearly every part fails.
    """
    parts = [list(part) for part in batched(dict.fromkeys(ids), by_id.size)]
    results = await asyncio.gather(*(_Part(by_id).get(part) for part in parts))
    everything = ManyById()
    for result in results:
        everything.found |= result.found
        everything.gone |= result.gone
    return everything


class _Part:
    """One request's worth of ids, with a limit for how often it may fail."""

    def __init__(self, by_id: ById) -> None:
        self._by_id = by_id
        self._result = ManyById()
        self._failures: list[ApiError] = []

    async def get(self, ids: list[str]) -> ManyById:
        await self._get(ids, once=False)
        return self._result

    async def _get(self, ids: list[str], *, once: bool) -> None:
        try:
            items = await self._by_id.many(ids, once)
        except PASSING as error:
            self._count(error)
            half = len(ids) // 2
            for part in (ids[:half], ids[half:]) if half else ():
                await self._get(part, once=True)
            if half:
                return
            items = []
        wanted = set(ids)
        came = {
            id_: item
            for item in items
            if isinstance(item, dict) and (id_ := self._by_id.id_of(item)) in wanted
        }
        self._result.found |= came
        places = asyncio.Semaphore(SINGLES_AT_ONCE)
        missing = sorted(wanted - came.keys())
        await asyncio.gather(*(self._get_single(id_, places) for id_ in missing))

    async def _get_single(self, id_: str, places: asyncio.Semaphore) -> None:
        async with places:
            try:
                item = await self._by_id.single(id_)
                if isinstance(item, dict) and self._by_id.id_of(item) != id_:
                    raise MalformedReply(f"something else than {id_} came")
            except (*PASSING, Forbidden) as error:
                current_report().lose_item({"id": id_, "Id": id_}, error)
                self._count(error)
                return
        if item is Absent.GONE:
            self._result.gone.add(id_)
        elif isinstance(item, dict):
            self._result.found[id_] = item

    def _count(self, error: ApiError) -> None:
        self._failures.append(error)
        if len(self._failures) > MAX_FAILED_REQUESTS:
            raise self._failures[0]
