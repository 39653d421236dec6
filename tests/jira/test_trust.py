"""What can't be proven to be absent stays, and trouble costs no more than it must."""

from typing import Any

import pytest

from client import ApiClient
from core.errors import (
    ApiError,
    Forbidden,
    Incomplete,
    MalformedReply,
    NotAvailable,
    Unauthorized,
    Unavailable,
)
from core.fetch import fetch_all, fetch_one
from core.lookup import Absent
from core.trouble import INCOMPLETE, Report, reporting
from core.types import Item
from jira.connection import sign_in
from jira.kinds import JiraKind
from jira.resources import RESOURCES
from sandbox.company import Company
from sandbox.company.jira.catalog import SPRINT
from sandbox.jira import JiraSandbox
from tests.jira.conftest import SITE
from tests.jira.test_kinds import read, selector

NO = {"errorMessages": ["no"]}
NOT_FOUND = {"errorMessages": ["not found"], "errors": {}}
EMPTY_PAGE = {"values": [], "total": 0, "isLast": True}


@pytest.mark.parametrize("kind", JiraKind)
async def test_row_a1_a_revoked_token_is_no_empty_site(
    api: ApiClient, site: JiraSandbox, kind: str
) -> None:
    site.put("credential", "token", {"isGood": False})
    with pytest.raises(Unauthorized):
        await read(api, kind)


