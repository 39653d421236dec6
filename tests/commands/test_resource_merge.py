"""What is missing is added, and what people changed stays."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.resource_merge import (
    blueprint_change,
    fits,
    page_change,
    scorecard_change,
    unmapped,
)

RESOURCES = Path(".port/resources")
BLUEPRINTS = json.loads((RESOURCES / "blueprints.json").read_text("utf-8"))
PAGE = json.loads((RESOURCES / "pages.json").read_text("utf-8"))[0]
CARD = json.loads((RESOURCES / "scorecards.json").read_text("utf-8"))[0]["data"][0]
MAPPING = yaml.safe_load((RESOURCES / "port-app-config.yml").read_text("utf-8"))
DEPLOYMENT = next(b for b in BLUEPRINTS if b["identifier"] == "octopusDeployment")


@pytest.mark.parametrize("blueprint", BLUEPRINTS, ids=lambda b: b["identifier"])
def test_what_is_as_it_was_made_needs_nothing(blueprint: Any) -> None:
    kept = {**blueprint, "createdAt": "2026-01-01T00:00:00.000Z"}
    for relation in kept["relations"].values():
        relation["description"] = None
    change = blueprint_change(blueprint, kept)
    assert (change.is_needed, list(change.lines())) == (False, [])


def test_an_older_blueprint_gets_what_it_lacks_and_keeps_the_rest() -> None:
    older = copy.deepcopy(DEPLOYMENT)
    del older["schema"]["properties"]["leadTimeHours"]
    del older["relations"]["tenant"]
    older["schema"]["properties"]["own"] = {"type": "string", "title": "Ours"}
    older["title"] = "Rollout"
    older["schema"]["required"] = ["state"]

    change = blueprint_change(DEPLOYMENT, older)

    assert change.added == ["property leadTimeHours", "relation tenant"]
    made = change.document
    assert made["title"] == "Rollout"
    assert made["schema"]["required"] == ["state"]
    assert {"own", "leadTimeHours"} <= made["schema"]["properties"].keys()
    assert made["relations"]["tenant"] == DEPLOYMENT["relations"]["tenant"]
    assert "  blueprint octopusDeployment:" in change.lines()
    assert blueprint_change(DEPLOYMENT, made).is_needed is False


def test_what_people_changed_stays_and_is_told() -> None:
    other = copy.deepcopy(DEPLOYMENT)
    other["schema"]["properties"]["stage"]["title"] = "Phase"

    change = blueprint_change(DEPLOYMENT, other)

    assert not change.is_needed
    assert change.stays == ["property stage is another one, and stays as it is"]
    assert change.document["schema"]["properties"]["stage"]["title"] == "Phase"


def test_what_was_calculated_before_is_not_made_a_property_beside_it() -> None:
    other = copy.deepcopy(DEPLOYMENT)
    spec = {"title": "Lead time", "type": "number", "calculation": "1"}
    del other["schema"]["properties"]["leadTimeHours"]
    other["calculationProperties"]["leadTimeHours"] = spec

    change = blueprint_change(DEPLOYMENT, other)

    assert not change.is_needed
    assert "leadTimeHours is a calculation in Port" in change.stays[0]


def test_a_scorecard_gets_new_rules_only() -> None:
    older = copy.deepcopy(CARD)
    gone, changed = older["rules"].pop(), older["rules"][0]
    changed["level"] = "Gold"

    change = scorecard_change("octopusProject", CARD, older)

    assert change.added == [f"rule {gone['identifier']}"]
    assert change.document["rules"][0]["level"] == "Gold"
    assert len(change.stays) == 1
    older["levels"] = [{"color": "red", "title": "Bad"}]
    assert scorecard_change("octopusProject", CARD, older).added == []


def test_a_page_gets_new_widgets_below_its_own() -> None:
    older = copy.deepcopy(PAGE)
    board = older["widgets"][0]
    lost = board["widgets"].pop()
    board["layout"] = [{"height": 100, "columns": [{"id": "mine", "size": 12}]}]
    board["widgets"][0]["markdown"] = "Our own words"

    change = page_change(PAGE, older)

    made = change.document["widgets"][0]
    assert change.added == [f"widget {lost['id']}: {lost['title']}"]
    assert made["widgets"][-1] == lost
    assert made["widgets"][0]["markdown"] == "Our own words"
    assert made["layout"][0] == board["layout"][0]
    assert [c["id"] for c in made["layout"][1]["columns"]] == [lost["id"]]
    assert len(change.stays) == 1


def test_a_page_keeps_widgets_that_have_no_id() -> None:
    older = copy.deepcopy(PAGE)
    own = [{"type": "markdown", "markdown": text} for text in ("One", "Two")]
    older["widgets"] = [own[0], *older["widgets"], own[1]]
    older["widgets"][1]["widgets"].pop()

    change = page_change(PAGE, older)

    assert change.is_needed
    assert [change.document["widgets"][i] for i in (0, -1)] == own


def test_a_page_that_people_have_built_anew_is_left_alone() -> None:
    change = page_change(PAGE, {"identifier": PAGE["identifier"], "widgets": []})
    assert not change.is_needed
    assert "it was rebuilt" in change.stays[0]


def test_what_is_not_there_is_created() -> None:
    for change in (
        blueprint_change(DEPLOYMENT, None),
        scorecard_change("octopusProject", CARD, None),
        page_change(PAGE, None),
    ):
        assert change.is_new
        assert next(change.lines()).endswith(": is created")


def test_an_older_mapping_is_told_what_it_lacks() -> None:
    ours = MAPPING["resources"]
    assert list(unmapped(ours, ours)) == []
    older = [copy.deepcopy(r) for r in ours if r["kind"] != "octopus-issue-delivery"]
    for resource in older:
        resource["port"]["entity"]["mappings"]["properties"].pop("leadTimeHours", None)
    assert list(unmapped(ours, older)) == [
        "octopus-deployment lacks leadTimeHours",
        "octopus-issue-delivery is not mapped",
    ]


@pytest.mark.parametrize(
    ("wanted", "found", "is_fine"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({"a": []}, {}, True),
        ({"a": [1]}, {"a": [1, 2]}, False),
        ({"a": {"b": 1}}, {"a": None}, False),
    ],
)
def test_what_port_adds_by_itself_is_no_change(
    wanted: Any, found: Any, is_fine: bool
) -> None:
    assert fits(wanted, found) is is_fine
