"""Every list and single item of Jira: path, paging style, collection, filters.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/
https://developer.atlassian.com/cloud/jira/software/rest/
https://developer.atlassian.com/cloud/jira/service-desk/rest/
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira import agile_rows, issue_rows, service_rows, site_rows
from sandbox.jira.replies import (
    Style,
    agile_page,
    array,
    keyed_page,
    platform_page,
    service_page,
    whole,
)

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox

type Rows = Callable[[Request, "JiraSandbox"], list[Item]]
type Keep = Callable[[list[Item], Request, "JiraSandbox"], list[Item]]
type Show = Callable[[Item, Request, "JiraSandbox"], Item]
type Find = Callable[[Request, "JiraSandbox"], Item | None]

API = "/rest/api/3"
AGILE = "/rest/agile/1.0"
SERVICE = "/rest/servicedeskapi"
BROWSE_USERS = "USER_PICKER"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list; `rows` replace a collection where a parent is in the path."""

    path: str
    style: Style = platform_page
    collection: str = ""
    rows: Rows | None = None
    keep: tuple[Keep, ...] = ()
    order: Callable[[Item], Any] | None = None
    show: Show | None = None
    default: int = 50
    cap: int = 50
    permission: str | None = None


@dataclass(frozen=True, kw_only=True)
class Single:
    """One item by its id."""

    path: str
    find: Find
    missing: str = "The resource '{id}' does not exist."
    show: Show | None = None
    permission: str | None = None


def _all(path: str, collection: str) -> Listing:
    return Listing(path=f"{API}/{path}", style=whole, collection=collection)


LISTINGS: tuple[Listing, ...] = (
    Listing(
        path=f"{API}/project/search",
        collection="project",
        keep=(site_rows.projects_asked_for,),
        show=site_rows.show_project_row,
        cap=100,
    ),
    Listing(path=f"{API}/project/{{project}}/version", rows=site_rows.versions),
    Listing(
        path=f"{API}/project/{{project}}/versions", style=whole, rows=site_rows.versions
    ),
    Listing(path=f"{API}/project/{{project}}/component", rows=site_rows.components),
    Listing(
        path=f"{API}/project/{{project}}/components",
        style=whole,
        rows=site_rows.components,
    ),
    Listing(path=f"{API}/component", rows=site_rows.components_of_projects),
    Listing(
        path=f"{API}/users/search",
        style=array,
        collection="user",
        cap=1000,
        permission=BROWSE_USERS,
    ),
    Listing(
        path=f"{API}/users",
        style=array,
        collection="user",
        cap=1000,
        permission=BROWSE_USERS,
    ),
    Listing(path=f"{API}/group/bulk", collection="group", permission=BROWSE_USERS),
    Listing(
        path=f"{API}/group/member", rows=site_rows.members, permission=BROWSE_USERS
    ),
    _all("field", "field"),
    Listing(
        path=f"{API}/field/search",
        collection="field",
        keep=(site_rows.fields_asked_for,),
    ),
    _all("issuetype", "issuetype"),
    _all("status", "status"),
    _all("priority", "priority"),
    _all("resolution", "resolution"),
    Listing(path=f"{API}/priority/search", collection="priority"),
    Listing(path=f"{API}/statuses/search", collection="status", cap=200),
    Listing(
        path=f"{API}/filter/search",
        collection="filter",
        keep=(site_rows.filters_asked_for,),
        show=site_rows.show_filter_row,
        cap=100,
    ),
    Listing(
        path=f"{API}/issue/{{issue}}/worklog",
        style=keyed_page("worklogs"),
        rows=issue_rows.worklogs,
        default=5000,
        cap=5000,
    ),
    Listing(
        path=f"{API}/issue/{{issue}}/comment",
        style=keyed_page("comments"),
        rows=issue_rows.comments,
        cap=100,
    ),
    Listing(
        path=f"{API}/issue/{{issue}}/changelog",
        rows=issue_rows.changes,
        default=100,
        cap=100,
    ),
    Listing(
        path=f"{AGILE}/board",
        style=agile_page,
        collection="board",
        keep=(agile_rows.boards_asked_for,),
    ),
    Listing(
        path=f"{AGILE}/board/{{board}}/sprint",
        style=agile_page,
        rows=agile_rows.sprints,
        keep=(agile_rows.sprints_asked_for,),
    ),
    Listing(
        path=f"{AGILE}/board/{{board}}/epic",
        style=agile_page,
        rows=agile_rows.epics,
        keep=(agile_rows.epics_asked_for,),
    ),
    Listing(
        path=f"{AGILE}/board/{{board}}/project",
        style=agile_page,
        rows=agile_rows.projects_of_board,
        show=site_rows.show_project_row,
    ),
    Listing(
        path=f"{AGILE}/board/{{board}}/version",
        style=agile_page,
        rows=agile_rows.versions_of_board,
    ),
    Listing(
        path=f"{SERVICE}/servicedesk",
        style=service_page,
        collection="servicedesk",
        cap=100,
    ),
    Listing(
        path=f"{SERVICE}/servicedesk/{{desk}}/requesttype",
        style=service_page,
        rows=service_rows.request_types,
        cap=100,
    ),
    Listing(
        path=f"{SERVICE}/requesttype",
        style=service_page,
        collection="requesttype",
        cap=100,
    ),
    Listing(
        path=f"{SERVICE}/request",
        style=service_page,
        collection="request",
        keep=(service_rows.requests_asked_for,),
        cap=100,
    ),
)

