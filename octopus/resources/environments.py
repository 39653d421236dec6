"""Environments: static ones and, since 2025.4, ephemeral ones with their parents."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

from core.api import Api
from core.errors import NotFound
from core.lookup import Absent, get_own
from core.resource import fill
from core.trouble import Missing, attempt_once, with_values
from core.types import Item
from core.values import at, text
from octopus.kinds import OctopusKind
from octopus.paging import PAGE
from octopus.resources.choices import keep_names, rows_of_ids
from octopus.resources.spaces import in_space, server_version
from octopus.stages import Stage, stage_of, stages_of

# https://octopus.com/docs/infrastructure/ephemeral-environments
FIRST_WITH_EPHEMERAL = (2025, 4)
STATIC = "Static"

# What an environment's name tells.
OF_ENVIRONMENT = (
    "__environmentName",
    "__stageName",
    "__stage",
    "__stageNumber",
    "__isProduction",
)

# What is known of an environment: its row, None if it is gone.
type Known = Item | Missing | None


async def list_environments(
    api: Api, selector: object, space: Item
) -> AsyncGenerator[list[Item]]:
    """Yield a space's environments; `__type` is Static, Parent or Ephemeral.

    The list of all types has less of static ones than the list of these. Its filter by
    type is not used, for nothing in a reply says that it was applied.

    https://octopus.com/docs/api/environments
    """
    listed: list[Any] = []
    known: set[str | None] = set()
    async with aclosing(_pages(api, space["Id"])) as pages:
        async for page in pages:
            fresh = [_typed(e) for e in page if text(at(e, "Id")) not in known]
            known |= {text(at(e, "Id")) for e in fresh} - {None}
            listed += fresh
            if fresh:
                yield fresh
    keep_names(api, OctopusKind.ENVIRONMENT, space["Id"], listed)


async def _pages(api: Api, space_id: str) -> AsyncGenerator[list[Item]]:
    path = f"api/{space_id}/environments"
    async with aclosing(api.pages(path, PAGE)) as pages:
        async for page in pages:
            yield page
    if not _may_have_ephemeral(api):
        return
    try:
        async with aclosing(api.pages(f"{path}/v2", PAGE)) as pages:
            async for page in pages:
                yield page
    except NotFound:
        if server_version(api) is not None:
            raise


def _may_have_ephemeral(api: Api) -> bool:
    version = server_version(api)
    return version is None or version >= FIRST_WITH_EPHEMERAL


def _typed(row: Any) -> Any:
    if not isinstance(row, dict):
        return row  # fetching records it as lost
    return {**row, "__type": text(row.get("Type")) or STATIC}


async def get_environment(
    api: Api, ref: Item, selector: object = None
) -> Item | Absent:
    """Return one environment of any type, as the lists have it."""
    path = fill("api/{SpaceId}/environments/{Id}", ref)
    if _may_have_ephemeral(api):
        other = await get_own(api, f"{path}/v2")
        if not isinstance(other, Absent):
            typed: Item = _typed(other)
            if typed["__type"] != STATIC:
                return typed
        elif server_version(api) is not None:
            return other
    found = await get_own(api, path)
    return found if isinstance(found, Absent) else _typed(found)


# `ParentEnvironmentId` of ephemeral ones is what Octopus' Go client reads:
# https://github.com/OctopusDeploy/go-octopusdeploy/tree/main/pkg/environments/v2
ENVIRONMENT = in_space(
    OctopusKind.ENVIRONMENT,
    "environments",
    "infrastructure/environments/{Id}",
    list_with=list_environments,
    get_with=get_environment,
)


async def add_environments(api: Api, items: list[Item]) -> list[Item]:
    """Add what is known of the environments that items went to.

    `__environmentName`; `__stageName`, by which its stage is told, for an ephemeral one
    the parent's name; `__stage` and `__stageNumber` by the setting `stages`, null for
    none of them, and `__isProduction`, whether it is the last one; `__environmentId`,
    null if the environment is gone, such as one that was deprovisioned, so that no
    relation leads to it.
    """
    known, stages = await _environments_of(api, items), stages_of(api)
    return [_with_environment(item, known, stages) for item in items]


def _with_environment(
    item: Item, known: dict[str, Known], stages: tuple[Stage, ...]
) -> Item:
    id_ = text(item.get("EnvironmentId"))
    found = known.get(id_ or "", Missing(is_permanent=True))
    values: Item = dict.fromkeys(OF_ENVIRONMENT, found)
    if isinstance(found, dict):
        parent = known.get(text(found.get("ParentEnvironmentId")) or "")
        name = text((parent if isinstance(parent, dict) else found).get("Name"))
        stage = stage_of(stages, name)
        values["__environmentName"] = text(found.get("Name"))
        values["__stageName"] = name
        values["__stage"] = stage.name if stage else None
        values["__stageNumber"] = stage.number if stage else None
        values["__isProduction"] = stage is not None and stage.number == len(stages)
    values["__environmentId"] = None if found is None else id_
    return with_values(item, values)


async def _environments_of(api: Api, items: list[Item]) -> dict[str, Known]:
    """Return environments by id, Missing for those of a space that hides them."""
    by_space: dict[str, set[str]] = {}
    for item in items:
        space, id_ = text(item.get("SpaceId")), text(item.get("EnvironmentId"))
        if space and id_:
            by_space.setdefault(space, set()).add(id_)
    known: dict[str, Known] = {}
    for space, ids in by_space.items():
        what = f"environment names of {space}"
        read = partial(rows_of_ids, api, ENVIRONMENT, space, ids)
        found = await attempt_once(what, read, value=what)
        known |= dict.fromkeys(ids, found) if isinstance(found, Missing) else found
    return known
