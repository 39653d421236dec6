"""Jira's known pitfalls, each with the behaviour that is right."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic.v1 import ValidationError

from client import ApiClient
from core.errors import (
    Gone,
    Incomplete,
    MalformedReply,
    NotAvailable,
    Refused,
    Unauthorized,
)
from core.fetch import fetch_all, fetch_one
from core.lookup import Absent
from core.trouble import INCOMPLETE, Report, reporting
from jira.connection import sign_in
from jira.kinds import JiraKind
from jira.resources import ISSUE, RESOURCES, TEAM
from jira.resources.worklogs import WORKLOGS_CONFIRMED
from sandbox.company import CLOUD_ID, Company
from sandbox.jira import EMAIL, JiraSandbox
from tests.companies import with_long_lists
from tests.jira.test_kinds import read, selector

SEARCH = "/search/jql"


def page(*keys: str, **more: Any) -> dict[str, Any]:
    issues = [{"id": key.rpartition("-")[2], "key": key, "fields": {}} for key in keys]
    return {"issues": issues, **more}


async def test_a_foreign_issue_is_not_selected_whatever_the_jql_or_says(
    api: ApiClient, company: Company
) -> None:
    foreign = next(
        issue
        for issue in company.jira["issue"].values()
        if issue["key"].startswith("PAY-")
    )
    wanted = selector(JiraKind.ISSUE, jql="project = SHOP OR project = MOB")
    assert await fetch_one(api, ISSUE, foreign, wanted) is Absent.NOT_SELECTED


async def test_an_order_in_the_jql_disturbs_neither_search_nor_check(
    api: ApiClient,
) -> None:
    jql = 'project = SHOP AND summary !~ "order by" ORDER BY created DESC'
    plain = await read(api, JiraKind.ISSUE, jql="project = SHOP")
    wanted = selector(JiraKind.ISSUE, jql="project = SHOP ORDER BY created DESC")
    assert await fetch_one(api, ISSUE, plain[0], wanted) == plain[0]
    ordered = await read(api, JiraKind.ISSUE, jql="project = SHOP ORDER BY created")
    assert [i["key"] for i in ordered] == [i["key"] for i in plain]
    assert "order by" in jql


@pytest.mark.parametrize("jql", ["", "   ", "ORDER BY created"])
@with_long_lists
async def test_an_empty_search_means_every_issue(api: ApiClient, jql: str) -> None:
    everything = await read(api, JiraKind.ISSUE, jql="project is not EMPTY")
    assert len(await read(api, JiraKind.ISSUE, jql=jql)) == len(everything) > 300


async def test_an_empty_page_with_a_token_is_not_the_end(
    api: ApiClient, site: JiraSandbox
) -> None:
    api.facts["oauth"] = "yes"  # where issues come by search
    replies = [page("A-1", nextPageToken="1"), page(nextPageToken="2"), page("A-2")]
    for reply in replies:
        site.faults.add(path=SEARCH, status=200, body=reply)
    assert [i["key"] for i in await read(api, JiraKind.ISSUE)] == ["A-1", "A-2"]


async def test_a_repeated_token_is_an_error(api: ApiClient, site: JiraSandbox) -> None:
    circle = page("A-1", nextPageToken="1")
    site.faults.add(path=SEARCH, times=None, status=200, body=circle)
    with pytest.raises(MalformedReply, match="circle"):
        await read(api, JiraKind.ISSUE)


async def test_a_warning_of_jira_makes_the_resync_incomplete(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.search_warnings = ["CLAUSE_LIMIT_EXCEEDED"]
    found = []
    with pytest.raises(Incomplete, match="CLAUSE_LIMIT_EXCEEDED"):
        async for batch in fetch_all(api, ISSUE, selector(JiraKind.ISSUE)):
            found += batch
    assert found


async def test_a_mistake_in_the_jql_is_reported_in_jiras_words(api: ApiClient) -> None:
    with pytest.raises(Refused, match="nonsense"):
        await read(api, JiraKind.ISSUE, jql="nonsense = 1")


async def test_a_removed_endpoint_is_one_clear_error(
    api: ApiClient, site: JiraSandbox
) -> None:
    told = {"errorMessages": ["The requested API has been removed."], "errors": {}}
    site.faults.add(status=410, body=told)
    with pytest.raises(Gone, match="has been removed"):
        await api.get("rest/api/3/myself")
    assert site.faults.total == 1


async def test_a_sprint_on_several_boards_is_one_item(
    api: ApiClient, company: Company
) -> None:
    shown = [s for sprints in company.board_sprints.values() for s in sprints]
    assert len(shown) > len(set(shown))
    ids = [sprint["id"] for sprint in await read(api, JiraKind.SPRINT)]
    assert len(ids) == len(set(ids))


async def test_a_closed_sprint_is_left_out_unless_asked_for(api: ApiClient) -> None:
    default = await read(api, JiraKind.SPRINT, states=["active", "future"])
    assert {sprint["state"] for sprint in default} == {"active", "future"}
    closed = await read(api, JiraKind.SPRINT, states=["closed"])
    assert closed
    assert (
        await fetch_one(
            api,
            RESOURCES[JiraKind.SPRINT],
            closed[0],
            selector(JiraKind.SPRINT, states=["active"]),
        )
        is Absent.NOT_SELECTED
    )


async def test_boards_without_location_or_name_are_no_trouble(api: ApiClient) -> None:
    boards = await read(api, JiraKind.BOARD)
    assert any("location" not in board for board in boards)
    assert any("name" not in board for board in boards)
    assert all(isinstance(board["__projectKeys"], list) for board in boards)


@pytest.mark.parametrize("kind", [JiraKind.VERSION, JiraKind.COMPONENT])
async def test_one_forbidden_project_costs_what_is_in_it(
    api: ApiClient, site: JiraSandbox, company: Company, kind: JiraKind
) -> None:
    everything = await read(api, kind)
    project = next(p["id"] for p in company.jira["project"].values())
    site.faults.add(path=rf"/project/{project}(/|$)", times=None, status=403)
    with reporting(Report(kind)) as report:
        found = await read(api, kind)
    assert 0 < len(found) < len(everything)
    (trouble,) = report.hidden
    assert trouble.parent is not None
    assert (trouble.parent["id"], trouble.is_permanent) == (project, True)


async def test_a_bad_token_is_refused_at_once_even_if_strangers_see_empty_lists(
    connect: Callable[..., ApiClient], site: JiraSandbox
) -> None:
    api = connect(httpx.BasicAuth(EMAIL, "expired"))
    with pytest.raises(Unauthorized, match="check atlassianUserEmail"):
        await sign_in(api)
    assert site.faults.total <= 3


async def test_a_token_with_scopes_works_through_the_gateway_with_links_to_the_site(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.token_has_scopes = True
    await sign_in(api)
    issues = await read(api, JiraKind.ISSUE, jql="project = SHOP")
    assert issues[0]["__url"] == f"{api.site_url}/browse/{issues[0]['key']}"
    assert "/ex/jira/" not in issues[0]["__url"]
    await sign_in(api)  # remembered: the site is not asked again
    with pytest.raises(NotAvailable, match="without scopes"):
        await read(api, JiraKind.TEAM)


async def test_teams_are_skipped_on_a_configured_gateway_too(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.token_has_scopes = True
    api.http.base_url = f"{api.site_url}/ex/jira/{CLOUD_ID}/"
    await sign_in(api)
    with pytest.raises(NotAvailable, match="without scopes"):
        await read(api, JiraKind.TEAM)
    with pytest.raises(NotAvailable, match="without scopes"):
        await fetch_one(api, TEAM, {"teamId": "1"}, selector(JiraKind.TEAM))


async def test_a_worklog_whose_issue_jira_fails_to_return_keeps_its_key(
    api: ApiClient, site: JiraSandbox
) -> None:
    failed = {"issues": [], "issueErrors": [{"id": "1", "errorMessage": "later"}]}
    site.faults.add(path="bulkfetch", status=200, times=None, body=failed)
    site.faults.add(path="rest/api/3/issue/", status=503, times=None, body=failed)
    worklogs = await read(api, JiraKind.WORKLOG)
    assert len(worklogs) > 50
    assert all(log[INCOMPLETE] == ["__issueKey", "__url"] for log in worklogs)


async def test_teams_need_the_organization(api: ApiClient) -> None:
    del api.facts["organizationId"]
    with pytest.raises(NotAvailable, match="atlassianOrganizationId"):
        await read(api, JiraKind.TEAM)


async def test_team_members_come_page_by_page_in_the_body(
    api: ApiClient, company: Company
) -> None:
    team = next(t for t in company.jira["team"].values() if t["state"] == "ACTIVE")
    people = list(company.jira["user"])
    company.members[team["teamId"]] = [f"{people[0]}{n}" for n in range(120)]
    teams = {t["teamId"]: t for t in await read(api, JiraKind.TEAM)}
    assert teams[team["teamId"]]["__members"] == company.members[team["teamId"]]


async def test_users_come_in_pages_of_a_thousand_with_their_hidden_mails(
    api: ApiClient, site: JiraSandbox, company: Company
) -> None:
    pattern = next(iter(company.jira["user"].values()))
    for number in range(2500):
        account = f"extra-{number}"
        site.put("user", account, {**pattern, "accountId": account, "active": True})
    site.faults.forget_requests()
    users = await read(api, JiraKind.USER)
    assert len(users) > 2500
    assert site.faults.total == 4
    assert any(not user.get("emailAddress") for user in users)


@pytest.mark.parametrize("account_type", ["atlassian", "app", "customer"])
async def test_accounts_are_selected_by_type(api: ApiClient, account_type: str) -> None:
    users = await read(api, JiraKind.USER, accountTypes=[account_type])
    assert {user["accountType"] for user in users} == {account_type}


async def test_deactivated_accounts_are_kept_unless_unwanted(api: ApiClient) -> None:
    assert not all(user["active"] for user in await read(api, JiraKind.USER))
    active = await read(api, JiraKind.USER, activeOnly=True)
    assert active
    assert all(user["active"] for user in active)


async def test_archived_projects_come_only_when_asked_for(api: ApiClient) -> None:
    live = {p["key"] for p in await read(api, JiraKind.PROJECT)}
    both = {p["key"] for p in await read(api, JiraKind.PROJECT, status="live,archived")}
    assert both - live == {"OLD"}


async def test_projects_are_chosen_by_key_and_a_misspelt_one_is_refused(
    api: ApiClient,
) -> None:
    chosen = await read(api, JiraKind.VERSION, projects=["shop"])
    everything = await read(api, JiraKind.VERSION)
    assert 0 < len(chosen) < len(everything)
    assert len({version["projectId"] for version in chosen}) == 1
    with pytest.raises(Refused, match=r"selector\.projects names SHPO"):
        await read(api, JiraKind.VERSION, projects=["SHPO"])


async def test_a_moved_issue_is_found_by_its_id(
    api: ApiClient, company: Company
) -> None:
    key = company.cases["moved"]
    moved = next(i for i in company.jira["issue"].values() if i["key"] == key)
    found = await fetch_one(api, ISSUE, {"id": moved["id"]}, selector(JiraKind.ISSUE))
    assert not isinstance(found, Absent)
    assert found["key"] == key


async def test_custom_fields_are_found_by_name(api: ApiClient) -> None:
    wanted = {"jql": "project = SHOP", "fields": ["summary"]}
    issues = await read(api, JiraKind.ISSUE, customFields=["Sprint"], **wanted)
    assert all(set(issue["__fields"]) == {"Sprint"} for issue in issues)
    planned = [issue for issue in issues if issue["__fields"]["Sprint"]]
    assert planned
    assert planned[0]["__sprintIds"] == [
        s["id"] for s in planned[0]["__fields"]["Sprint"]
    ]


async def test_of_fields_with_one_name_the_first_value_counts(
    api: ApiClient, site: JiraSandbox
) -> None:
    names = site.collections["field"].items()
    ids = [id_ for id_, field in names if field["name"] == "Story Points"]
    assert len(ids) > 1
    chosen = {"jql": "project = SHOP", "fields": [*ids]}
    issues = await read(api, JiraKind.ISSUE, customFields=["Story Points"], **chosen)
    values = [[issue["fields"].get(id_) for id_ in ids] for issue in issues]
    first = [next((v for v in own if v is not None), None) for own in values]
    assert any(own is not None for own in first)
    assert [issue["__fields"]["Story Points"] for issue in issues] == first


async def test_an_unknown_field_costs_its_value_and_is_reported_with_candidates(
    api: ApiClient,
) -> None:
    with reporting(Report(JiraKind.ISSUE)) as report:
        issues = await read(api, JiraKind.ISSUE, customFields=["Sprnt", "Sprint"])
    assert {issue["__fields"]["Sprnt"] for issue in issues} == {None}
    assert any(issue["__fields"]["Sprint"] for issue in issues)
    (trouble,) = report.troubles
    assert "is no field here; similar ones: Sprint" in trouble.reason


async def test_descriptions_are_markdown_or_nothing(api: ApiClient) -> None:
    issues = await read(api, JiraKind.ISSUE, fields="*all")
    texts = [issue["__descriptionMarkdown"] for issue in issues]
    assert None in texts
    assert any(text and "**" in text for text in texts)


async def test_a_site_without_service_management_is_reported_once(
    api: ApiClient, site: JiraSandbox
) -> None:
    requests = await read(api, JiraKind.REQUEST, fields="*all")
    assert all(request["__requestType"] for request in requests)
    site.has_service_management = False
    api.forget()
    with pytest.raises(NotAvailable, match="no Jira Service Management"):
        await read(api, JiraKind.REQUEST)


async def test_worklogs_come_in_bulk_with_the_keys_of_their_issues(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.faults.forget_requests()
    worklogs = await read(api, JiraKind.WORKLOG)
    assert len(worklogs) > 50
    assert all(worklog["__issueKey"] for worklog in worklogs)
    # Some of those that the account may not see are asked for one by one.
    assert site.faults.total <= 10 + WORKLOGS_CONFIRMED


@with_long_lists
async def test_status_changes_come_in_bulk(api: ApiClient, site: JiraSandbox) -> None:
    site.faults.forget_requests()
    changes = await read(api, JiraKind.ISSUE_CHANGELOG)
    assert len(changes) > 300
    assert all(change["__from"] != change["__to"] for change in changes)
    # Four issues without a change are asked for one by one, and the statuses at once.
    assert site.faults.total <= 9


async def test_never_more_than_ten_requests_are_in_flight(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.faults.latency_seconds = 0.002
    for kind in (JiraKind.VERSION, JiraKind.SPRINT, JiraKind.GROUP):
        await read(api, kind)
    assert 1 < site.faults.peak_in_flight <= 10


async def test_parents_are_read_once_for_all_their_children(
    api: ApiClient, site: JiraSandbox
) -> None:
    for kind in (JiraKind.PROJECT, JiraKind.VERSION, JiraKind.COMPONENT):
        await read(api, kind)
    assert site.faults.by_pattern["GET /rest/api/3/project/search"] == 1


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (JiraKind.SPRINT, {"states": ["running"]}),
        (JiraKind.BOARD, {"boardType": "waterfall"}),
        (JiraKind.PROJECT, {"status": ["gone"]}),
        (JiraKind.USER, {"accountTypes": ["robot"]}),
        (JiraKind.WORKLOG, {"updatedWithinDays": 0}),
    ],
)
def test_a_bad_value_is_refused_when_the_mapping_is_read(
    kind: JiraKind, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        selector(kind, **wrong)


async def test_boards_are_listed_once_and_asked_for_projects_only_if_need_be(
    api: ApiClient, site: JiraSandbox
) -> None:
    boards = await read(api, JiraKind.BOARD)
    simple = [board for board in boards if board.get("type") == "simple"]
    (private,) = [board for board in boards if "name" not in board]
    assert [board["__projectKeys"] for board in simple] == [
        [board["location"]["projectKey"]] for board in simple
    ]
    assert private["__projectKeys"] == []
    asked = [kept.path for kept in site.faults.requests]
    assert sum(path.endswith("/project") for path in asked) == (
        len(boards) - len(simple) - 1
    )
    await read(api, JiraKind.SPRINT)
    asked = [kept.path for kept in site.faults.requests]
    assert asked.count("/rest/agile/1.0/board") == 1


async def test_an_odd_board_is_met_by_each_kind_that_needs_boards(
    api: ApiClient, site: JiraSandbox
) -> None:
    body = {"values": [{"name": "Odd"}], "total": 1, "isLast": True}
    site.faults.add(path="agile/1.0/board", times=None, status=200, body=body)
    for kind in (JiraKind.BOARD, JiraKind.SPRINT):
        with reporting(Report(kind)) as report:
            assert await read(api, kind) == []
        assert report.hidden