async def test_row_a1_an_empty_list_of_nobody_knows_whom_is_confirmed(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.faults.add(path="filter/search", times=None, status=200, body=EMPTY_PAGE)
    assert await read(api, JiraKind.FILTER) == []
    site.faults.add(path="myself", status=401, body=NO)
    with pytest.raises(Unauthorized):
        await read(api, JiraKind.FILTER)


@pytest.mark.parametrize("kind", JiraKind)
async def test_row_a2_the_404_of_a_proxy_is_no_empty_kind(
    api: ApiClient, site: JiraSandbox, kind: str
) -> None:
    site.faults.add(path="", times=None, status=404, body="<html>404</html>")
    with pytest.raises(Unavailable):
        await read(api, kind)


@pytest.mark.parametrize(
    ("kind", "path", "reply"),
    [
        (JiraKind.PROJECT, "project/search", {**EMPTY_PAGE, "total": 6}),
        (JiraKind.PROJECT, "project/search", {"values": [], "isLast": False}),
        (JiraKind.FILTER, "filter/search", {**EMPTY_PAGE, "values": None}),
        (JiraKind.GROUP, "group/bulk", {"values": [], "total": 3, "isLast": False}),
        (JiraKind.BOARD, "agile/1.0/board", {"values": [], "isLast": False}),
        (JiraKind.ISSUE, "search/jql", {"issues": [], "isLast": False}),
        (JiraKind.EPIC, "search/jql", {"issues": None}),
        (JiraKind.WORKLOG, "worklog/updated", {"values": []}),
        (JiraKind.USER, "users/search", {}),
    ],
)
async def test_rows_a3_to_a5_a_reply_that_contradicts_itself_is_no_end(
    api: ApiClient, site: JiraSandbox, kind: str, path: str, reply: Item
) -> None:
    site.faults.add(path=path, times=None, status=200, body=reply)
    with pytest.raises((MalformedReply, Incomplete)):
        await read(api, kind)


@pytest.mark.parametrize("body", ["null", "[]", '"text"', "5"])
async def test_row_e3_a_search_of_another_form_passes_like_any_trouble(
    api: ApiClient, site: JiraSandbox, body: str
) -> None:
    calm = await read(api, JiraKind.ISSUE_LINK)
    site.faults.add(path="search/jql", times=1, status=200, body=body)
    assert await read(api, JiraKind.ISSUE_LINK) == calm


@pytest.mark.parametrize("warnings", ["text", 5, {"a": 1}, ["text"]])
async def test_a_warning_of_whatever_form_is_told(
    api: ApiClient, site: JiraSandbox, warnings: Any
) -> None:
    reply = {"issues": [], "isLast": True, "warnings": warnings}
    site.faults.add(path="search/jql", times=None, status=200, body=reply)
    with pytest.raises(Incomplete):
        await read(api, JiraKind.ISSUE_LINK)


@pytest.mark.parametrize("body", ["null", "[]", "5"])
async def test_row_e3_a_search_of_an_odd_form_is_asked_for_again(
    api: ApiClient, site: JiraSandbox, body: Any
) -> None:
    count = len(await read(api, JiraKind.ISSUE))
    site.faults.add(path="search/jql", times=1, status=200, body=body)
    assert len(await read(api, JiraKind.ISSUE)) == count


async def test_row_b6_an_issue_that_is_forbidden_costs_only_itself(
    api: ApiClient, site: JiraSandbox
) -> None:
    calm = await read(api, JiraKind.ISSUE)
    site.faults.add(path="bulkfetch", times=1, status=200, body={"issues": []})
    hidden = calm[3]["id"]
    site.faults.add(path=f"issue/{hidden}", times=None, status=403, body=NO)
    with reporting(Report(JiraKind.ISSUE)) as report:
        found = {issue["id"] for issue in await read(api, JiraKind.ISSUE)}
    assert {issue["id"] for issue in calm} - found == {hidden}
    assert [trouble.item and trouble.item["id"] for trouble in report.hidden] == [
        hidden
    ]


async def test_row_a1_a_look_up_of_nobody_knows_whom_empties_no_value(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.faults.add(
        path="board/[0-9]+/project", times=None, status=200, body=EMPTY_PAGE
    )
    site.faults.add(path="myself", times=None, status=401, body=NO)
    batches = fetch_all(api, RESOURCES[JiraKind.BOARD], selector(JiraKind.BOARD))
    with pytest.raises(Unauthorized):
        await anext(batches)
    await batches.aclose()


@pytest.mark.parametrize("has_others", [True, False])
async def test_a_version_is_not_left_out_by_a_list_that_lacks_its_project(
    api: ApiClient, site: JiraSandbox, has_others: bool
) -> None:
    first, *_ = await read(api, JiraKind.VERSION)
    own = str(first["projectId"])
    others = [p for p in site.visible("project") if has_others and p["id"] != own]
    api.forget()
    body = {"values": others, "isLast": True}
    site.faults.add(path="project/search", times=None, status=200, body=body)
    resource, wanted = RESOURCES[JiraKind.VERSION], selector(JiraKind.VERSION)
    with pytest.raises(MalformedReply, match="leaves out"):
        await fetch_one(api, resource, first, wanted)


@pytest.mark.parametrize("issues", [{"issues": []}, {"issues": [], "issueErrors": [1]}])
async def test_row_a7_what_a_bulk_leaves_out_comes_all_the_same(
    api: ApiClient, site: JiraSandbox, issues: Item
) -> None:
    narrow = {"jql": "project = SHOP", "fields": ["summary"]}
    whole = {issue["id"] for issue in await read(api, JiraKind.ISSUE, **narrow)}
    site.faults.add(path="issue/bulkfetch", times=None, status=200, body=issues)
    found = {issue["id"] for issue in await read(api, JiraKind.ISSUE, **narrow)}
    assert found == whole


async def test_row_a7_worklogs_that_only_a_bulk_leaves_out_make_it_malformed(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.faults.add(path="worklog/list", times=1, status=200, body="[]")
    with pytest.raises(MalformedReply, match="leaves out"):
        await read(api, JiraKind.WORKLOG)


async def test_row_a7_worklogs_of_which_none_is_shown_are_forbidden(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.faults.add(path="worklog/list", times=None, status=200, body="[]")
    with pytest.raises(Forbidden, match="shows none of"):
        await read(api, JiraKind.WORKLOG)


async def test_worklogs_that_the_account_may_not_see_are_no_trouble(
    api: ApiClient, site: JiraSandbox
) -> None:
    with reporting(Report(JiraKind.WORKLOG)) as report:
        shown = {log["id"] for log in await read(api, JiraKind.WORKLOG)}
    assert shown < set(site.collections["worklog"])
    assert report.troubles == []


async def test_a_worklog_without_its_id_is_not_one_that_is_left_out(
    api: ApiClient, site: JiraSandbox
) -> None:
    odd, *others = await read(api, JiraKind.WORKLOG)
    rows = [{**odd, "id": None}, *others]
    site.faults.add(path="worklog/list", times=None, status=200, body=rows)
    with reporting(Report(JiraKind.WORKLOG)) as report:
        found = await read(api, JiraKind.WORKLOG)
    assert [log["id"] for log in found] == [log["id"] for log in others]
    assert odd["id"] in [t.item["id"] for t in report.hidden if t.item]


async def test_an_odd_row_of_worklogs_costs_none_that_is_shown(
    api: ApiClient, site: JiraSandbox
) -> None:
    shown = (await read(api, JiraKind.WORKLOG))[:17]
    rows = [*shown, {"id": None}]
    site.faults.add(path="worklog/list", times=1, status=200, body=rows)
    site.faults.add(path="worklog/list", times=None, status=200, body="[]")
    with reporting(Report(JiraKind.WORKLOG)) as report:
        found = await read(api, JiraKind.WORKLOG)
    assert [log["id"] for log in found] == [log["id"] for log in shown]
    assert [t for t in report.hidden if t.item is None]


async def test_row_a7_an_empty_changelog_of_issues_that_changed_is_malformed(
    api: ApiClient, site: JiraSandbox
) -> None:
    body: Item = {"issueChangeLogs": []}
    site.faults.add(path="changelog/bulkfetch", times=None, status=200, body=body)
    with pytest.raises(MalformedReply, match="leaves out issue"):
        await read(api, JiraKind.ISSUE_CHANGELOG)


@pytest.mark.parametrize(
    ("kind", "path"),
    [(JiraKind.PROJECT, "project/search"), (JiraKind.FILTER, "filter/search")],
)
async def test_a_search_that_leaves_out_what_is_there_is_malformed(
    api: ApiClient, site: JiraSandbox, kind: str, path: str
) -> None:
    first, *_ = await read(api, kind)
    site.faults.add(path=path, times=None, status=200, body=EMPTY_PAGE)
    with pytest.raises(MalformedReply, match="leaves out"):
        await fetch_one(api, RESOURCES[kind], first, selector(kind))


@pytest.mark.parametrize("change", [{"archived": True}, {"projectTypeKey": "business"}])
async def test_a_project_of_another_state_or_type_is_not_selected(
    api: ApiClient, site: JiraSandbox, change: Item
) -> None:
    wanted = selector(JiraKind.PROJECT, types=["software"])
    found = await read(api, JiraKind.PROJECT, types=["software"])
    project = site.collections["project"][found[0]["id"]]
    site.put("project", project["id"], {**project, **change})
    resource = RESOURCES[JiraKind.PROJECT]
    absent = await fetch_one(api, resource, found[0], wanted)
    assert absent is Absent.NOT_SELECTED


async def test_a_worklog_that_lists_leave_out_is_asked_for_at_its_issue(
    api: ApiClient, site: JiraSandbox
) -> None:
    first, *_ = await read(api, JiraKind.WORKLOG)
    resource, wanted = RESOURCES[JiraKind.WORKLOG], selector(JiraKind.WORKLOG)
    site.faults.add(path="worklog/list", times=None, status=200, body="[]")
    live = await fetch_one(api, resource, first, wanted)
    assert isinstance(live, dict)
    assert live["id"] == first["id"]
    with pytest.raises(Unavailable, match="its issue is unknown"):
        await fetch_one(api, resource, {"id": first["id"]}, wanted)


async def test_a_sprint_is_not_left_out_by_a_board_that_can_not_be_asked(
    api: ApiClient, site: JiraSandbox
) -> None:
    resource = RESOURCES[JiraKind.SPRINT]
    everything = {sprint["id"]: sprint for sprint in await read(api, JiraKind.SPRINT)}
    for board in await read(api, JiraKind.BOARD, boardType="scrum"):
        shown = await read(api, JiraKind.SPRINT, name=board["name"])
        others = everything.keys() - {sprint["id"] for sprint in shown}
        if shown and others:
            break
    other, wanted = everything[others.pop()], selector(
        resource.kind, name=board["name"]
    )
    assert await fetch_one(api, resource, other, wanted) is Absent.NOT_SELECTED
    site.faults.add(path="board/[0-9]+/sprint", times=None, status=403, body=NO)
    with pytest.raises(Incomplete):
        await fetch_one(api, resource, other, wanted)


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        (JiraKind.SPRINT, "sprint", "The board does not support sprints"),
        (JiraKind.BACKLOG, "backlog", "Backlogs are not supported on this board"),
    ],
)
async def test_only_jiras_words_say_that_a_board_has_none(
    api: ApiClient, site: JiraSandbox, kind: str, path: str, words: str
) -> None:
    for text, is_hidden in ((words, False), ("The filter is broken", True)):
        body = {"errorMessages": [text]}
        site.faults.clear()
        site.faults.add(path=f"board/[0-9]+/{path}", times=1, status=400, body=body)
        with reporting(Report(kind)) as report:
            assert await read(api, kind)
        assert [bool(t.parent) for t in report.hidden] == [True] * is_hidden


REFUSALS = [(403, True), (404, True), (410, True), (400, True), (503, False)]


@pytest.mark.parametrize(("status", "is_permanent"), REFUSALS)
@pytest.mark.parametrize(
    ("kind", "path", "key"),
    [
        (JiraKind.GROUP, "group/member", "__memberCount"),
        (JiraKind.TEAM, "teams/[^/]+/members", "__members"),
        (JiraKind.BOARD, "board/[0-9]+/project", "__projectKeys"),
        (JiraKind.ISSUE, "rest/api/3/field", "__sprintIds"),
    ],
)
async def test_row_b1_a_lookup_that_fails_costs_its_value(
    api: ApiClient,
    site: JiraSandbox,
    kind: str,
    path: str,
    key: str,
    status: int,
    is_permanent: bool,
) -> None:
    whole = len(await read(api, kind))
    api.forget()
    times = 1 if is_permanent else None  # beyond all retries
    site.faults.add(path=path, times=times, status=status, body=NOT_FOUND)
    with reporting(Report(kind)) as report:
        items = await read(api, kind)
    assert len(items) == whole
    assert report.hidden == []
    marked = [item for item in items if item.get(INCOMPLETE)]
    assert bool(marked) is not is_permanent
    assert all(item[key] is None and key in item[INCOMPLETE] for item in marked)


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "body": NO},
        {"status": 404, "body": "<html>"},
        {"status": 200, "body": "null"},
        {"status": 200, "body": "[]"},
    ],
    ids=str,
)
async def test_row_e6_issues_come_without_the_names_of_fields(
    api: ApiClient, site: JiraSandbox, answer: Item
) -> None:
    narrow = {"jql": "project = SHOP", "customFields": ["Sprint", SPRINT]}
    whole = await read(api, JiraKind.ISSUE, **narrow)
    api.forget()
    site.faults.add(path="rest/api/3/field", times=None, **answer)
    with reporting(Report(JiraKind.ISSUE)) as report:
        issues = await read(api, JiraKind.ISSUE, **narrow)
    assert {i["key"] for i in issues} == {i["key"] for i in whole}
    assert {tuple(i[INCOMPLETE]) for i in issues} == {("__sprintIds", "__fields")}
    assert [trouble.value for trouble in report.troubles] == ["names of fields"]
    with pytest.raises(ApiError):
        await read(api, JiraKind.REQUEST)


