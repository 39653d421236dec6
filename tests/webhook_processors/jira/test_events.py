"""What each event of Jira brings or removes, and what it costs."""

from itertools import islice
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import (
    WebhookEvent,
    WebhookEventRawResults,
)
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.errors import ApiError, Unauthorized
from core.types import Item
from framework.entity_processor import GONE
from integration import JiraOctopusPortAppConfig
from sandbox.company import Company
from sandbox.jira import JiraSandbox
from tests.jira.test_kinds import EVERYTHING, read
from webhook_processors.jira import PROCESSORS
from webhook_processors.jira.base import JiraWebhookProcessor

NO_ID = 999_999_999
# An event that saves and one that removes, for each sort of object.
SAVED_AND_GONE = [
    ("jira:issue_updated", "jira:issue_deleted", "issue", "jira-issue"),
    ("worklog_updated", "worklog_deleted", "worklog", "jira-worklog"),
    ("issuelink_created", "issuelink_deleted", "issueLink", "jira-issue-link"),
    ("project_updated", "project_deleted", "project", "jira-project"),
    ("jira:version_released", "jira:version_deleted", "version", "jira-version"),
    ("user_updated", "user_deleted", "user", "jira-user"),
    ("board_updated", "board_deleted", "board", "jira-board"),
    ("sprint_started", "sprint_deleted", "sprint", "jira-sprint"),
    ("filter_updated", "filter_deleted", "filter", "jira-filter"),
]
ALL = pytest.mark.parametrize(("saved", "gone", "subject", "kind"), SAVED_AND_GONE)


