"""What became of live events, in figures that `/metrics` shows."""

from prometheus_client import CollectorRegistry, Counter, Gauge

REFUSED = Counter(
    "port_refused_entities",
    "Entities that Port refuses for good",
    ["blueprint"],
    registry=None,
)
WAITING = Gauge(
    "live_events_waiting_for_retry",
    "Events whose objects could not be read or written yet",
    registry=None,
)
DROPPED = Counter(
    "live_events_dropped",
    "Events that waited for a retry when there was no more room",
    registry=None,
)
TURNED_AWAY = Counter(
    "live_events_refused",
    "Posts to the paths of live events that were refused at the door",
    ["path", "reason"],
    registry=None,
)


def expose(registry: CollectorRegistry) -> None:
    """Have a registry show these figures."""
    for metric in (REFUSED, WAITING, DROPPED, TURNED_AWAY):
        registry.register(metric)
