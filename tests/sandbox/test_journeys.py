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
    port.store.upsert(blueprint, sent, "test", Options(create_missing=True))


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


def test_production_counts_from_the_first_good_deployment(port: PortSandbox) -> None:
    put(port, "octopusRelease", "Releases-1", {}, issues=["SHOP-1"])
    deploy(port, STAGING, 101, "Success", "SHOP-1")
    deploy(port, PRODUCTION, 102, "Failed", "SHOP-1")
    deploy(port, PRODUCTION, 110, "Success", "SHOP-1")
    deploy(port, PRODUCTION, 120, "Success", "SHOP-1")

    found = shown(port)

    assert found["releases"] == 1
    assert found["furthestStage"] == "Production"
    assert found["inProductionSince"] == "1970-01-05T14:00:00Z"
    assert found["leadTimeHours"] == 10
    assert journey(port, "SHOP-1") == [
        "SHOP-1 SHOP-1",
        "Done, Production",
        "Releases-1",
        "Production, Staging",
        "10.0 h",
    ]


def test_a_failed_deployment_brings_an_issue_nowhere(port: PortSandbox) -> None:
    deploy(port, DEVELOPMENT, 101, "Success", "SHOP-1")
    deploy(port, PRODUCTION, 102, "Failed", "SHOP-1")

    found = shown(port)

    assert found["furthestStage"] == "Development"
    assert found["inProductionSince"] is None
    assert found["leadTimeHours"] is None
    assert journey(port, "SHOP-1") is None


def test_deployments_of_others_do_not_count(port: PortSandbox) -> None:
    put(port, "octopusRelease", "Releases-1", {}, issues=["SHOP-1", "SHOP-2"])
    deploy(port, PRODUCTION, 102, "Success", "SHOP-2")

    assert shown(port)["furthestStage"] is None
