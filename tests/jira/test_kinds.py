"""Laws that hold for every kind of Jira, against the stand-in."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from client import ApiClient
from core.errors import Incomplete, Unavailable
from core.fetch import fetch_all, fetch_one
from core.lookup import Absent
from core.types import Item
from jira.kinds import JiraKind
from jira.resources import RESOURCES
from sandbox.company import Company
from sandbox.expected import expected
from sandbox.jira import JiraSandbox
from tests.selectors import selector_of

# Selectors under which a kind brings everything that the company has of it.
EVERYTHING: dict[str, Item] = {
    JiraKind.ISSUE: {"jql": ""},
    JiraKind.SPRINT: {"states": ["active", "future", "closed"]},
    JiraKind.TEAM: {"includeMembers": True},
    JiraKind.WORKLOG: {"updatedWithinDays": 365},
    JiraKind.ISSUE_LINK: {"jql": ""},
    JiraKind.ISSUE_CHANGELOG: {"jql": ""},
    JiraKind.REQUEST: {"jql": ""},
}
# Kinds of which nobody asks for a single one.
WITHOUT_SINGLE = {JiraKind.ISSUE_CHANGELOG, JiraKind.GROUP}
BLUEPRINTS = {
    JiraKind.PROJECT: "jiraProject",
    JiraKind.VERSION: "jiraVersion",
    JiraKind.COMPONENT: "jiraComponent",
    JiraKind.EPIC: "jiraEpic",
    JiraKind.BOARD: "jiraBoard",
    JiraKind.SPRINT: "jiraSprint",
    JiraKind.USER: "jiraUser",
    JiraKind.TEAM: "jiraTeam",
}


def selector(kind: str, **wanted: Any) -> Any:
    """Return a selector as the mapping would make it."""
    return selector_of(kind, {"query": "true", **EVERYTHING.get(kind, {}), **wanted})


async def read(api: ApiClient, kind: str, **wanted: Any) -> list[Item]:
    batches = fetch_all(api, RESOURCES[kind], selector(kind, **wanted))
    return [item async for batch in batches for item in batch]


@pytest.mark.parametrize("kind", JiraKind)
async def test_every_kind_brings_each_item_once(api: ApiClient, kind: str) -> None:
    ids = [item[RESOURCES[kind].id_field] for item in await read(api, kind)]
    assert ids
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("kind", BLUEPRINTS)
async def test_a_kind_brings_what_the_company_has_and_the_token_may_see(
    api: ApiClient, company: Company, kind: JiraKind
) -> None:
    resource = RESOURCES[kind]
    field = "key" if kind == JiraKind.EPIC else resource.id_field
    found = {str(item[field]) for item in await read(api, kind)}
    assert found == set(expected(company)[BLUEPRINTS[kind]])


@pytest.mark.parametrize("kind", sorted(set(JiraKind) - WITHOUT_SINGLE))
async def test_a_live_item_equals_the_same_item_of_a_resync(
    api: ApiClient, kind: str
) -> None:
    resource = RESOURCES[kind]
    for listed in itertools.islice(await read(api, kind), 0, 20, 5):
        live = await fetch_one(api, resource, listed, selector(kind))
        assert live == listed


@pytest.mark.parametrize("kind", sorted(set(JiraKind) - WITHOUT_SINGLE))
async def test_an_item_that_is_gone_is_no_item(
    api: ApiClient, site: JiraSandbox, kind: str
) -> None:
    first, *_ = await read(api, kind)
    issue_like = kind in (JiraKind.EPIC, JiraKind.REQUEST, JiraKind.BACKLOG)
    collections = {JiraKind.ISSUE_LINK: "issuelink"}
    collection = "issue" if issue_like else kind.removeprefix("jira-")
    site.delete(
        collections.get(JiraKind(kind), collection),
        str(first["id" if issue_like else RESOURCES[kind].id_field]),
    )
    found = await fetch_one(api, RESOURCES[kind], first, selector(kind))
    assert found is Absent.GONE


@pytest.mark.parametrize("kind", JiraKind)
async def test_a_failing_vendor_is_never_an_empty_kind(
    api: ApiClient, site: JiraSandbox, kind: str
) -> None:
    site.faults.add(path="", times=None, status=500, body={"errorMessages": ["no"]})
    with pytest.raises((Unavailable, Incomplete)):
        await read(api, kind)


@pytest.mark.parametrize("kind", JiraKind)
async def test_one_bad_reply_costs_nothing_but_time(
    api: ApiClient, connect: Callable[[], ApiClient], site: JiraSandbox, kind: str
) -> None:
    calm = await read(api, kind)
    site.faults.add(path="", times=1, status=503, body="<html>busy</html>")
    site.faults.add(path="", times=1, truncate=True)
    shaken = await read(connect(), kind)
    key = RESOURCES[kind].id_field
    assert {i[key]: i for i in shaken} == {i[key]: i for i in calm}
