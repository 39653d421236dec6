"""The delivery figures of a project, as Port makes them by the default blueprints."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.types import Item
from sandbox.port.store import Options, Store

BLUEPRINTS = json.loads(Path(".port/resources/blueprints.json").read_text("utf-8"))
NOW = datetime.now(UTC)


@pytest.fixture
def store() -> Store:
    """Return Port with the default blueprints: first bare ones, then whole ones."""
    store = Store()
    for parts in ((), ("relations",), ("aggregationProperties",)):
        for blueprint in BLUEPRINTS:
            bare: Item = {"relations": {}, "aggregationProperties": {}}
            whole = {part: blueprint[part] for part in ("relations", *parts) if parts}
            store.put_blueprint({**blueprint, **bare, **whole})
    return store


def deploy(store: Store, number: int, days_ago: float, **properties: Any) -> None:
    """Put a deployment to production of one project into the catalog."""
    completed = (NOW - timedelta(days=days_ago)).isoformat()
    own = {"state": "Success", "isProduction": True, "isFailure": False}
    entity = {
        "identifier": f"Deployments-{number}",
        "properties": {**own, "completed": completed, **properties},
        "relations": {"project": "Projects-1"},
    }
    options = Options(create_missing=True)
    store.upsert("octopusDeployment", entity, "", options)


def figures(store: Store) -> Any:
    project = store.get("octopusProject", "Projects-1")
    return store.calculator.shown(project)["properties"]


def test_the_four_figures_of_a_project(store: Store) -> None:
    for number, days in enumerate((1, 8, 15, 22, 60), 1):
        deploy(store, number, days, leadTimeHours=10.0 * number, hasIssues=number > 1)
    failed = {"state": "Failed", "isFailure": True, "recoveryHours": 3.0}
    deploy(store, 6, 10, **failed)
    deploy(store, 7, 200, leadTimeHours=1000, hasIssues=True)
    deploy(store, 8, 1, isProduction=False, leadTimeHours=1)
    deploy(store, 9, 2, state="Canceled")

    found = figures(store)

    assert (found["successes30"], found["successes90"]) == (4, 5)
    assert found["deploymentsPerWeek30"] == 0.93
    assert found["deploymentsPerWeek90"] == 0.39
    assert (found["leadTimeHours30"], found["leadTimeHours90"]) == (25, 30)
    assert (found["failures90"], found["ended90"]) == (1, 6)
    assert (found["changeFailureRate30"], found["changeFailureRate90"]) == (20, 16.7)
    assert (found["recoveryHours30"], found["recoveryHours90"]) == (3, 3)
    assert found["issueCoverage90"] == 80
    assert found["deliveryBand"] == "Low"


@pytest.mark.parametrize(
    ("number", "lead", "failures", "recovery", "band"),
    [
        (90, 23, 0, None, "Elite"),
        (89, 23, 0, None, "High"),
        (90, 24, 0, None, "High"),
        (90, 23, 4, 0.5, "Elite"),
        (90, 23, 4, 2, "High"),
        (90, 23, 9, 0.5, "High"),
        (90, 23, 13, 0.5, "Medium"),
        (13, 200, 0, None, "Medium"),
        (4, 1, 0, None, "Medium"),
        (2, 1, 0, None, "Low"),
        (13, 800, 0, None, "Low"),
        (90, 23, 4, 200, "Low"),
    ],
)
def test_a_band_is_the_lowest_of_the_four(
    store: Store,
    number: int,
    lead: float,
    failures: int,
    recovery: float | None,
    band: str,
) -> None:
    for one in range(number):
        deploy(store, one, 5, leadTimeHours=lead)
    for one in range(failures):
        failed = {"state": "Failed", "isFailure": True, "recoveryHours": recovery}
        deploy(store, 1000 + one, 5, **failed)
    assert figures(store)["deliveryBand"] == band


def test_a_project_without_deployments_to_production_has_no_band(store: Store) -> None:
    deploy(store, 1, 5, isProduction=False)
    found = figures(store)
    assert found["deploymentsPerWeek90"] == 0
    assert found["deliveryBand"] is None
    assert found["changeFailureRate90"] is None