async def test_row_e6_an_id_of_a_field_needs_no_names(
    api: ApiClient, site: JiraSandbox
) -> None:
    narrow = {"jql": "project = SHOP", "customFields": [SPRINT]}
    whole = {i["id"]: i["__fields"] for i in await read(api, JiraKind.ISSUE, **narrow)}
    api.forget()
    site.faults.add(path="rest/api/3/field", times=None, status=403, body=NO)
    issues = await read(api, JiraKind.ISSUE, **narrow)
    assert {issue["id"]: issue["__fields"] for issue in issues} == whole
    assert any(value[SPRINT] for value in whole.values())


async def test_a_site_whose_fields_can_not_be_read_may_well_have_requests(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.faults.add(path="rest/api/3/field", times=None, status=403, body=NO)
    with pytest.raises(ApiError, match="403"):
        await read(api, JiraKind.REQUEST)
    site.faults.clear()
    site.has_service_management = False
    api.forget()
    with pytest.raises(NotAvailable):
        await read(api, JiraKind.REQUEST)


LEVEL = {"type": "heading", "attrs": {"level": "9" * 5000}}
HEADING = {**LEVEL, "content": [{"type": "text", "text": "Why"}]}


@pytest.mark.parametrize(
    ("field", "value", "key", "expected"),
    [
        (SPRINT, [None, {"id": 5}], "__sprintIds", [5]),
        (SPRINT, ["com.atlassian.greenhopper", {"id": None}], "__sprintIds", []),
        (SPRINT, "soon", "__sprintIds", []),
        ("created", "soon", "__createdTimestamp", None),
        ("created", 5, "__createdTimestamp", None),
        ("created", "9999-99-99T00:00:00.000+0000", "__createdTimestamp", None),
        ("description", {"content": [HEADING]}, "__descriptionMarkdown", "# Why"),
        ("description", {"content": "x"}, "__descriptionMarkdown", None),
        ("description", [1], "__descriptionMarkdown", None),
    ],
)
async def test_rows_b3_and_b5_a_value_of_a_wrong_form_costs_the_value(
    api: ApiClient,
    site: JiraSandbox,
    company: Company,
    field: str,
    value: Any,
    key: str,
    expected: Any,
) -> None:
    issue = next(i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP")
    changed = {**issue, "fields": {**issue["fields"], field: value}}
    site.put("issue", issue["id"], changed)
    narrow = {"jql": f"id = {issue['id']}", "fields": "*all"}
    with reporting(Report(JiraKind.ISSUE)) as report:
        (found,) = await read(api, JiraKind.ISSUE, **narrow)
    assert found[key] == expected
    assert report.troubles == []


@pytest.mark.parametrize("odd", [{"key": None}, {"fields": "x"}, {"fields": [1]}])
async def test_row_b3_an_odd_issue_costs_that_issue(
    api: ApiClient, site: JiraSandbox, odd: Item
) -> None:
    whole = await read(api, JiraKind.ISSUE, fields=["summary"])
    bad, good = {**whole[0], **odd}, whole[1]
    page = {"issues": [bad, {"id": good["id"], "key": good["key"], "fields": {}}, None]}
    site.faults.add(path="search/jql", status=200, body={**page, "isLast": True})
    api.facts["oauth"] = "yes"  # where issues come by search
    with reporting(Report(JiraKind.ISSUE)) as report:
        issues = await read(api, JiraKind.ISSUE, fields=["summary"])
    assert [issue["key"] for issue in issues] == [good["key"]]
    # A row that is nothing at all may be any issue.
    assert {t.item and t.item["id"] for t in report.hidden} == {bad["id"], None}


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 400, "body": NO},
        {"status": 413, "body": "<html>too large</html>"},
        {"status": 500, "body": NO},
        {"status": 504, "body": "<html>"},
        {"status": 200, "body": "null"},
        {"status": 200, "body": '{"issues": [{"id": "1"'},
        {"status": 200, "body": {"issues": [None, {}, {"id": "1"}]}},
        {"truncate": True},
    ],
    ids=str,
)
async def test_rows_b6_and_e3_a_bulk_that_fails_is_read_in_parts(
    api: ApiClient, site: JiraSandbox, answer: Item
) -> None:
    whole = {issue["id"] for issue in await read(api, JiraKind.ISSUE)}
    # One try of a part that is no longer retried, or all tries of the first.
    site.faults.add(path="issue/bulkfetch", times=9, **answer)
    with reporting(Report(JiraKind.ISSUE)) as report:
        found = {issue["id"] for issue in await read(api, JiraKind.ISSUE)}
    assert found == whole
    assert report.hidden == []


