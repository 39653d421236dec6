"""Every kind of Jira: where its items are, and what we add to them."""

from collections.abc import AsyncGenerator
from typing import Any

from core.errors import Refused
from core.paging import ArrayPaging, OffsetPaging, TokenPaging
from core.resource import Resource
from core.types import Api, Item, Params
from jira.jql import bounded, with_issue
from jira.kinds import JiraKind
from jira.selectors import (
    JiraIssueSelector,
    JiraProjectSelector,
    JiraUserSelector,
)

# What Jira returns at most, by endpoint; it clamps higher wishes silently.
PROJECTS_PER_PAGE = 100
ISSUES_PER_PAGE = 100
USERS_PER_PAGE = 1000


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-projects/
async def get_project(
    api: Api, ref: Item, selector: JiraProjectSelector
) -> Item | None:
    """Search for one project by id: unlike a plain get, it knows the same expands."""
    params = {"id": ref["id"], "expand": selector.expand}
    reply = await api.get("rest/api/3/project/search", params)
    return next(iter(reply["values"]), None)


async def add_project_url(
    api: Api, projects: list[Item], selector: JiraProjectSelector
) -> list[Item]:
    """Add `__siteUrl` and `__url`, the project's page."""
    return [_linked(api, p, f"browse/{p['key']}") for p in projects]


PROJECT = Resource(
    kind=JiraKind.PROJECT,
    id_field="id",
    list_path="rest/api/3/project/search",
    paging=OffsetPaging(size=PROJECTS_PER_PAGE),
    query=lambda selector: {"expand": selector.expand, "orderBy": "key"},
    get_with=get_project,
    enrich=add_project_url,
)


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/
def list_issues(
    api: Api, selector: JiraIssueSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield pages of the issues that the selector's JQL finds."""
    body = _issue_search(selector, bounded(selector.jql))
    paging = TokenPaging(size=ISSUES_PER_PAGE)
    return api.pages_by_post("rest/api/3/search/jql", paging, body)


async def get_issue(api: Api, ref: Item, selector: JiraIssueSelector) -> Item | None:
    """Search for one issue by id within the selector's JQL, past the index's lag."""
    issue_id = str(ref["id"])
    body = _issue_search(selector, with_issue(selector.jql, issue_id))
    body["reconcileIssues"] = [int(issue_id)]
    try:
        reply = await api.read("rest/api/3/search/jql", body)
    except Refused:
        # Naming an issue that is gone is an error in JQL; so is a mistake in the JQL.
        await _raise_unless_gone(api, issue_id)
        raise
    return next(iter(reply["issues"]), None)


async def _raise_unless_gone(api: Api, issue_id: str) -> None:
    """Raise NotFound for an issue that does not exist."""
    await api.get(f"rest/api/3/issue/{issue_id}", {"fields": "id"})


def _issue_search(selector: JiraIssueSelector, jql: str) -> Params:
    body: Params = {"jql": jql, "fields": selector.fields}
    if selector.expand:
        body["expand"] = ",".join(selector.expand)
    return body


async def add_issue_url(
    api: Api, issues: list[Item], selector: JiraIssueSelector
) -> list[Item]:
    """Add `__siteUrl` and `__url`, the issue's page."""
    return [_linked(api, issue, f"browse/{issue['key']}") for issue in issues]


ISSUE = Resource(
    kind=JiraKind.ISSUE,
    id_field="id",
    list_with=list_issues,
    get_with=get_issue,
    enrich=add_issue_url,
)


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-users/
async def get_user(api: Api, ref: Item, selector: JiraUserSelector) -> Item:
    """Return one account by its id."""
    user: Item = await api.get("rest/api/3/user", {"accountId": ref["accountId"]})
    return user


async def add_user_url(
    api: Api, users: list[Item], selector: JiraUserSelector
) -> list[Item]:
    """Add `__siteUrl` and `__url`, the person's page."""
    return [_linked(api, user, f"jira/people/{user['accountId']}") for user in users]


USER = Resource(
    kind=JiraKind.USER,
    id_field="accountId",
    list_path="rest/api/3/users/search",
    paging=ArrayPaging(size=USERS_PER_PAGE),
    # Erased accounts share the id "unknown", which therefore identifies nobody.
    accepts=lambda selector, user: user["accountId"] != "unknown",
    get_with=get_user,
    enrich=add_user_url,
)

RESOURCES = {resource.kind: resource for resource in (PROJECT, ISSUE, USER)}


def _linked(api: Api, item: Item, page: str) -> Item:
    return {**item, "__siteUrl": api.site_url, "__url": f"{api.site_url}/{page}"}


async def check_sign_in(api: Api) -> Any:
    """Raise Unauthorized for a bad credential, which lists answer as an empty site.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-myself/
    """
    return await api.get("rest/api/3/myself")
