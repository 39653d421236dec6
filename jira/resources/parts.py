"""Versions and components, most of which a project's own reply tells of.

It has the versions whole. Of components it has no more than the names, but shows where
there are any, so that most projects need not be asked for theirs:
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/#api-rest-api-3-project-projectidorkey-get
What such replies hold is recorded in src/mocks/mocks.ts of
https://github.com/RoadieHQ/backstage-plugin-jira
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import lru_cache
from itertools import batched

from core.api import Api
from core.errors import ApiError, MalformedReply, Unauthorized
from core.paging import OffsetPaging, number_at
from core.resource import fill
from core.types import Item, Params
from jira.selectors import ComponentSelector, VersionSelector

PROJECT_PATH = "rest/api/3/project/{id}"
COMPONENTS = "rest/api/3/component"
# What Jira returns at most; it clamps higher page sizes silently.
PAGE = OffsetPaging(size=50)
# So many ids make an URL of some 3,500 characters.
PROJECTS_PER_REQUEST = 150
# What is remembered in a resync: ids of projects whose own reply has no components,
# and of those of them that have none by a list of components, too.
BARE, CONFIRMED = "projects without components", "projects confirmed to have none"


async def list_versions(
    api: Api, selector: VersionSelector, project: Item
) -> AsyncGenerator[list[Item]]:
    """Yield a project's versions, and note if it has no components.

    Raises MalformedReply if the reply is about something else.
    """
    id_ = str(project["id"])
    reply = await api.get(fill(PROJECT_PATH, project))
    if str(reply.get("id")) != id_:
        raise MalformedReply(f"asked for project {id_}, Jira told of {reply.get('id')}")
    _note(api, id_, has_none=reply.get("components") == [])
    versions = reply.get("versions")
    if isinstance(versions, list):
        yield versions
        return
    async with aclosing(_pages(api, f"{PROJECT_PATH}/version", project, {})) as pages:
        async for page in pages:
            yield page


def component_query(selector: ComponentSelector) -> Params:
    """Ask for Jira's or Compass' components."""
    return {"componentSource": selector.component_source}


async def list_components(
    api: Api, selector: ComponentSelector, project: Item
) -> AsyncGenerator[list[Item]]:
    """Yield a project's components; it is not asked if it is known to have none."""
    is_plain = selector.component_source == "jira"
    if is_plain and str(project["id"]) in await _without_components(api):
        return
    path, query = f"{PROJECT_PATH}/component", component_query(selector)
    async with aclosing(_pages(api, path, project, query)) as pages:
        async for page in pages:
            yield page


def _pages(
    api: Api, path: str, project: Item, query: Params
) -> AsyncGenerator[list[Item]]:
    return api.pages(fill(path, project), PAGE, query)


def _note(api: Api, id_: str, *, has_none: bool) -> None:
    bare = _noted(api, BARE)
    if bare is None:
        bare = _keep(api, BARE, set())
    if has_none:
        bare.add(id_)
    else:
        bare.discard(id_)
        (_noted(api, CONFIRMED) or set()).discard(id_)


def _noted(api: Api, key: str) -> set[str] | None:
    found = api.recall(key)
    return found[0]["ids"] if found else None


def _keep(api: Api, key: str, ids: set[str]) -> set[str]:
    api.remember(key, [{"ids": ids}])
    return ids


async def _without_components(api: Api) -> set[str]:
    async with _turn(api):
        confirmed = _noted(api, CONFIRMED)
        if confirmed is None:
            bare = sorted(_noted(api, BARE) or ())
            parts = batched(bare, PROJECTS_PER_REQUEST)
            found = await asyncio.gather(*(_have_none(api, part) for part in parts))
            confirmed = _keep(api, CONFIRMED, {id_ for ids in found for id_ in ids})
        return confirmed


@lru_cache
def _turn(api: Api) -> asyncio.Lock:
    return asyncio.Lock()


async def _have_none(api: Api, ids: Sequence[str]) -> Sequence[str]:
    """Return these projects if no component at all belongs to any, else nothing.

    This list has those of Compass, too, which a project's own reply may leave out.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-components/#api-rest-api-3-component-get
    """
    try:
        reply = await api.get(
            COMPONENTS, {"projectIdsOrKeys": [*ids], "maxResults": PAGE.size}
        )
        found = PAGE.rows(reply) or number_at(reply, "total") != 0
    except Unauthorized:
        raise
    except ApiError:
        return ()  # each is asked for its own
    return () if found else ids
