"""What Port knows of installed integrations: mapping, state, cursors, requests."""

from collections import deque
from dataclasses import dataclass, field
from uuid import uuid4

from sandbox.port.model import Item, Rejected, now

# Log records kept; the oldest go first.
LOG_RECORDS = 10_000


@dataclass
class Integrations:
    """The installed integrations and what they report of themselves."""

    known: dict[str, Item] = field(default_factory=dict)
    resync_requests: dict[str, Item] = field(default_factory=dict)
    # By integration, kind and index of the mapping.
    cursors: dict[tuple[str, str, str], Item] = field(default_factory=dict)
    # By integration and kind.
    examples: dict[tuple[str, str], list[Item]] = field(default_factory=dict)
    # The latest report of each kind and of the resync as a whole.
    metrics: dict[str, Item] = field(default_factory=dict)
    probes: dict[str, Item] = field(default_factory=dict)
    # Raw data and the progress of resyncs that Port is to map by itself.
    lake: list[Item] = field(default_factory=list)
    lifecycles: dict[str, list[Item]] = field(default_factory=dict)
    logs: deque[Item] = field(default_factory=lambda: deque(maxlen=LOG_RECORDS))

    def create(self, sent: Item, base_url: str) -> Item:
        """Install an integration that sends its logs and metrics to `base_url`."""
        identifier = sent["installationId"]
        if identifier in self.known:
            raise Rejected(409, "identifier_taken", f"{identifier!r} is installed")
        created = now()
        self.known[identifier] = {
            "config": {},
            **sent,
            "identifier": identifier,
            "_id": f"integration_{uuid4().hex}",
            "integrationType": "Ocean",
            "installationType": "OnPrem",
            "_orgId": "org_sandbox",
            "resyncState": {},
            "logAttributes": {"ingestUrl": f"{base_url}/ingest/logs"},
            "metricAttributes": {"ingestUrl": f"{base_url}/ingest/metrics"},
            "ingestAttributes": {"ingestUrl": f"{base_url}/ingest/data"},
            "createdAt": created,
            "updatedAt": created,
        }
        return self.known[identifier]

    def get(self, identifier: str) -> Item:
        """Return an integration."""
        if identifier not in self.known:
            raise Rejected(404, "not_found", f"no integration {identifier!r}")
        return self.known[identifier]

    def patch(self, identifier: str, sent: Item) -> Item:
        """Change the settings of an integration."""
        integration = self.get(identifier)
        integration |= {**sent, "updatedAt": now()}
        return integration

    def patch_config(self, identifier: str, sent: Item, *, resync: bool) -> Item:
        """Change the mapping; a different one asks for a resync."""
        is_new = self.get(identifier)["config"] != sent["config"]
        if is_new and resync:
            self.request_resync(identifier)
        return self.patch(identifier, {"config": sent["config"]})

    def patch_resync_state(self, identifier: str, sent: Item) -> Item:
        """Remember how far the resync is."""
        integration = self.get(identifier)
        state = {**integration["resyncState"], **sent, "updatedAt": now()}
        integration["resyncState"] = state
        return integration

    def keep_metrics(self, metrics: list[Item]) -> None:
        """Remember the latest report of each kind; the last that came is the last."""
        for metric in metrics:
            self.metrics.pop(metric["kindIdentifier"], None)
            self.metrics[metric["kindIdentifier"]] = metric

    def latest_metrics(self, internal_id: str) -> list[Item]:
        """Return what an integration, if there is one, reported of its last resync."""
        names = [i for i, one in self.known.items() if one["_id"] == internal_id]
        own = [m for m in self.metrics.values() if m["integrationIdentifier"] in names]
        return [metric for metric in own if metric["eventId"] == own[-1]["eventId"]]

    def request_resync(self, identifier: str) -> Item:
        """Ask an integration for a resync, as the button in Port does."""
        self.get(identifier)
        self.resync_requests[identifier] = {"updatedAt": now()}
        return self.resync_requests[identifier]

    def delete(self, identifier: str) -> None:
        """Forget an integration; its entities stay."""
        self.get(identifier)
        del self.known[identifier]
        self.resync_requests.pop(identifier, None)