@pytest.mark.parametrize(
    ("names", "wanted", "expected"),
    [
        ({"1": "Crew", "2": "crew"}, "Crew", "one"),
        ({"1": "Crew", "2": "crew"}, "crew", "two"),
        ({"1": "CREW", "2": "x"}, "crew", "one"),
        ({"3": "Crew", "2": "Crew"}, "Crew", "two"),
        ({"1": "Crew", "2": "customfield_9001"}, "customfield_9001", "one"),
    ],
)
async def test_row_b12_the_name_as_it_is_written_counts_and_then_the_first_value(
    api: ApiClient,
    site: JiraSandbox,
    company: Company,
    names: dict[str, str],
    wanted: str,
    expected: str,
) -> None:
    values = {"customfield_9001": "one", "customfield_9002": "two"}
    issue = next(i for i in company.jira["issue"].values() if i["key"][:4] == "SHOP")
    site.put("issue", issue["id"], {**issue, "fields": {**issue["fields"], **values}})
    for number, name in names.items():
        id_ = f"customfield_900{number}"
        site.put("field", id_, {"id": id_, "name": name, "schema": None})
    narrow = {"jql": f"id = {issue['id']}", "fields": "*all", "customFields": [wanted]}
    (found,) = await read(api, JiraKind.ISSUE, **narrow)
    assert found["__fields"] == {wanted: expected}


