"""Issues, and the other things that a search for issues brings."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from core.errors import Incomplete, NotAvailable, NotFound, Refused
from core.paging import TokenPaging
from core.resource import Resource
from core.types import Api, Item, Params
from jira.adf import to_markdown
from jira.jql import both, bounded, in_projects, with_issue
from jira.kinds import JiraKind
from jira.resources.links import linked
from jira.resources.site import (
    REQUEST_TYPE_FIELD,
    SLA_FIELD,
    SPRINT_FIELD,
    fields_of_type,
    resolve_fields,
)
from jira.selectors import EpicSelector, IssueSearchSelector, IssueSelector

SEARCH = "rest/api/3/search/jql"
# What Jira returns at most: whole issues, or their ids and keys alone.
ISSUES_PER_PAGE = 100
KEYS_PER_PAGE = 5000

EPICS = "hierarchyLevel = 1"
REQUESTS = "projectType = service_desk"


@dataclass(frozen=True, kw_only=True)
class SearchPaging(TokenPaging):
    """Pages of issues; Jira warns in ordinary replies that some are missing."""

    warnings: list[str] = field(default_factory=list)

    def rows(self, reply: Any) -> list[Item]:
        self.warnings.extend(str(warning) for warning in reply.get("warnings") or [])
        return super().rows(reply)


async def search(
    api: Api, jql: str, fields: list[str], expand: list[str], size: int
) -> AsyncGenerator[list[Item]]:
    """Yield pages of issues; raise Incomplete at the end when Jira left some out.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/
    """
    paging = SearchPaging(size=size)
    body = _search_body(bounded(jql), fields, expand)
    async with aclosing(api.pages_by_post(SEARCH, paging, body)) as pages:
        async for page in pages:
            yield page
    if paging.warnings:
        told = [Refused(w) for w in dict.fromkeys(paging.warnings)]
        raise Incomplete("parts of the JQL's result", [*told])


def _search_body(jql: str, fields: list[str], expand: list[str]) -> Params:
    body: Params = {"jql": jql, "fields": fields}
    if expand:
        body["expand"] = ",".join(expand)
    return body


def issue_jql(selector: IssueSearchSelector) -> str:
    """Return the selector's JQL, within its projects."""
    return both(in_projects(selector.projects), selector.jql)


def epic_jql(selector: EpicSelector) -> str:
    """Return JQL for the epics: team-managed projects have no others."""
    done = {None: "", True: "statusCategory = Done", False: "statusCategory != Done"}
    return both(both(EPICS, done[selector.done]), issue_jql(selector))


def request_jql(selector: IssueSelector) -> str:
    """Return JQL for the service requests, which the service API would hide by role."""
    return both(REQUESTS, issue_jql(selector))


async def _wanted_fields(api: Api, selector: IssueSelector) -> list[str]:
    named = await resolve_fields(api, selector.custom_fields)
    return list(dict.fromkeys([*selector.fields, *named.values()]))


async def _list(
    api: Api, selector: IssueSelector, jql: str
) -> AsyncGenerator[list[Item]]:
    fields = await _wanted_fields(api, selector)
    pages = search(api, jql, fields, selector.expand, ISSUES_PER_PAGE)
    async with aclosing(pages):
        async for page in pages:
            yield page


async def _get(api: Api, ref: Item, selector: IssueSelector, jql: str) -> Item | None:
    """Search for one issue by id within the JQL, past the index's lag."""
    issue_id = str(ref["id"])
    fields = await _wanted_fields(api, selector)
    body = _search_body(with_issue(jql, issue_id), fields, selector.expand)
    body["reconcileIssues"] = [int(issue_id)]
    try:
        reply = await api.read(SEARCH, body)
    except Refused as error:
        # Naming an issue that is gone is an error in JQL; so is a mistake in the JQL.
        if await _is_gone(api, issue_id):
            return None
        raise error
    return next(iter(reply["issues"]), None)


async def _is_gone(api: Api, issue_id: str) -> bool:
    try:
        await api.get(f"rest/api/3/issue/{issue_id}", {"fields": "id"})
    except NotFound:
        return True
    return False


async def add_to_issue(
    api: Api, issues: list[Item], selector: IssueSelector
) -> list[Item]:
    """Add what mappings would otherwise have to search for.

    `__url` and `__siteUrl`; `__descriptionMarkdown`; `__sprintIds`, of the sprint field
    whose id differs on every site; `__fields`, the selector's custom fields by name.
    """
    named = await resolve_fields(api, selector.custom_fields)
    sprint_fields = await fields_of_type(api, SPRINT_FIELD)
    return [_extended(api, issue, named, list(sprint_fields)) for issue in issues]


