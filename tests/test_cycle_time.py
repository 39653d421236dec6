"""The clock from the start of the work, by the samples of docs/delivery.md."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.port.store import Options, Store
from tests.test_project_figures import store
from tests.test_samples import blocks, resources

__all__ = ["store"]

PAGE = Path("docs/delivery.md")
HOUR = 3600.0


def sample(name: str) -> Any:
    found = map(json.loads, blocks(PAGE, "json"))
    return next(one for one in found if name in one)


@pytest.mark.parametrize(
    ("started", "arrived", "hours"),
    [(10 * HOUR, 14.25 * HOUR, 4.3), (None, HOUR, None), (HOUR, None, None)],
)
def test_the_cycle_time_is_from_the_start_to_production(
    store: Store, started: float | None, arrived: float | None, hours: float | None
) -> None:
    known = store.blueprints["jiraIssue"]
    schema = known["schema"]
    added = {**schema["properties"], **sample("workStarted")}
    calculated = {**known["calculationProperties"], **sample("cycleTimeHours")}
    schema = {**schema, "properties": added}
    store.put_blueprint(
        {**known, "schema": schema, "calculationProperties": calculated}
    )
    times = {"workStartedTimestamp": started, "firstInProductionTimestamp": arrived}
    own = {name: value for name, value in times.items() if value is not None}
    entity = {"identifier": "SHOP-1", "properties": own, "relations": {}}
    store.upsert("jiraIssue", entity, "", Options(create_missing=True))

    shown = store.calculator.shown(store.get("jiraIssue", "SHOP-1"))

    assert shown["properties"]["cycleTimeHours"] == hours


def test_the_mapping_fills_what_is_added_to_the_blueprint() -> None:
    (mapping,) = (one for one in resources(PAGE) if "changelog" in one["kind"])
    filled = mapping["port"]["entity"]["mappings"]["properties"]

    assert filled.keys() == sample("workStarted").keys()
