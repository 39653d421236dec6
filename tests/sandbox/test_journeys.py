"""The default blueprints tell how far an issue came, since when, and how fast."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.journeys import journey
from sandbox.port import PortSandbox
from sandbox.port.store import Options

BLUEPRINTS = Path(".port/resources/blueprints.json")
CALCULATED = ("relations", "mirrorProperties", "calculationProperties")
HOUR = 3600
DEVELOPMENT, STAGING, PRODUCTION = (1, "Development"), (3, "Staging"), (4, "Production")


@pytest.fixture
def port() -> PortSandbox:
    """Return a catalog with the default blueprints and one issue."""
    port = PortSandbox()
    blueprints = json.loads(BLUEPRINTS.read_text("utf-8"))
    leave_out = (*CALCULATED, "aggregationProperties")
    for blueprint in blueprints:
        bare = {k: v for k, v in blueprint.items() if k not in leave_out}
        port.store.put_blueprint(bare)
    for blueprint in blueprints:
        port.store.put_blueprint(blueprint)
    put(port, "jiraIssue", "SHOP-1", {"createdTimestamp": 100 * HOUR, "status": "Done"})
    return port


def put(
    port: PortSandbox, blueprint: str, id_: str, properties: Any, **relations: Any
) -> None:
    sent = {"identifier": id_, "title": id_, "properties": properties}
    sent["relations"] = relations
    options = Options(create_missing=True, merge=True)
    port.store.upsert(blueprint, sent, "test", options)


def deploy(
    port: PortSandbox, stage: tuple[int, str], hour: int, state: str, *issues: str
) -> None:
    number, name = stage
    properties = {
        "state": state,
        "stageNumber": number,
        "environmentName": name,
        "completedTimestamp": hour * HOUR,
    }
    put(
        port,
        "octopusDeployment",
        f"Deployments-{hour}",
        properties,
        issues=list(issues),
        release="Releases-1",
    )


def shown(port: PortSandbox) -> dict[str, Any]:
    issue = port.entities["jiraIssue"]["SHOP-1"]
    properties: dict[str, Any] = port.store.calculator.shown(issue)["properties"]
    return properties


def test_a_row_tells_the_way_of_an_issue_in_production(port: PortSandbox) -> None:
    put(port, "octopusRelease", "Releases-1", {}, issues=["SHOP-1"])
    put(port, "octopusRelease", "Releases-2", {}, issues=["SHOP-2"])
    deploy(port, STAGING, 101, "Success", "SHOP-1")
    deploy(port, PRODUCTION, 102, "Failed", "SHOP-1")
    deploy(port, PRODUCTION, 110, "Success", "SHOP-1")
    deploy(port, DEVELOPMENT, 120, "Success", "SHOP-2")
    put(
        port,
        "jiraIssue",
        "SHOP-1",
        {
            "deliveryState": "in production",
            "firstInProductionAt": "1970-01-05T14:00:00.000+00:00",
            "firstInProductionTimestamp": 110 * HOUR,
        },
    )

    assert journey(port, "SHOP-1") == [
        "SHOP-1 SHOP-1",
        "Done, in production",
        "Releases-1",
        "Production, Staging",
        "10.0 h",
    ]
    assert journey(port, "SHOP-2") is None


def test_without_production_there_is_no_lead_time(port: PortSandbox) -> None:
    assert shown(port)["leadTimeHours"] is None
    assert journey(port, "SHOP-1") is None