def _extended(
    api: Api, issue: Item, named: dict[str, str], sprint_fields: list[str]
) -> Item:
    fields = issue.get("fields") or {}
    sprints = [s for name in sprint_fields for s in fields.get(name) or []]
    extended = {
        **issue,
        "__descriptionMarkdown": to_markdown(fields.get("description")),
        "__sprintIds": [sprint["id"] for sprint in sprints],
        "__fields": {name: fields.get(id_) for name, id_ in named.items()},
    }
    return linked(api, extended, f"browse/{issue['key']}")


ISSUE = Resource(
    kind=JiraKind.ISSUE,
    id_field="id",
    list_with=lambda api, selector, _: _list(api, selector, issue_jql(selector)),
    get_with=lambda api, ref, selector: _get(api, ref, selector, issue_jql(selector)),
    enrich=add_to_issue,
)

EPIC = Resource(
    kind=JiraKind.EPIC,
    id_field="id",
    list_with=lambda api, selector, _: _list(api, selector, epic_jql(selector)),
    get_with=lambda api, ref, selector: _get(api, ref, selector, epic_jql(selector)),
    enrich=add_to_issue,
)


async def list_requests(
    api: Api, selector: IssueSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield service requests; raise NotAvailable on a site without the product."""
    if not await fields_of_type(api, REQUEST_TYPE_FIELD):
        raise NotAvailable("this site has no Jira Service Management")
    async with aclosing(_list(api, selector, request_jql(selector))) as pages:
        async for page in pages:
            yield page


async def add_to_request(
    api: Api, issues: list[Item], selector: IssueSelector
) -> list[Item]:
    """Add what issues have, and `__requestType`, and `__slas` by their names."""
    types = await fields_of_type(api, REQUEST_TYPE_FIELD)
    slas = await fields_of_type(api, SLA_FIELD)
    requests = await add_to_issue(api, issues, selector)
    return [
        {
            **request,
            "__requestType": next(
                (request["fields"][id_] for id_ in types if request["fields"].get(id_)),
                None,
            ),
            "__slas": {name: request["fields"].get(id_) for id_, name in slas.items()},
        }
        for request in requests
    ]


# https://developer.atlassian.com/cloud/jira/service-desk/rest/api-group-request/
REQUEST = Resource(
    kind=JiraKind.REQUEST,
    id_field="id",
    list_with=list_requests,
    get_with=lambda api, ref, selector: _get(api, ref, selector, request_jql(selector)),
    enrich=add_to_request,
)


async def list_links(
    api: Api, selector: IssueSearchSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield links, each once, with `__source` and `__target`: source blocks target."""
    seen: set[str] = set()
    pages = search(api, issue_jql(selector), ["issuelinks"], [], ISSUES_PER_PAGE)
    async with aclosing(pages):
        async for page in pages:
            links = {link["id"]: link for issue in page for link in _links(issue)}
            fresh = [link for id_, link in links.items() if id_ not in seen]
            seen.update(links)
            yield fresh


def _links(issue: Item) -> list[Item]:
    """Return an issue's links; it stands at the other end than the one Jira names."""
    links = []
    for link in (issue.get("fields") or {}).get("issuelinks") or []:
        this, other = issue["key"], link.get("outwardIssue") or link.get("inwardIssue")
        if other is None:
            continue
        ends = (this, other["key"]) if "outwardIssue" in link else (other["key"], this)
        links.append(_link(link, *ends))
    return links


def _link(link: Item, source: str, target: str) -> Item:
    """Return the link by both of its ends, instead of one as seen from the other."""
    return {
        "id": link["id"],
        "type": link["type"],
        "__source": source,
        "__target": target,
    }


async def get_link(api: Api, ref: Item, selector: IssueSearchSelector) -> Item:
    """Return one link by its id."""
    link: Item = await api.get(f"rest/api/3/issueLink/{ref['id']}")
    return _link(link, link["inwardIssue"]["key"], link["outwardIssue"]["key"])


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/
ISSUE_LINK = Resource(
    kind=JiraKind.ISSUE_LINK,
    id_field="id",
    list_with=list_links,
    get_with=get_link,
)
