"""Lists of issues of boards, sprints and epics, which are pages by token, too.

https://developer.atlassian.com/cloud/jira/software/rest/
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.jira.catalog import RANK, SPRINT
from sandbox.jira.lists import Row
from sandbox.jira.replies import Problem
from sandbox.jira.search import Search, query_of

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox


class Software:
    """Answer what Jira Software knows about issues."""

    def __init__(self, sandbox: "JiraSandbox") -> None:
        self._sandbox = sandbox
        self._search = Search(sandbox)

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        software = "/rest/software/1.0"
        yield "GET", f"{software}/board/{{board}}/issue", self.board_issues
        yield "GET", f"{software}/board/{{board}}/backlog", self.backlog
        yield "GET", f"{software}/sprint/{{sprint}}/issue", self.sprint_issues
        path = f"{software}/board/{{board}}/sprint/{{sprint}}/issue"
        yield "GET", path, self.sprint_issues
        yield "GET", f"{software}/epic/{{epic}}/issue", self.epic_issues
        path = f"{software}/board/{{board}}/epic/{{epic}}/issue"
        yield "GET", path, self.epic_issues

    async def board_issues(self, request: Request) -> Any:
        """Return the issues of a board's filter."""
        return await self._software(request, self._on_board(request))

    async def backlog(self, request: Request) -> Any:
        """Return what is planned on a board, but in no sprint yet."""
        board = self._sandbox.board(request.path_params["board"])
        if self._sandbox.board_type(board) == "kanban":
            raise Problem(400, "Backlogs are not supported on this board")
        rows, asked = self._on_board(request), query_of(request)
        if asked.get("jql"):
            chosen = {i["id"]: i for i in self._search.found(request, asked)}
            rows = [chosen[i["id"]] for i in rows if i["id"] in chosen]
        rows = [issue for issue in rows if is_planned(issue)]
        return await self._software(request, rows)

    async def sprint_issues(self, request: Request) -> Any:
        """Return the issues of a sprint."""
        id_ = request.path_params["sprint"]
        if id_ not in self._sandbox.collections["sprint"]:
            raise Problem(404, "Sprint does not exist or you do not have permission.")
        asked = {"jql": f"sprint = {id_} ORDER BY Rank ASC"}
        return await self._software(request, self._search.found(request, asked))

    async def epic_issues(self, request: Request) -> Any:
        """Return the issues of an epic, or of none."""
        id_ = request.path_params["epic"]
        jql = "parent is EMPTY" if id_ == "none" else f"parent = {id_}"
        return await self._software(request, self._search.found(request, {"jql": jql}))

    def _on_board(self, request: Request) -> list[Item]:
        sandbox = self._sandbox
        board = sandbox.board(request.path_params["board"])
        rows = [
            issue
            for id_ in sandbox.company.board_projects.get(str(board["id"]), [])
            for issue in sandbox.groups.of("issue", id_)
            if sandbox.index.is_searchable(issue)
        ]
        return sorted(rows, key=lambda issue: str(issue["fields"].get(RANK)))

    async def _software(self, request: Request, rows: list[Item]) -> Any:
        asked = query_of(request)
        own = await self._search.token_page(rows, asked, default_fields=["*navigable"])
        return {"expand": "names,schema", **own}


def is_planned(issue: Item) -> bool:
    """Tell whether an issue waits in a backlog."""
    fields = issue["fields"]
    sprints = fields.get(SPRINT) or []
    assigned = any(sprint["state"] != "closed" for sprint in sprints)
    done = fields["status"]["statusCategory"]["key"] == "done"
    return not assigned and not done and fields["issuetype"]["hierarchyLevel"] == 0
