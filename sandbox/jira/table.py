"""Who answers each row of Jira's contract table: a list, a single item, or a handler.

Where they are, how they are paged and who may read them is in the contract table.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.jira import (
    agile_rows,
    issue_rows,
    search,
    site,
    site_rows,
    teams,
    webhooks,
    workflow,
    writing,
)
from sandbox.jira.site_rows import all_of, by_id, in_shape
from sandbox.jira.state import JiraState

type Show = Callable[[Item, JiraState, Request], Item]


def as_it_is(item: Item, state: JiraState, request: Request) -> Item:
    """Return the whole item."""
    return item


@dataclass(frozen=True)
class Listing:
    """A list, and how it shows an item."""

    rows: Callable[[JiraState, Request], list[Item]]
    show: Show = as_it_is


@dataclass(frozen=True)
class Single:
    """One item by its id, and what is said if there is none."""

    find: Callable[[JiraState, Request], Item | None]
    missing: str = "The resource '{id}' does not exist."
    show: Show = as_it_is
    missing_status: int = 404


type Own = Callable[[JiraState, Request], Awaitable[Any]]

# What a board and a filter that cannot be seen are called.
NO_BOARD = (
    "The requested board cannot be viewed because it either does not exist or you do"
    " not have permission to view it."
)
NO_FILTER = (
    "The selected filter is not available to you, perhaps it has been deleted or had"
    " its permissions changed."
)

ANSWERS: Mapping[str, Listing | Single | Own] = {
    "GET rest/api/3/serverInfo": site.server_info,
    "GET rest/api/3/myself": site.myself,
    "GET rest/api/3/mypermissions": site.permissions,
    "GET rest/api/3/project/search": Listing(
        site_rows.projects, site_rows.show_project_row
    ),
    "GET rest/api/3/project/{project}": Single(
        site_rows.project, site_rows.MISSING, site_rows.show_project
    ),
    "GET rest/api/3/project/{project}/version": Listing(site_rows.versions),
    "GET rest/api/3/version/{id}": Single(by_id("version")),
    "GET rest/api/3/project/{project}/component": Listing(site_rows.components),
    "GET rest/api/3/component": Listing(
        site_rows.components_of_all, in_shape("listed component")
    ),
    "GET rest/api/3/component/{id}": Single(by_id("component")),
    "GET rest/api/3/field": Listing(all_of("field")),
    "GET rest/api/3/status": Listing(all_of("status")),
    "POST rest/api/3/search/jql": search.search,
    "POST rest/api/3/issue/bulkfetch": search.bulkfetch,
    "POST rest/api/3/changelog/bulkfetch": search.changes,
    "GET rest/api/3/issue/{issue}": Single(
        issue_rows.issue, issue_rows.MISSING, issue_rows.show_issue
    ),
    "POST rest/api/3/issue": writing.create,
    "PUT rest/api/3/issue/{issue}": writing.edit,
    "DELETE rest/api/3/issue/{issue}": writing.delete,
    "PUT rest/api/3/issue/{issue}/assignee": writing.assign,
    "GET rest/api/3/issue/{issue}/properties/{key}": writing.issue_property,
    "GET rest/api/3/issue/{issue}/transitions": workflow.transitions,
    "POST rest/api/3/issue/{issue}/transitions": workflow.move,
    "GET rest/api/3/issue/{issue}/comment": Listing(
        issue_rows.comments, in_shape("comment")
    ),
    "POST rest/api/3/issue/{issue}/comment": workflow.comment,
    "GET rest/api/3/comment/{comment}/properties/{key}": writing.comment_property,
    "GET rest/api/3/user/assignable/search": Listing(site_rows.assignable),
    "GET rest/api/3/issueLinkType": site.link_types,
    "POST rest/api/3/issueLink": workflow.link,
    "GET rest/api/3/issueLink/{id}": Single(by_id("issuelink")),
    "PUT rest/api/3/version/{id}": workflow.change_version,
    "GET rest/api/3/issue/createmeta/{project}/issuetypes": Listing(
        site_rows.issue_types
    ),
    "GET rest/api/3/issue/createmeta/{project}/issuetypes/{type}": Listing(
        writing.screen_fields
    ),
    "GET rest/api/3/issue/{issue}/changelog": Listing(
        issue_rows.changes, in_shape("change")
    ),
    "GET rest/api/3/issue/{issue}/worklog/{id}": Single(issue_rows.worklog),
    "GET rest/api/3/worklog/updated": site.updated_worklogs,
    "POST rest/api/3/worklog/list": site.worklogs,
    "GET rest/api/3/filter/search": Listing(
        site_rows.filters, site_rows.show_filter_row
    ),
    # Unlike for all the others, by the reference.
    "GET rest/api/3/filter/{id}": Single(
        by_id("filter"), NO_FILTER, missing_status=400
    ),
    "GET rest/api/3/users/search": Listing(all_of("user")),
    "GET rest/api/3/user": Single(
        site_rows.user,
        "Specified user does not exist or you do not have required permissions",
    ),
    "GET rest/api/3/group/bulk": Listing(all_of("group")),
    "GET rest/api/3/group/member": Listing(site_rows.members),
    "GET rest/api/3/webhook": Listing(all_of("dynamic-webhook")),
    "POST rest/api/3/webhook": webhooks.create_dynamic,
    "DELETE rest/api/3/webhook": webhooks.delete_dynamic,
    "PUT rest/api/3/webhook/refresh": webhooks.refresh,
    "GET rest/agile/1.0/board": Listing(agile_rows.boards),
    "GET rest/agile/1.0/board/{id}": Single(by_id("board"), NO_BOARD),
    "GET rest/agile/1.0/board/{board}/project": Listing(
        agile_rows.projects_of_board, site_rows.show_project_row
    ),
    "GET rest/agile/1.0/board/{board}/sprint": Listing(agile_rows.sprints),
    "GET rest/agile/1.0/sprint/{id}": Single(
        by_id("sprint"),
        "Sprint does not exist or you do not have permission to view it.",
    ),
    "GET rest/software/1.0/board/{board}/backlog": search.backlog,
    f"GET {teams.TEAMS}": teams.teams,
    f"GET {teams.TEAMS}/{{team}}": Single(teams.team),
    f"POST {teams.TEAMS}/{{team}}/members": teams.members,
    "GET rest/webhooks/1.0/webhook": Listing(all_of("webhook"), webhooks.show_hook),
    "POST rest/webhooks/1.0/webhook": webhooks.create,
    "PUT rest/webhooks/1.0/webhook/{id}": webhooks.replace,
    "DELETE rest/webhooks/1.0/webhook/{id}": webhooks.delete,
}
