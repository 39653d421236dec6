"""Ask Octopus for objects by their ids."""

from collections.abc import Iterable, Sequence

from core.api import Api
from core.errors import Forbidden
from core.lookup import Absent, ById, ManyById, get_own
from core.lookup import get_many as get_many_of
from core.resource import fill
from core.trouble import current_report
from core.types import Item
from core.values import at, text
from octopus.paging import PAGE

# Longer URLs than 4,000 characters trouble servers and proxies:
# https://github.com/OctopusDeploy/Issues/issues/8208
CHARACTERS_OF_IDS = 3600
COMMA = len("%2C")


async def get_many(api: Api, path: str, ids: Iterable[str]) -> ManyById:
    """Return the objects of a list with these ids, in few requests.

    `ids` is documented for deployments, runs and tasks, but not for releases. A server
    that takes no notice of it is asked for each object singly from then on.

    https://octopus.com/docs/api/deployments
    """
    ignored = f"ignores ids at {path}"

    async def many(part: Sequence[str], once: bool) -> list[Item]:
        if ignored in api.facts:
            return []
        params = {"ids": ",".join(part), "skip": 0, "take": len(part)}
        rows = PAGE.rows(await api.get(path, params, once=once))
        # A row without an id says nothing of the filter.
        if not {id_ for row in rows if (id_ := _id_of(row))} <= {*part}:
            api.facts[ignored] = "yes"
        return rows

    async def single(id_: str) -> Item | Absent:
        try:
            return await get_own(api, fill(f"{path}/{{Id}}", {"Id": id_}))
        except Forbidden as error:  # others of the list may be read
            current_report().lose_value(f"{path}/{id_}", error)
            return Absent.NOT_SELECTED

    wanted = list(ids)
    longest = max(map(len, wanted), default=0) + COMMA
    size = max(CHARACTERS_OF_IDS // longest, 1)
    by_id = ById(many=many, single=single, id_of=_id_of, size=size)
    return await get_many_of(by_id, wanted)


def _id_of(row: Item) -> str:
    return text(at(row, "Id")) or ""
