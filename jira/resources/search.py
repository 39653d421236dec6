"""Search for issues by JQL."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from core.api import Api
from core.cursor_paging import TokenPaging
from core.errors import Incomplete, Refused
from core.types import Item, Params
from jira.jql import bounded

SEARCH = "rest/api/3/search/jql"
# Where a reply warns: a search of issues, by Atlassian's changelog, and a backlog, by
# https://developer.atlassian.com/cloud/jira/software/rest/api-group-board/
WARNINGS = ("warnings", "warningMessages")


@dataclass(frozen=True, kw_only=True)
class SearchPaging(TokenPaging):
    """Pages of issues; Jira warns in ordinary replies that some are missing."""

    warnings: list[str] = field(default_factory=list)

    def rows(self, reply: Any) -> list[Item]:
        rows = super().rows(reply)
        for name in WARNINGS:
            told = reply.get(name) or []
            self.warnings.extend(map(str, told if isinstance(told, list) else [told]))
        return rows

    def check_whole(self) -> None:
        """Raise Incomplete if Jira has warned of anything."""
        if self.warnings:
            refusals = [Refused(w) for w in dict.fromkeys(self.warnings)]
            raise Incomplete("parts of the JQL's result", [*refusals])


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
    paging.check_whole()
