"""The routes of the organization, of integrations and of what they report."""

from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from sandbox.port.integrations import Integrations
from sandbox.port.model import Item, Rejected, now
from sandbox.port.wire import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    TOKEN_PATH,
    Routes,
    Row,
    ok,
    read_json,
)

ORGANIZATION = "org_sandbox"
TOKEN_SECONDS = 3 * 60 * 60
_ONE = "/v1/integration/{id}"
_METRICS = "/ingest/metrics"


class IntegrationRoutes(Routes):
    """Serve the integrations of a state."""

    @property
    def _known(self) -> Integrations:
        return self._state.integrations

    def _rows(self) -> tuple[Row, ...]:
        kind_metric = _METRICS + "/syncMetrics/resync/{event}/kind/{kind}"
        return (
            ("POST", TOKEN_PATH, self._sign_in),
            ("GET", "/v1/organization", self._organization),
            ("GET", "/v1/integration/provision-enabled", self._provisioned),
            ("POST", "/v1/integration", self._create),
            ("GET", _ONE, self._get),
            ("PATCH", _ONE, self._patch),
            ("DELETE", _ONE, self._delete),
            ("PATCH", _ONE + "/config", self._patch_config),
            ("PATCH", _ONE + "/resync-state", self._patch_resync_state),
            ("GET", _ONE + "/resync-request", self._get_resync_request),
            ("POST", _ONE + "/resync-request", self._request_resync),
            ("GET", _ONE + "/syncMetrics", self._get_metrics),
            ("GET", _ONE + "/cursor", self._get_cursor),
            ("PUT", _ONE + "/cursor", self._save_cursor),
            ("POST", _ONE + "/cursor", self._save_cursor),
            ("POST", _ONE + "/kinds/{kind}/examples", self._keep_examples),
            ("PATCH", "/v1/org/{org}/integration/probe/{id}", self._keep_probe),
            ("POST", "/v1/lifecycle/{event}", self._keep_lifecycle),
            ("POST", "/v1/lifecycle/{event}/{part}", self._keep_lifecycle),
            ("GET", "/v1/lifecycle/{event}", self._get_lifecycle),
            ("POST", "/ingest/logs", self._keep_logs),
            ("POST", _METRICS + "/syncMetrics", self._keep_metrics),
            ("PUT", kind_metric, self._keep_metric),
            ("POST", _METRICS + "/heartbeat", self._heartbeat),
            ("POST", "/ingest/data/lake/write/{rest:path}", self._keep_raw),
        )

    async def _sign_in(self, request: Request) -> Response:
        sent = await read_json(request, "clientId", "clientSecret")
        if (sent["clientId"], sent["clientSecret"]) != (CLIENT_ID, CLIENT_SECRET):
            raise Rejected(401, "unauthorized", "the credentials are wrong")
        token = {"accessToken": TOKEN, "expiresIn": TOKEN_SECONDS}
        return ok(**token, tokenType="Bearer")

    async def _organization(self) -> Response:
        flags = self._state.feature_flags
        return ok(organization={"id": ORGANIZATION, "featureFlags": flags})

    async def _provisioned(self) -> Response:
        """Tell that Port creates no resources by itself, so the framework does."""
        return ok(integrations=[])

    def _installed(self, id: str) -> Item:
        if id not in self._known.known:
            raise Rejected(404, "not_found", f"no integration {id!r}")
        return self._known.known[id]

    def _changed(self, id: str, sent: Item) -> Response:
        integration = self._installed(id)
        integration |= {**sent, "updatedAt": now()}
        return ok(integration=integration)

    def _asked_to_resync(self, id: str) -> Item:
        self._installed(id)
        self._known.resync_requests[id] = {"updatedAt": now()}
        return self._known.resync_requests[id]

    async def _create(self, request: Request) -> Response:
        """Install an integration that sends its logs and metrics here."""
        sent = await read_json(request, "installationId", "installationAppType")
        id, created = sent["installationId"], now()
        if id in self._known.known:
            raise Rejected(409, "identifier_taken", f"{id!r} is installed")
        ingest = f"{str(request.base_url).rstrip('/')}/ingest"
        self._known.known[id] = {
            "config": {},
            **sent,
            "identifier": id,
            "_id": f"integration_{uuid4().hex}",
            "integrationType": "Ocean",
            "installationType": "OnPrem",
            "_orgId": ORGANIZATION,
            "resyncState": {},
            "logAttributes": {"ingestUrl": f"{ingest}/logs"},
            "metricAttributes": {"ingestUrl": f"{ingest}/metrics"},
            "ingestAttributes": {"ingestUrl": f"{ingest}/data"},
            "createdAt": created,
            "updatedAt": created,
        }
        return ok(201, integration=self._known.known[id])

    async def _get(self, id: str) -> Response:
        return ok(integration=self._installed(id))

    async def _patch(self, request: Request, id: str) -> Response:
        return self._changed(id, await read_json(request))

    async def _delete(self, id: str) -> Response:
        """Forget an integration; its entities stay."""
        self._installed(id)
        del self._known.known[id]
        self._known.resync_requests.pop(id, None)
        return ok()

    async def _patch_config(self, request: Request, id: str) -> Response:
        """Change the mapping; a different one asks for a resync."""
        config = (await read_json(request, "config"))["config"]
        is_new = self._installed(id)["config"] != config
        if is_new and request.headers.get("x-skip-resync") != "true":
            self._asked_to_resync(id)
        return self._changed(id, {"config": config})

    async def _patch_resync_state(self, request: Request, id: str) -> Response:
        sent, integration = await read_json(request), self._installed(id)
        state = {**integration["resyncState"], **sent, "updatedAt": now()}
        integration["resyncState"] = state
        return ok(integration=integration)

    async def _get_resync_request(self, id: str) -> Response:
        return ok(request=self._known.resync_requests.get(id, {}))

    async def _request_resync(self, id: str) -> Response:
        """Ask for a resync, as the button in Port does."""
        return ok(request=self._asked_to_resync(id))

    async def _get_cursor(self, id: str, kind: str, index: str) -> Response:
        self._installed(id)
        return ok(cursor=self._known.cursors.get((id, kind, index)))

    async def _save_cursor(
        self, request: Request, id: str, kind: str, index: str
    ) -> Response:
        """Create a cursor by POST; PUT changes only one that is there."""
        self._installed(id)
        key = (id, kind, index)
        if request.method == "PUT" and key not in self._known.cursors:
            raise Rejected(404, "not_found", f"no cursor of {kind} {index}")
        self._known.cursors[key] = await read_json(request, "primary")
        return ok(cursor=self._known.cursors[key])

    async def _keep_examples(self, request: Request, id: str, kind: str) -> Response:
        sent = await read_json(request, "examples")
        self._known.examples[id, kind] = sent["examples"]
        return ok()

    async def _keep_probe(self, request: Request, id: str) -> Response:
        known = self._known.probes.get(id, {})
        self._known.probes[id] = {**known, **await read_json(request)}
        return ok()

    async def _keep_lifecycle(
        self, request: Request, event: str, part: str = "resync"
    ) -> Response:
        sent = {**await read_json(request, "status"), "part": part}
        self._known.lifecycles.setdefault(event, []).append(sent)
        return ok()

    async def _get_lifecycle(self, event: str) -> Response:
        steps = self._known.lifecycles.get(event, [])
        whole = [step["status"] for step in steps if step["part"] == "resync"]
        return ok(status=whole[-1] if whole else None)

    async def _keep_logs(self, request: Request) -> Response:
        self._known.logs.extend((await read_json(request, "logs"))["logs"])
        return ok()

    async def _keep_metrics(self, request: Request) -> Response:
        sent = await read_json(request, "syncKindsMetrics")
        self._known.keep_metrics(sent["syncKindsMetrics"])
        return ok()

    async def _keep_metric(self, request: Request) -> Response:
        sent = await read_json(request, "syncKindMetrics")
        self._known.keep_metrics([sent["syncKindMetrics"]])
        return ok()

    async def _get_metrics(self, id: str) -> Response:
        """Tell the latest resync; the id is the internal one, as Port documents."""
        metrics = self._known.latest_metrics(id)
        return ok(count=len(metrics), data=metrics)

    async def _heartbeat(self) -> Response:
        return ok()

    async def _keep_raw(self, request: Request) -> Response:
        self._known.lake.append(await read_json(request, "kind", "data"))
        return ok()
