"""Links between issues, each as one item with both of its ends."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from core.resource import Resource
from core.types import Api, Item
from jira.kinds import JiraKind
from jira.resources.census import ISSUES_PER_REQUEST
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


async def get_link(api: Api, ref: Item, selector: IssueSearchSelector) -> Item | None:
    """Return one link by its id, if an issue at one of its ends is selected."""
    link: Item = await api.get(f"rest/api/3/issueLink/{ref['id']}")
    source, target = link["inwardIssue"], link["outwardIssue"]
    jql = issue_jql(selector)
    asking = (find_issue(api, str(i["id"]), jql, ["id"], []) for i in (source, target))
    if not any(await asyncio.gather(*asking)):
        return None
    return _link(link, source["key"], target["key"])


# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/
ISSUE_LINK = Resource(
    kind=JiraKind.ISSUE_LINK,
    id_field="id",
    list_with=list_links,
    get_with=get_link,
)
