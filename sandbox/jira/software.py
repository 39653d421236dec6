"""Backlogs of boards, which are pages by token, too.

https://developer.atlassian.com/cloud/jira/software/rest/
"""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.jira.catalog import RANK, SPRINT
from sandbox.jira.replies import Problem
from sandbox.jira.search import Search, query_of
from sandbox.jira.state import JiraState
from sandbox.serving import Part, Row


class Software(Part[JiraState]):
    """Answer what Jira Software knows about issues."""

    def __init__(self, state: JiraState, search: Search) -> None:
        super().__init__(state)
        self._search = search

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "GET", "/rest/software/1.0/board/{board}/backlog", self.backlog

    async def backlog(self, request: Request) -> Any:
        """Return what is planned on a board, but in no sprint yet."""
        board = self._state.board(request.path_params["board"])
        if self._state.board_type(board) == "kanban":
            raise Problem(400, "Backlogs are not supported on this board")
        rows, asked = self._on_board(request), query_of(request)
        if asked.get("jql"):
            chosen = {i["id"]: i for i in self._search.found(request, asked)}
            rows = [chosen[i["id"]] for i in rows if i["id"] in chosen]
        rows = [issue for issue in rows if is_planned(issue)]
        own = await self._search.token_page(rows, asked, default_fields=["*navigable"])
        return {"expand": "names,schema", **own}

    def _on_board(self, request: Request) -> list[Item]:
        state = self._state
        rows = [
            issue
            for id_ in state.board_projects(request.path_params["board"])
            for issue in state.groups.of("issue", id_)
            if state.index.is_searchable(issue)
        ]
        return sorted(rows, key=lambda issue: str(issue["fields"].get(RANK)))


def is_planned(issue: Item) -> bool:
    """Tell whether an issue waits in a backlog."""
    fields = issue["fields"]
    sprints = fields.get(SPRINT) or []
    assigned = any(sprint["state"] != "closed" for sprint in sprints)
    done = fields["status"]["statusCategory"]["key"] == "done"
    return not assigned and not done and fields["issuetype"]["hierarchyLevel"] == 0
