"""A live event brings exactly what a resync with the same selector would have."""

from typing import Any

import pytest

from client import ApiClient
from core.fetch import fetch_one
from core.types import Item
from octopus.kinds import OctopusKind
from octopus.resources import RESOURCES
from tests.laws import check_selection
from tests.octopus.test_kinds import read, selector

# Enough to have both sorts, and not too many to ask for one by one.
MOST_ASKED = 25
PROJECTS = ("Projects-1", "Projects-3")
NARROWED: list[tuple[OctopusKind, Item]] = [
    (OctopusKind.SPACE, {"spaces": ["Spaces-1"]}),
    (OctopusKind.PROJECT, {"projects": [*PROJECTS]}),
    (OctopusKind.PROJECT, {"projectGroups": ["ProjectGroups-1"]}),
    (OctopusKind.PROJECT, {"includeDisabled": False}),
    (OctopusKind.CHANNEL, {"projects": [*PROJECTS]}),
    (OctopusKind.RELEASE, {"projects": [*PROJECTS]}),
    (OctopusKind.DEPLOYMENT, {"projects": [*PROJECTS]}),
    (OctopusKind.DEPLOYMENT, {"environments": ["Production"]}),
    (OctopusKind.DEPLOYMENT, {"states": ["Failed"]}),
    (OctopusKind.CURRENT_RELEASE, {"projects": [*PROJECTS]}),
    (OctopusKind.RUNBOOK, {"projects": [*PROJECTS]}),
    (OctopusKind.RUNBOOK_RUN, {"projects": [*PROJECTS]}),
    (OctopusKind.RUNBOOK_RUN, {"states": ["Success"]}),
    (OctopusKind.TASK, {"projects": [*PROJECTS]}),
    (OctopusKind.INTERRUPTION, {"pendingOnly": True}),
    (OctopusKind.MACHINE, {"environments": ["Production"]}),
    (OctopusKind.MACHINE, {"includeDisabled": False}),
    (OctopusKind.TENANT, {"includeDisabled": False}),
    (OctopusKind.WORKER, {"includeDisabled": False}),
]


def named(parameter: Any) -> str:
    return str(parameter).replace(" ", "")


@pytest.mark.parametrize(("kind", "narrow"), NARROWED, ids=named)
async def test_selectors_apply_to_events_as_to_resyncs(
    api: ApiClient, kind: OctopusKind, narrow: Item
) -> None:
    key = RESOURCES[kind].id_field
    everything = {item[key]: item for item in await read(api, kind)}
    wanted = {item[key] for item in await read(api, kind, **narrow)}
    chosen = selector(kind, **narrow)

    async def is_brought(item: Item) -> bool:
        return isinstance(await fetch_one(api, RESOURCES[kind], item, chosen), dict)

    await check_selection(everything, wanted, is_brought, most=MOST_ASKED)
