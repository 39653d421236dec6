"""The routes of runs: of actions, and of nodes of workflows.

As far as the framework uses them: `port_ocean/clients/port/mixins/actions.py` and
`workflow_nodes.py`.
"""

from starlette.requests import Request
from starlette.responses import Response

from sandbox.port.runs import ActionRuns
from sandbox.port.wire import Routes, Row, ok, read_json

_RUNS, _NODES = "/v1/actions/runs", "/v1/workflows/nodes/runs"


class RunRoutes(Routes):
    """Serve the runs of a state."""

    @property
    def _runs(self) -> ActionRuns:
        return self._state.runs

    def _rows(self) -> tuple[Row, ...]:
        return (
            ("POST", f"{_RUNS}/claim-pending", self._claim),
            ("POST", "/v1/workflows/runs/claim-pending", self._claim_nodes),
            ("PATCH", f"{_RUNS}/ack", self._acknowledge),
            ("PATCH", "/v1/workflows/runs/ack", self._acknowledge_node),
            ("GET", _RUNS, self._find),
            ("GET", _NODES, self._find_nodes),
            ("GET", f"{_RUNS}/{{id}}", self._get),
            ("PATCH", f"{_RUNS}/{{id}}", self._change),
            ("PATCH", f"{_NODES}/{{id}}", self._change),
            ("POST", f"{_RUNS}/{{id}}/logs", self._log),
            ("GET", f"{_RUNS}/{{id}}/logs", self._show_logs),
            ("POST", f"{_NODES}/{{id}}/logs", self._log_many),
        )

    async def _claim(self, request: Request) -> Response:
        return ok(runs=await self._claimed(request, nodes=False))

    async def _claim_nodes(self, request: Request) -> Response:
        return ok(nodeRuns=await self._claimed(request, nodes=True))

    async def _claimed(self, request: Request, *, nodes: bool) -> list[object]:
        names = ("installationId", "limit", "visibilityTimeoutMs")
        sent = await read_json(request, *names)
        installation, limit, milliseconds = (sent[name] for name in names)
        found = self._runs.claim(installation, limit, milliseconds / 1000, nodes=nodes)
        return [*found]

    async def _acknowledge(self, request: Request) -> Response:
        sent = await read_json(request, "runId")
        return ok(run=self._runs.acknowledge(sent["runId"]))

    async def _acknowledge_node(self, request: Request) -> Response:
        sent = await read_json(request, "nodeRunIdentifier")
        return ok(nodeRun=self._runs.acknowledge(sent["nodeRunIdentifier"]))

    async def _find(
        self,
        external_run_id: str | None = None,
        action: str | None = None,
        active: bool = False,
        limit: int = 100,
        next: int = 0,
    ) -> Response:
        """Answer in pages: https://docs.port.io/api-reference/get-all-action-runs/"""
        found = self._runs.listed(external_run_id, action, active=active)
        end = next + min(limit, self._runs.largest_page)
        more = {"next": str(end)} if end < len(found) else {}
        return ok(runs=found[next:end], **more)

    async def _find_nodes(self, external_run_id: str) -> Response:
        return ok(nodeRuns=self._runs.listed(external_run_id, nodes=True))

    async def _get(self, id: str) -> Response:
        return ok(run=self._runs.get(id).shown)

    async def _change(self, request: Request, id: str) -> Response:
        return ok(run=self._runs.change(id, await read_json(request)))

    async def _log(self, request: Request, id: str) -> Response:
        sent = await read_json(request, "message")
        self._runs.get(id).say(sent["message"])
        return ok(201)

    async def _log_many(self, request: Request, id: str) -> Response:
        sent = await read_json(request, "logs")
        for one in sent["logs"]:
            self._runs.get(id).say(one["message"])
        return ok(201)

    async def _show_logs(self, id: str, limit: int = 50) -> Response:
        run = self._runs.get(id)
        lines = zip(run.logs, run.log_times, strict=True)
        shown = [{"message": text, "createdAt": at} for text, at in lines]
        return ok(runLogs=shown[::-1][:limit])
