"""What the lists and single items of Jira's contract table hold.

Where they are, how they are paged and who may read them is in the table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira import agile_rows, issue_rows, site_rows
from sandbox.jira.state import JiraState

type Rows = Callable[[Request, JiraState], list[Item]]
type Keep = Callable[[list[Item], Request, JiraState], list[Item]]
type Show = Callable[[Item, Request, JiraState], Item]
type Find = Callable[[Request, JiraState], Item | None]

API, AGILE = "rest/api/3", "rest/agile/1.0"


@dataclass(frozen=True, kw_only=True)
class Listing:
    """One list: a collection, or `rows` where a parent is named."""

    collection: str = ""
    rows: Rows | None = None
    keep: Keep | None = None
    show: Show | None = None


@dataclass(frozen=True, kw_only=True)
class Single:
    """One item by its id."""

    find: Find
    missing: str = "The resource '{id}' does not exist."
    missing_status: int = 404
    show: Show | None = None


LISTINGS: Mapping[str, Listing] = {
    f"{API}/project/search": Listing(
        collection="project",
        keep=site_rows.projects_asked_for,
        show=site_rows.show_project_row,
    ),
    f"{API}/project/{{project}}/version": Listing(rows=site_rows.versions),
    f"{API}/project/{{project}}/component": Listing(rows=site_rows.components),
    f"{API}/component": Listing(
        rows=site_rows.components_of_all, show=site_rows.show_component
    ),
    f"{API}/users/search": Listing(collection="user"),
    f"{API}/group/bulk": Listing(collection="group"),
    f"{API}/group/member": Listing(rows=site_rows.members),
    f"{API}/field": Listing(collection="field"),
    f"{API}/status": Listing(collection="status"),
    f"{API}/filter/search": Listing(
        collection="filter",
        keep=site_rows.filters_asked_for,
        show=site_rows.show_filter_row,
    ),
    f"{API}/issue/{{issue}}/changelog": Listing(rows=issue_rows.changes),
    f"{AGILE}/board": Listing(collection="board", keep=agile_rows.boards_asked_for),
    f"{AGILE}/board/{{board}}/sprint": Listing(
        rows=agile_rows.sprints, keep=agile_rows.sprints_asked_for
    ),
    f"{AGILE}/board/{{board}}/project": Listing(
        rows=agile_rows.projects_of_board, show=site_rows.show_project_row
    ),
}

SINGLES: Mapping[str, Single] = {
    f"{API}/project/{{id}}": Single(
        find=site_rows.project,
        missing="No project could be found with key '{id}'.",
        show=site_rows.show_project,
    ),
    f"{API}/issue/{{id}}": Single(
        find=issue_rows.issue,
        missing="Issue does not exist or you do not have permission to see it.",
        show=issue_rows.show_issue,
    ),
    f"{API}/version/{{id}}": Single(find=site_rows.by_id("version")),
    f"{API}/component/{{id}}": Single(find=site_rows.by_id("component")),
    f"{API}/filter/{{id}}": Single(
        find=site_rows.by_id("filter"),
        # Unlike all the others, by the reference.
        missing_status=400,
        missing="The selected filter is not available to you, perhaps it has been"
        " deleted or had its permissions changed.",
    ),
    f"{API}/issueLink/{{id}}": Single(find=site_rows.by_id("issuelink")),
    f"{API}/user": Single(
        find=site_rows.user,
        missing="Specified user does not exist or you do not have required permissions",
    ),
    f"{API}/issue/{{issue}}/worklog/{{id}}": Single(find=issue_rows.worklog),
    f"{AGILE}/board/{{id}}": Single(
        find=site_rows.by_id("board"),
        missing="The requested board cannot be viewed because it either does not exist"
        " or you do not have permission to view it.",
    ),
    f"{AGILE}/sprint/{{id}}": Single(
        find=site_rows.by_id("sprint"),
        missing="Sprint does not exist or you do not have permission to view it.",
    ),
}