SINGLES: tuple[Single, ...] = (
    Single(
        path=f"{API}/project/{{id}}",
        find=site_rows.project,
        missing="No project could be found with key '{id}'.",
        show=site_rows.show_project,
    ),
    Single(
        path=f"{API}/issue/{{id}}",
        find=issue_rows.issue,
        missing="Issue does not exist or you do not have permission to see it.",
        show=issue_rows.show_issue,
    ),
    Single(path=f"{API}/version/{{id}}", find=site_rows.by_id("version")),
    Single(path=f"{API}/component/{{id}}", find=site_rows.by_id("component")),
    Single(path=f"{API}/filter/{{id}}", find=site_rows.by_id("filter")),
    Single(path=f"{API}/issueLink/{{id}}", find=site_rows.by_id("issuelink")),
    Single(path=f"{API}/priority/{{id}}", find=site_rows.by_id("priority")),
    Single(
        path=f"{API}/user",
        find=site_rows.user,
        missing="Specified user does not exist or you do not have required permissions",
        permission=BROWSE_USERS,
    ),
    Single(path=f"{API}/issue/{{issue}}/worklog/{{id}}", find=issue_rows.worklog),
    Single(path=f"{API}/issue/{{issue}}/comment/{{id}}", find=issue_rows.comment),
    Single(
        path=f"{AGILE}/board/{{id}}",
        find=site_rows.by_id("board"),
        missing="The requested board cannot be viewed because it either does not exist"
        " or you do not have permission to view it.",
    ),
    Single(
        path=f"{AGILE}/board/{{id}}/configuration",
        find=site_rows.by_id("board-configuration"),
    ),
    Single(
        path=f"{AGILE}/sprint/{{id}}",
        find=site_rows.by_id("sprint"),
        missing="Sprint does not exist or you do not have permission to view it.",
    ),
    Single(
        path=f"{AGILE}/epic/{{id}}", find=agile_rows.epic, show=agile_rows.show_epic
    ),
    Single(path=f"{SERVICE}/servicedesk/{{id}}", find=site_rows.by_id("servicedesk")),
    Single(path=f"{SERVICE}/requesttype/{{id}}", find=site_rows.by_id("requesttype")),
    Single(path=f"{SERVICE}/request/{{id}}", find=service_rows.request),
)
