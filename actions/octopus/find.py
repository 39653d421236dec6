"""Find what inputs name: by id, slug or name, in the space that is meant."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from actions.failures import NOT_FOUND, NOTHING_CHANGED, ActionFailed
from actions.inputs import WRONG_INPUT, Inputs
from actions.job import Job
from actions.octopus.base import PROJECT, SPACE, in_space, name_of
from client import ApiClient
from core.errors import Forbidden, NotFound
from core.lookup import Absent, get_own
from core.types import Item, Params
from core.values import text
from octopus.paging import PAGE

_PROJECT_ID = re.compile(r"Projects-[0-9]+")
# So many names are shown if one isn't known, and so alike they have to be.
NAMES_SHOWN, LIKENESS = 5, 0.4


async def read_all(
    api: ApiClient, path: str, params: Params | None = None
) -> list[Item]:
    """Return a whole list; raises ApiError."""
    return [row async for page in api.pages(path, PAGE, params) for row in page]


def pick(items: Iterable[Item], name: str, what: str) -> Item:
    """Return the item of this id, slug or name.

    Raises ActionFailed that shows the names which are most alike.
    """
    known = list(items)
    if found := matching(known, name):
        return found[0]
    raise not_found(what, name, map(name_of, known))


def matching(items: Iterable[Item], name: str) -> list[Item]:
    """Return the items of this id, slug, name or version, whatever its case."""
    wanted = name.casefold()
    keys = ("Id", "Slug", "Name", "Version")
    return [
        item
        for item in items
        if wanted in {(text(item.get(key)) or "").casefold() for key in keys}
    ]


def not_found(what: str, name: str, names: Iterable[str]) -> ActionFailed:
    """Return the failure that shows what there is instead."""
    by_key = {one.casefold(): one for one in names}
    alike = get_close_matches(name.casefold(), by_key, NAMES_SHOWN, LIKENESS)
    shown = [by_key[key] for key in alike or list(by_key)[:NAMES_SHOWN]]
    there_is = f"There is {', '.join(shown)}" if shown else "None is visible"
    told = f"No {what} {name!r} is visible to this account. {there_is}"
    return ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_FOUND)


async def find_project(job: Job) -> Item:
    """Return the project that the inputs name, and note its space.

    Without a space, all are searched. Raises ActionFailed, ApiError.
    """
    name = job.inputs.text(PROJECT.name)
    seen: list[Item] = []
    for space in await find_spaces(job.api, job.inputs):
        try:
            seen += await _projects(job.api, space["Id"], name)
        except (Forbidden, NotFound):
            if SPACE.name in job.inputs:
                raise
    found = matching(seen, name)
    if len(found) > 1:
        spaces = ", ".join(str(project["SpaceId"]) for project in found)
        told = f"{name!r} is a project of {spaces}: give the space"
        raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)
    if not found:
        raise not_found("project", name, map(name_of, seen))
    job.scope = str(found[0]["SpaceId"])
    return found[0]


async def _projects(api: ApiClient, space: str, name: str) -> list[Item]:
    """Return the projects of a space among which one may be meant.

    An id needs no list, and is what entities of the catalog are called by.
    """
    path = in_space(space, "projects")
    if not _PROJECT_ID.fullmatch(name):
        return await read_all(api, path)
    found = await get_own(api, f"{path}/{name}")
    return [] if isinstance(found, Absent) else [found]


async def find_spaces(api: ApiClient, inputs: Inputs) -> list[Item]:
    """Return the space that the inputs name, or all that are visible."""
    spaces = await read_all(api, "api/spaces")
    name = inputs.text(SPACE.name)
    return [pick(spaces, name, "space")] if name else spaces


async def find_release(api: ApiClient, project: Item, version: str) -> Item:
    """Return a release of a project by version or id; raises ActionFailed, ApiError.

    https://octopus.com/docs/api/releases
    """
    path = in_space(project["SpaceId"], "projects", project["Id"], "releases")
    is_id = version.startswith("Releases-")
    search = {} if is_id else {"searchByVersion": version}
    async for page in api.pages(path, PAGE, search):
        if found := matching(page, version):
            return found[0]
    newest = await api.get(path, {"skip": 0, "take": NAMES_SHOWN})
    what = f"release of {name_of(project)}"
    raise not_found(what, version, [name_of(one) for one in newest["Items"]])
