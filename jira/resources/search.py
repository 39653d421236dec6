"""Search for issues by JQL."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from core.errors import Incomplete, Refused
from core.paging import TokenPaging
from core.types import Api, Item, Params
from jira.jql import bounded

SEARCH = "rest/api/3/search/jql"


@dataclass(frozen=True, kw_only=True)
class SearchPaging(TokenPaging):
    """Pages of issues; Jira warns in ordinary replies that some are missing."""

    warnings: list[str] = field(default_factory=list)

    def rows(self, reply: Any) -> list[Item]:
        self.warnings.extend(str(warning) for warning in reply.get("warnings") or [])
        return super().rows(reply)


async def search(
    api: Api,
    jql: str,
    fields: list[str],
    expand: list[str],
    size: int,
    *,
    reconciled: Sequence[str] = (),
) -> AsyncGenerator[list[Item]]:
    """Yield pages of issues; raise Incomplete at the end when Jira left some out.

    Issues with the ids in `reconciled` are seen as they are, not as the index has them.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/
    """
    paging = SearchPaging(size=size)
    body: Params = {"jql": bounded(jql), "fields": fields}
    if expand:
        body["expand"] = ",".join(expand)
    if reconciled:
        body["reconcileIssues"] = [int(issue_id) for issue_id in reconciled]
    async with aclosing(api.pages_by_post(SEARCH, paging, body)) as pages:
        async for page in pages:
            yield page
    if paging.warnings:
        told = [Refused(w) for w in dict.fromkeys(paging.warnings)]
        raise Incomplete("parts of the JQL's result", [*told])
