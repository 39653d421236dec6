"""Port gets the same figures of a kind, for a fraction of the work."""

from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.helpers.metric.metric import Metrics
from prometheus_client import CollectorRegistry

from framework.sync_metrics import SyncMetrics

KINDS = ["jira-issue-0", "jira-issue-1", 'quo"ted\\\n-0', "__runtime__"]


def filled(made_of: type[Metrics]) -> Metrics:
    """Return metrics with samples of every kind."""
    installation: Any = SimpleNamespace(type="jira-octopus", identifier="ours")
    settings: Any = SimpleNamespace(enabled=True)
    port: Any = None
    metrics = made_of(settings, installation, port)
    for number, kind in enumerate(KINDS):
        for gauge in metrics.metrics.values():
            labels = {n: kind if n == "kind" else n for n in gauge._labelnames}
            gauge.labels(**labels).set(number * 1e9 + 0.1)
    return metrics


@pytest.mark.parametrize("kind", [*KINDS, "jira-issue", None])
@pytest.mark.parametrize("name", [None, "duration_seconds"])
def test_the_figures_are_the_framework_s(kind: str | None, name: str | None) -> None:
    expected = filled(Metrics).generate_metrics(name, kind, "jiraIssue")
    metrics = filled(SyncMetrics)

    assert metrics.generate_metrics(name, kind, "jiraIssue") == expected
    assert len(expected) == (len(KINDS) if kind is None else kind in KINDS)
    assert metrics.generate_latest() == filled(Metrics).generate_latest()


def test_what_is_written_as_text_is_of_one_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    metrics, written = filled(SyncMetrics), []

    def generate(registry: CollectorRegistry) -> bytes:
        written.append(
            {s.labels["kind"] for m in registry.collect() for s in m.samples}
        )
        return b"# EOF\n"

    module = "prometheus_client.openmetrics.exposition.generate_latest"
    monkeypatch.setattr(module, generate)
    metrics.generate_metrics(kind=KINDS[0])

    assert written == [{KINDS[0]}]


def test_what_the_framework_has_set_stays() -> None:
    old = filled(Metrics)
    old.execution_mode, old.installation_type = "single_process", "OnPrem"
    app: Any = SimpleNamespace(metrics=old)
    metrics = SyncMetrics.replace_in(app)

    assert app.metrics is metrics
    assert metrics.registry is not old.registry
    kept = ("execution_mode", "installation_type", "integration_configuration")
    for name in (*kept, "metrics_settings", "port_client"):
        assert getattr(metrics, name) == getattr(old, name), name
