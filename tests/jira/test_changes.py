"""What has changed in Jira since a moment is listed, with the bound in the request."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from client import ApiClient
from core.types import Item
from jira.kinds import JiraKind
from jira.resources import RESOURCES
from jira.resources.changes import updated_since
from sandbox.company import Company
from sandbox.company.base import jira_time
from sandbox.jira import JiraSandbox
from tests.jira.test_kinds import read, selector

BY_ISSUE = [
    JiraKind.ISSUE,
    JiraKind.EPIC,
    JiraKind.REQUEST,
    JiraKind.ISSUE_LINK,
    JiraKind.ISSUE_CHANGELOG,
]
LOOKED_FOR = [*BY_ISSUE, JiraKind.WORKLOG]


async def changed(
    api: ApiClient, kind: str, since: datetime, **wanted: Any
) -> list[Item]:
    resource = RESOURCES[kind]
    assert resource.changed is not None
    batches = resource.changed(api, resource, selector(kind, **wanted), since)
    return [item async for batch in batches for item in batch]


def issue_of(kind: JiraKind, item: Item) -> str:
    """Return the id or key of an issue that an item comes with."""
    return str(item.get("__issueId") or item.get("__source") or item["id"])


def test_the_kinds_that_can_say_what_changed() -> None:
    assert [k for k in JiraKind if RESOURCES[k].changed] == sorted(
        LOOKED_FOR, key=[*JiraKind].index
    )


def test_the_bound_is_absolute_and_in_milliseconds() -> None:
    pacific = datetime.fromisoformat("2026-11-23T02:00:00.500-08:00")
    assert updated_since(pacific) == "updated >= 1795428000500"
    assert updated_since(pacific) == updated_since(pacific.astimezone(UTC))


@pytest.mark.parametrize("kind", BY_ISSUE)
async def test_what_comes_with_an_issue_comes_when_the_issue_is_updated(
    api: ApiClient, site: JiraSandbox, company: Company, kind: JiraKind
) -> None:
    future = company.present() + timedelta(hours=1)
    assert await changed(api, kind, future) == []
    first, *_ = await read(api, kind)
    named = issue_of(kind, first)
    issues = site.collections["issue"]
    issue = next(i for i in issues.values() if named in (i["id"], i["key"]))
    updated = {**issue["fields"], "updated": jira_time(future)}
    site.put("issue", issue["id"], {**issue, "fields": updated})
    found = await changed(api, kind, future - timedelta(minutes=1))
    assert first["id"] in [item["id"] for item in found]


async def test_the_bound_holds_for_all_of_the_users_own_condition(
    api: ApiClient, site: JiraSandbox, company: Company
) -> None:
    jql = "project = SHOP OR project = OPS ORDER BY created"
    future = company.present() + timedelta(hours=1)
    assert await changed(api, JiraKind.ISSUE, future, jql=jql) == []
    issues = [*site.collections["issue"].values()]
    ids = []
    for key in ("SHOP", "MOB"):
        issue = next(i for i in issues if i["fields"]["project"]["key"] == key)
        updated = {**issue["fields"], "updated": jira_time(future)}
        site.put("issue", issue["id"], {**issue, "fields": updated})
        ids.append(issue["id"])
    (found,) = await changed(api, JiraKind.ISSUE, future, jql=jql)
    assert found["id"] == ids[0]


async def test_worklogs_come_by_their_feed(
    api: ApiClient, site: JiraSandbox, company: Company
) -> None:
    future = company.present() - timedelta(minutes=2)
    id_, log = next(iter(site.collections["worklog"].items()))
    before = {w["id"] for w in await changed(api, JiraKind.WORKLOG, future)}
    assert id_ not in before
    moment = jira_time(future + timedelta(seconds=30))
    site.put("worklog", id_, {**log, "updated": moment})
    found = await changed(api, JiraKind.WORKLOG, future)
    assert id_ in {w["id"] for w in found}
    assert all("__issueKey" in w for w in found)