@pytest.fixture(autouse=True)
def client(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processors talk to the stand-in."""
    monkeypatch.setattr(JiraWebhookProcessor, "api", api)


def resource_of(kind: str, **wanted: Any) -> Any:
    """Return a resource of the mapping that selects everything, or what is wanted."""
    selector = {"query": "true", **EVERYTHING.get(kind, {}), **wanted}
    port = {"entity": {"mappings": {"identifier": ".id", "blueprint": '"x"'}}}
    resource = {"kind": kind, "selector": selector, "port": port}
    return JiraOctopusPortAppConfig.parse_obj({"resources": [resource]}).resources[0]


async def deal(name: str, kind: str, **body: Any) -> WebhookEventRawResults:
    """Deal with an event for one kind, as the framework does."""
    payload = {"webhookEvent": name, **body}
    event = WebhookEvent("1", payload, {})
    found = [p(event) for p in PROCESSORS if name in p.saved_on | p.gone_on]
    (processor,) = found
    assert await processor.validate_payload(payload)
    assert kind in await processor.get_matching_kinds(event)
    return await processor.handle_event(payload, resource_of(kind))


def named(subject: str, id_: Any) -> Item:
    if subject == "worklog":  # always comes with its issue
        return {subject: {"id": id_, "issueId": NO_ID}}
    return {subject: {"accountId" if subject == "user" else "id": id_}}


def gone_in(results: WebhookEventRawResults) -> list[Item]:
    assert all(item[GONE] for item in results.deleted_raw_results)
    return results.deleted_raw_results


def test_every_processor_of_single_objects_is_here() -> None:
    names = {name for saved, gone, *_ in SAVED_AND_GONE for name in (saved, gone)}
    claimed = [p for p in PROCESSORS if not names & (p.saved_on | p.gone_on)]
    assert [p.__name__ for p in claimed] == ["BoardConfigurationWebhookProcessor"]


@ALL
async def test_what_is_deleted_and_not_there_is_removed(
    site: JiraSandbox, saved: str, gone: str, subject: str, kind: str
) -> None:
    results = await deal(gone, kind, **named(subject, NO_ID))
    (item,) = gone_in(results)
    assert str(NO_ID) in item.values()
    assert site.faults.total > 0


@ALL
async def test_a_late_event_of_a_deletion_removes_nothing_that_is_there(
    api: ApiClient, saved: str, gone: str, subject: str, kind: str
) -> None:
    listed, *_ = await read(api, kind)
    id_ = listed["accountId" if subject == "user" else "id"]
    results = await deal(gone, kind, **named(subject, id_))
    assert results.updated_raw_results == [listed]
    assert results.deleted_raw_results == []


NOT_JIRA = [
    {"status": 404, "body": "<html>default backend - 404</html>"},
    {"status": 404, "body": {"message": "Site temporarily unavailable"}},
    {"status": 410, "body": ""},
    {"status": 403, "body": {"errorMessages": ["no"]}},
    {"status": 200, "body": "<html>please sign in</html>"},
]


@ALL
@pytest.mark.parametrize("answer", NOT_JIRA, ids=str)
async def test_an_answer_that_is_not_jiras_own_word_removes_nothing(
    site: JiraSandbox, saved: str, gone: str, subject: str, kind: str, answer: Item
) -> None:
    site.faults.add(path="rest/", times=None, **answer)
    for name in (saved, gone):
        with pytest.raises((RetryableError, ApiError)):
            await deal(name, kind, **named(subject, NO_ID))


@ALL
async def test_a_revoked_token_removes_nothing(
    site: JiraSandbox, saved: str, gone: str, subject: str, kind: str
) -> None:
    site.put("credential", "token", {"isGood": False})
    for name in (saved, gone):
        with pytest.raises(Unauthorized):
            await deal(name, kind, **named(subject, NO_ID))


@ALL
async def test_a_late_event_of_what_is_gone_removes_it(
    saved: str, gone: str, subject: str, kind: str
) -> None:
    results = await deal(saved, kind, **named(subject, NO_ID))
    (item,) = gone_in(results)
    assert str(NO_ID) in item.values()
    assert results.updated_raw_results == []


@pytest.mark.parametrize(
    ("name", "subject", "kind"),
    [
        *((saved, subject, kind) for saved, _, subject, kind in SAVED_AND_GONE),
        ("comment_created", "issue", "jira-epic"),
        ("jira:issue_created", "issue", "jira-request"),
        ("project_restored_deleted", "project", "jira-project"),
    ],
)
async def test_an_event_brings_the_item_as_a_resync_does(
    api: ApiClient, name: str, subject: str, kind: str
) -> None:
    for listed in islice(await read(api, kind), 0, 20, 5):
        id_ = listed["accountId" if subject == "user" else "id"]
        results = await deal(name, kind, **named(subject, id_))
        assert results.updated_raw_results == [listed]


@pytest.mark.parametrize("kind", ["jira-version", "jira-component", "jira-issue"])
async def test_a_restored_project_brings_what_a_resync_does(
    api: ApiClient, company: Company, kind: str
) -> None:
    project = next(p for p in company.jira["project"].values() if p["key"] == "SHOP")
    results = await deal("project_restored_archived", kind, project=project)
    found = {item["id"]: item for item in results.updated_raw_results}
    listed = {item["id"]: item for item in await read(api, kind)}
    assert found
    assert found.items() <= listed.items()


@pytest.mark.parametrize("status", [500, 503])
async def test_trouble_that_passes_is_tried_again(
    site: JiraSandbox, status: int
) -> None:
    site.faults.add(path="rest/agile", status=status, times=None, body="{}")
    with pytest.raises(RetryableError):
        await deal("sprint_started", "jira-sprint", **named("sprint", 1))


async def test_being_asked_to_come_again_at_once_loses_no_event(
    site: JiraSandbox, company: Company
) -> None:
    now = {"Retry-After": "0"}
    site.faults.add(path="rest/agile", status=429, headers=now, body="{}")
    board = next(iter(company.jira["board"].values()))
    results = await deal("board_updated", "jira-board", **named("board", board["id"]))
    assert [item["id"] for item in results.updated_raw_results] == [board["id"]]


async def test_a_refusal_is_not_tried_again(site: JiraSandbox) -> None:
    site.faults.add(path="rest/agile", status=403, times=None, body="{}")
    with pytest.raises(ApiError):
        await deal("sprint_started", "jira-sprint", **named("sprint", 1))
    assert site.faults.total == 1


async def test_a_new_issue_comes_before_searches_find_it(
    site: JiraSandbox, company: Company
) -> None:
    site.index.lag_seconds = 3600.0
    pattern = next(i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP")
    new = {**pattern, "id": "777001", "key": "SHOP-7001"}
    site.put("issue", new["id"], new)
    results = await deal("jira:issue_created", "jira-issue", issue={"id": new["id"]})
    assert [item["key"] for item in results.updated_raw_results] == ["SHOP-7001"]


async def test_a_moved_issue_leaves_its_old_key(
    site: JiraSandbox, company: Company
) -> None:
    issue = next(i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP")
    site.put("issue", issue["id"], {**issue, "key": "PAY-7001"})
    move = {"field": "Key", "fromString": issue["key"], "toString": "PAY-7001"}
    results = await deal(
        "jira:issue_updated",
        "jira-issue",
        issue={"id": issue["id"], "key": "PAY-7001"},
        changelog={"items": [move]},
    )
    assert [item["key"] for item in results.updated_raw_results] == ["PAY-7001"]
    assert [item["key"] for item in gone_in(results)] == [issue["key"]]


async def test_a_key_that_an_issue_still_has_does_not_leave(company: Company) -> None:
    """A move that was taken back, and told late."""
    issue = next(i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP")
    move = {"field": "Key", "fromString": issue["key"], "toString": "PAY-7001"}
    results = await deal(
        "jira:issue_updated",
        "jira-issue",
        issue={"id": issue["id"], "key": "PAY-7001"},
        changelog={"items": [move]},
    )
    assert [item["key"] for item in results.updated_raw_results] == [issue["key"]]
    assert results.deleted_raw_results == []


async def test_the_key_of_a_deleted_issue_stays_if_another_has_it(
    company: Company,
) -> None:
    issue = next(i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP")
    gone = {"id": str(NO_ID), "key": issue["key"]}
    results = await deal("jira:issue_deleted", "jira-issue", issue=gone)
    (item,) = gone_in(results)
    assert "key" not in item


async def test_a_deleted_issue_costs_two_requests(site: JiraSandbox) -> None:
    issue = next(i for i in site.collections["issue"].values() if "SHOP" in i["key"])
    site.delete("issue", issue["id"])
    site.faults.forget_requests()
    results = await deal("jira:issue_deleted", "jira-issue", issue=issue)
    assert [item["key"] for item in gone_in(results)] == [issue["key"]]
    assert site.faults.total == 2  # by its id, and by its key


async def test_an_event_alone_deletes_no_issue(site: JiraSandbox) -> None:
    """Whatever key it names: Jira still has the issue."""
    issue = next(i for i in site.collections["issue"].values() if "SHOP" in i["key"])
    for key in (issue["key"], "SHOP-999999", None):
        told = {"id": issue["id"], "key": key}
        results = await deal("jira:issue_deleted", "jira-issue", issue=told)
        assert not gone_in(results)
        assert [item["id"] for item in results.updated_raw_results] == [issue["id"]]


@pytest.mark.parametrize("old", ["X-7", "A1_B-12", "SHOP-7001"])
async def test_the_old_key_of_a_moved_issue_leaves_whatever_the_project_was_called(
    site: JiraSandbox, company: Company, old: str
) -> None:
    issue = next(i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP")
    move = {"field": "Key", "fromString": old, "toString": issue["key"]}
    results = await deal(
        "jira:issue_updated",
        "jira-issue",
        issue={"id": issue["id"], "key": issue["key"]},
        changelog={"items": [move]},
    )
    assert [item["key"] for item in gone_in(results)] == [old]


@pytest.mark.parametrize("body", [{}, {"issue": None}, {"issue": {"id": None}}])
@pytest.mark.parametrize("name", ["comment_created", "comment_deleted"])
async def test_an_event_that_names_nothing_concerns_no_kind(
    name: str, body: Item
) -> None:
    event = WebhookEvent("1", {"webhookEvent": name, **body}, {})
    (processor,) = [p(event) for p in PROCESSORS if name in p.saved_on]
    assert await processor.should_process_event(event)
    assert await processor.get_matching_kinds(event) == []


async def test_a_worklog_names_no_issue_and_gets_its_key(company: Company) -> None:
    worklog = next(iter(company.jira["worklog"].values()))
    named = {"id": worklog["id"], "issueId": worklog["issueId"]}
    results = await deal("worklog_created", "jira-worklog", worklog=named)
    (found,) = results.updated_raw_results
    issue = company.jira["issue"][str(worklog["issueId"])]
    assert issue["key"] in found.values()


@pytest.mark.parametrize("name", ["jira:version_deleted", "jira:version_merged"])
async def test_a_merged_version_goes_and_the_other_is_read(
    site: JiraSandbox, company: Company, name: str
) -> None:
    project = next(p for p in company.jira["project"].values() if p["key"] == "SHOP")
    versions = company.jira["version"].values()
    into, merged = [v for v in versions if str(v["projectId"]) == project["id"]][:2]
    site.delete("version", merged["id"])
    results = await deal(
        name,
        "jira-version",
        version={"id": merged["id"]},
        mergedTo={"version": {"id": into["id"]}},
    )
    assert [item["id"] for item in gone_in(results)] == [merged["id"]]
    assert [item["id"] for item in results.updated_raw_results] == [into["id"]]


@pytest.mark.parametrize("name", ["issuelink_created", "issuelink_deleted"])
async def test_a_link_has_the_issues_at_both_ends_read(
    company: Company, name: str
) -> None:
    shop = [i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP"]
    ends = [int(issue["id"]) for issue in shop[:2]]
    link = {"id": 7, "sourceIssueId": ends[0], "destinationIssueId": ends[1]}
    results = await deal(name, "jira-issue", issueLink=link)
    assert sorted(int(i["id"]) for i in results.updated_raw_results) == sorted(ends)
    assert results.deleted_raw_results == []


async def test_a_board_that_was_configured_is_read(company: Company) -> None:
    board = next(iter(company.jira["board"].values()))
    changed = {"id": board["id"]}
    results = await deal(
        "board_configuration_changed", "jira-board", configuration=changed
    )
    assert [item["id"] for item in results.updated_raw_results] == [board["id"]]


async def test_case_11_an_event_that_jira_posts_again_brings_the_same(
    company: Company,
) -> None:
    issue = next(i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP")
    subject = named("issue", issue["id"])
    first = await deal("jira:issue_updated", "jira-issue", **subject)
    second = await deal("jira:issue_updated", "jira-issue", **subject)
    assert [item["key"] for item in first.updated_raw_results] == [issue["key"]]
    assert first.updated_raw_results == second.updated_raw_results
    assert first.deleted_raw_results == second.deleted_raw_results == []
