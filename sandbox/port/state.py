"""All that the stand-in remembers, in one place."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.faults import Faults
from sandbox.port.aggregation_limits import AggregationLimits
from sandbox.port.integrations import Integrations
from sandbox.port.model import Item
from sandbox.port.runs import ActionRuns
from sandbox.port.store import Store


@dataclass
class State:
    """The catalog, the integrations, and what was asked."""

    feature_flags: list[str] = field(default_factory=list)
    # As Port is; a test may set `limits` to None.
    store: Store = field(default_factory=lambda: Store(limits=AggregationLimits()))
    integrations: Integrations = field(default_factory=Integrations)
    runs: ActionRuns = field(default_factory=ActionRuns)
    # Scorecards, pages and actions, by where they belong.
    documents: dict[str, list[Item]] = field(default_factory=dict)
    # By method and route.
    requests: Counter[str] = field(default_factory=Counter)
    # By route: the addresses of those who asked, one for each connection.
    callers: dict[str, set[Any]] = field(default_factory=lambda: defaultdict(set))
    unknown_routes: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)

    def snapshot(self) -> dict[str, Any]:
        """Return everything that a test may want to know."""
        store, integrations = self.store, self.integrations
        shown = store.calculator.shown
        return {
            "blueprints": store.blueprints,
            "entities": {
                name: {identifier: shown(entity) for identifier, entity in all_.items()}
                for name, all_ in store.entities.items()
            },
            "integrations": integrations.known,
            "documents": self.documents,
            "upserts": store.upserts,
            "changes": store.changes,
            "deletes": store.deletes,
            "errors": store.errors,
            "unmet": store.unmet,
            "unknown_routes": self.unknown_routes,
            "requests": self.requests.total(),
            "requests_by_route": self.requests,
            "metrics": integrations.metrics,
            "probes": integrations.probes,
        }

    def counts(self) -> dict[str, Any]:
        """Return what can be told without looking at each entity."""
        store, known = self.store, self.integrations.known
        return {
            "entities": {name: len(all_) for name, all_ in store.entities.items()},
            "upserts": store.upserts,
            "changes": store.changes,
            "deletes": store.deletes,
            "errors": len(store.errors),
            "unmet": len(store.unmet),
            "first_upsert_at": store.first_upsert_at,
            "unknown_routes": self.unknown_routes,
            "requests": self.requests.total(),
            "resyncs": {name: one["resyncState"] for name, one in known.items()},
        }

    def reset(self) -> None:
        """Forget everything but the feature flags."""
        fresh = State(self.feature_flags)
        for part in fields(self):
            setattr(self, part.name, getattr(fresh, part.name))
