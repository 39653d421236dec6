"""The figures of a kind for Port, made of that kind's samples only.

After each kind, and whenever its state changes, the framework writes the samples of
all kinds as text, parses that, and throws away what is of other kinds: a third of the
CPU of a small resync of forty kinds. What Port gets stays the same.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Self

from port_ocean.helpers.metric.metric import Metrics
from port_ocean.ocean import Ocean
from prometheus_client import CollectorRegistry, Metric


class OfKind(CollectorRegistry):
    """A view of a registry with the samples of one kind."""

    def __init__(self, registry: CollectorRegistry, kind: str) -> None:
        super().__init__()
        self._registry, self._kind = registry, kind

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics that have samples of the kind."""
        for metric in self._registry.collect():
            own = [s for s in metric.samples if s.labels.get("kind") == self._kind]
            if own:
                yield _with(metric, own)


class SyncMetrics(Metrics):
    """The framework's metrics; the figures of a kind don't cost those of all."""

    @classmethod
    def replace_in(cls, app: Ocean) -> Self:
        """Put metrics in the place of those that the framework has made."""
        old = app.metrics
        metrics = cls(
            old.metrics_settings, old.integration_configuration, old.port_client
        )
        metrics.execution_mode = old.execution_mode
        metrics.installation_type = old.installation_type
        app.metrics = metrics
        return metrics

    def generate_metrics(
        self,
        metric_name: str | None = None,
        kind: str | None = None,
        blueprint: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return what Port gets of a kind, or of all kinds."""
        whole = self.registry
        if kind:
            self.registry = OfKind(whole, kind)
        try:
            return super().generate_metrics(metric_name, kind, blueprint)
        finally:
            self.registry = whole


def _with(metric: Metric, samples: Iterable[Any]) -> Metric:
    copy = Metric(metric.name, metric.documentation, metric.type, metric.unit)
    copy.samples = list(samples)
    return copy
