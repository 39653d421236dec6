"""What Port knows of installed integrations: mapping, state, cursors, requests."""

from collections import deque
from dataclasses import dataclass, field

from sandbox.port.model import Item

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
