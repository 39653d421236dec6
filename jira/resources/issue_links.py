"""Links between issues, each as one item with both of its ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from core.api import Api
from core.lookup import Absent, get_own
from core.resource import Resource
from core.trouble import ODD_FORM, current_report, describe, name_of
from core.types import Item
from jira.kinds import JiraKind
from jira.resources.census import ISSUES_PER_REQUEST
from jira.resources.changes import list_updated
from jira.resources.issues import issue_jql
from jira.resources.search import search
from jira.resources.single import find_issue
from jira.selectors import IssueSearchSelector


async def list_links(
    api: Api, selector: IssueSearchSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield links, each once, with `__source` and `__target`: source blocks target."""
    seen: set[str] = set()
    pages = search(api, issue_jql(selector), ["issuelinks"], [], ISSUES_PER_REQUEST)
    async with aclosing(pages):
        async for page in pages:
            links = {link["id"]: link for issue in page for link in _links(issue)}
            fresh = [link for id_, link in links.items() if id_ not in seen]
            seen.update(links)
            yield fresh


def _links(issue: Item) -> list[Item]:
    """Return an issue's links; one that can't be processed is recorded as trouble."""
    try:
        given = issue["fields"]["issuelinks"] or []
    except ODD_FORM as error:
        current_report().lose_kind(f"issue {name_of(issue)}: {describe(error)}")
        return []
    links = []
    for link in given:
        try:
            links += _seen_from(issue["key"], link)
        except ODD_FORM as error:
            current_report().lose_item(link, error)
    return links


def _seen_from(this: str, link: Item) -> list[Item]:
    """Return the link of an issue, which stands at the other end than Jira names."""
    other = link.get("outwardIssue") or link.get("inwardIssue")
    if other is None:
        return []
    ends = (other["key"], this) if link.get("inwardIssue") else (this, other["key"])
    return [_link(link, *ends)]


def _link(link: Item, source: str, target: str) -> Item:
    """Return the link by both of its ends, instead of one as seen from the other."""
    return {
        "id": link["id"],
        "type": link["type"],
        "__source": source,
        "__target": target,
    }


async def get_link(api: Api, ref: Item, selector: IssueSearchSelector) -> Item | Absent:
    """Return one link by its id, if an issue at one of its ends is selected."""
    link = await get_own(api, f"rest/api/3/issueLink/{ref['id']}")
    if isinstance(link, Absent):
        return link
    source, target = link["inwardIssue"], link["outwardIssue"]
    jql = issue_jql(selector)
    asking = (find_issue(api, str(i["id"]), jql, ["id"], []) for i in (source, target))
    if all(isinstance(end, Absent) for end in await asyncio.gather(*asking)):
        return Absent.NOT_SELECTED
    return _link(link, source["key"], target["key"])


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/
ISSUE_LINK = Resource(
    kind=JiraKind.ISSUE_LINK,
    id_field="id",
    list_with=list_links,
    get_with=get_link,
    changed=list_updated,
)