@pytest.mark.parametrize("kind", [JiraKind.VERSION, JiraKind.COMPONENT])
async def test_row_b10_what_names_no_project_comes_without_a_page(
    api: ApiClient, site: JiraSandbox, kind: JiraKind
) -> None:
    project = next(iter(site.collections["project"].values()))
    row = {"id": "77", "name": "Odd", "projectId": None, "released": None}
    page = {**EMPTY_PAGE, "total": 1, "values": [row]}
    # A project brings its versions itself.
    body = {"id": project["id"], "versions": [row], **page}
    site.faults.add(
        path=f"project/{project['id']}(/component|$)", status=200, body=body
    )
    found = {item["id"]: item for item in await read(api, kind)}
    assert "__url" not in found["77"]


@pytest.mark.parametrize("info", ["null", "{}", '{"baseUrl": 5}', "<html>", "[]"])
async def test_row_e3_a_site_without_an_address_has_the_configured_one(
    api: ApiClient, site: JiraSandbox, info: str
) -> None:
    site.faults.add(path="serverInfo", times=None, status=200, body=info)
    await sign_in(api)
    assert api.site_url == SITE


@pytest.mark.parametrize("state", [None, 5, [], {}])
async def test_a_sprint_of_unknown_state_is_not_left_out_silently(
    api: ApiClient, site: JiraSandbox, state: Any
) -> None:
    ref = {"id": 1}
    reply = {**ref, "state": state}
    site.faults.add(path="agile/1.0/sprint/", times=None, status=200, body=reply)
    with pytest.raises(MalformedReply):
        chosen = selector(JiraKind.SPRINT)
        await fetch_one(api, RESOURCES[JiraKind.SPRINT], ref, chosen)


@pytest.mark.parametrize("name", ["warnings", "warningMessages"])
async def test_a_backlog_that_jira_warns_of_is_kept(
    api: ApiClient, site: JiraSandbox, name: str
) -> None:
    reply = {"issues": [], "isLast": True, name: ["CLAUSE_LIMIT_EXCEEDED"]}
    site.faults.add(path="backlog", times=None, status=200, body=reply)

    with reporting(Report(JiraKind.BACKLOG)) as report:
        assert await read(api, JiraKind.BACKLOG) == []

    assert report.hidden
    assert all("CLAUSE_LIMIT_EXCEEDED" in t.reason for t in report.hidden)
