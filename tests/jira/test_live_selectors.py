"""A live event brings exactly what a resync with the same selector would have."""

from typing import Any

import pytest

from client import ApiClient
from core.fetch import fetch_one
from core.lookup import Absent
from core.types import Item
from jira.kinds import JiraKind
from jira.resources import RESOURCES
from sandbox.jira import JiraSandbox
from tests.jira.test_kinds import read, selector
from tests.laws import check_selection

# What events, or the boards beside them, name objects by.
NAMES = {"id", "accountId", "__boardId"}
# Enough to have both sorts, and not too many to ask for one by one.
MOST_ASKED = 40
NARROWED: list[tuple[JiraKind, Item]] = [
    (JiraKind.PROJECT, {"keys": ["SHOP"]}),
    (JiraKind.PROJECT, {"types": ["service_desk"]}),
    (JiraKind.VERSION, {"projects": ["SHOP"]}),
    (JiraKind.VERSION, {"released": True}),
    (JiraKind.ISSUE, {"jql": "project = SHOP OR project = PAY"}),
    (JiraKind.ISSUE, {"projects": ["SHOP"]}),
    (JiraKind.EPIC, {"projects": ["SHOP"]}),
    (JiraKind.EPIC, {"done": True}),
    (JiraKind.ISSUE_LINK, {"jql": "project = SHOP"}),
    (JiraKind.ISSUE_LINK, {"projects": ["PAY"]}),
    (JiraKind.BOARD, {"boardType": "kanban"}),
    (JiraKind.BOARD, {"projectKey": "SHOP"}),
    (JiraKind.BOARD, {"name": "shop"}),
    (JiraKind.SPRINT, {"states": ["closed"]}),
    (JiraKind.SPRINT, {"projectKey": "SHOP", "states": ["active", "closed"]}),
    (JiraKind.SPRINT, {"name": "shop"}),
    (JiraKind.BACKLOG, {"projectKey": "SHOP"}),
    (JiraKind.BACKLOG, {"name": "shop"}),
    (JiraKind.USER, {"accountTypes": ["app"]}),
    (JiraKind.USER, {"activeOnly": True}),
]


def named(parameter: Any) -> str:
    return str(parameter).replace(" ", "")


@pytest.mark.parametrize(("kind", "narrow"), NARROWED, ids=named)
async def test_selectors_apply_to_events_as_to_resyncs(
    api: ApiClient, kind: JiraKind, narrow: Item
) -> None:
    key = RESOURCES[kind].id_field
    everything = {item[key]: item for item in await read(api, kind)}
    wanted = {item[key] for item in await read(api, kind, **narrow)}
    chosen = selector(kind, **narrow)

    async def is_brought(item: Item) -> bool:
        ref = {n: item[n] for n in NAMES & item.keys()}
        found = await fetch_one(api, RESOURCES[kind], ref, chosen)
        assert found is not Absent.GONE
        return found is not Absent.NOT_SELECTED

    await check_selection(everything, wanted, is_brought, most=MOST_ASKED)


async def test_a_project_is_selected_by_the_key_that_it_has_now(
    api: ApiClient, site: JiraSandbox
) -> None:
    projects = await read(api, JiraKind.PROJECT, keys=["SHOP"])
    project = site.collections["project"][projects[0]["id"]]
    site.put("project", project["id"], {**project, "key": "STORE"})
    chosen, ref = selector(JiraKind.PROJECT, keys=["STORE"]), {"id": project["id"]}
    found = await fetch_one(api, RESOURCES[JiraKind.PROJECT], ref, chosen)
    assert not isinstance(found, Absent)
    assert found["key"] == "STORE"
