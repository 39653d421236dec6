"""An issue that only releases know has a title; Jira's own titles are left alone."""

from typing import Any

import pytest

from client import ApiClient
from core.errors import Unavailable
from core.fetch import fetch_all
from core.types import Item
from jira.kinds import JiraKind
from jira.resources import ISSUE
from links.issue_delivery import ISSUE_DELIVERY
from links.stub_titles import with_title
from sandbox.company import Company
from tests.framework.resyncs import mapped, resync
from tests.links.test_three_ways import api
from tests.octopus.conftest import connect, server
from tests.octopus.test_kinds import selector

__all__ = ["api", "connect", "server"]

JIRA = mapped(JiraKind.ISSUE, '"jiraIssue"')


async def titles(api: ApiClient) -> dict[str, Any]:
    chosen = selector(ISSUE_DELIVERY.kind, lookbackDays=0)
    batches = fetch_all(api, ISSUE_DELIVERY, chosen)
    items: list[Item] = [item async for batch in batches for item in batch]
    return {item["issueKey"]: item.get("title") for item in items}


async def test_what_jira_did_not_bring_is_called_by_its_key(
    api: ApiClient, company: Company
) -> None:
    known = company.example.issue_key
    async with resync(JIRA) as run:
        reading = run.begin(JIRA, ISSUE, api)
        reading.items, reading.brought = 1, {("jiraIssue", known)}
        found = await titles(api)

    assert found.pop(known) is None
    assert found
    assert all(key == title for key, title in found.items())


def test_the_title_of_an_issue_of_a_further_site_is_its_key() -> None:
    item = with_title({"issueKey": "emea/SHOP-1"}, {"SHOP-1"})
    assert item["title"] == "SHOP-1"


@pytest.mark.parametrize("trouble", ["unread", "hidden", "not shared", "not there"])
async def test_nothing_is_given_a_title_while_it_is_unsure_what_jira_has(
    api: ApiClient, trouble: str
) -> None:
    async with resync(JIRA) as run:
        if trouble != "not there":
            reading = run.begin(JIRA, ISSUE, api)
            reading.items, reading.brought = 1, {("jiraIssue", "SHOP-0")}
            if trouble == "unread":
                reading.not_read = "it is not set up"
            elif trouble == "hidden":
                reading.report.lose_kind(Unavailable("no answer"))
            else:
                reading.brought = set()
        found = await titles(api)

    assert {*found.values()} == {None}


async def test_events_give_no_titles(api: ApiClient) -> None:
    assert {*(await titles(api)).values()} == {None}
