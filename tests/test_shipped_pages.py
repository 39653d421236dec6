"""The pages and scorecards that are shipped fit the blueprints, and Port's formats."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from port_ocean.core.defaults.common import get_port_integration_defaults

from integration import JiraOctopusPortAppConfig
from sandbox.port.documents import page_problems, scorecard_problems


def load(name: str) -> Any:
    return json.loads(Path(f".port/resources/{name}.json").read_text("utf-8"))


BLUEPRINTS = {blueprint["identifier"]: blueprint for blueprint in load("blueprints")}
PAGES, SCORECARDS = load("pages"), load("scorecards")
BOARDS = [board for page in PAGES for board in page["widgets"]]
WIDGETS = [widget for board in BOARDS for widget in board["widgets"]]
CARDS = [(preset["blueprint"], one) for preset in SCORECARDS for one in preset["data"]]
# As other integrations ship them: docs of Port tell less than it takes.
PAGE = {
    *("identifier", "title", "icon", "type", "section", "showInSidebar", "protected"),
    *("requiredQueryParams", "description", "widgets"),
}
OF_ALL = {"id", "type", "title", "description", "icon"}
OF_TYPE = {
    "markdown": {"markdown"},
    "entities-pie-chart": {"property", "dataset"},
    "entities-number-chart": {"blueprint", "calculationBy", "func", "unit", "dataset"},
    "table-entities-explorer": {"displayMode", "dataset", "blueprintConfig"},
}
CARD = {"identifier", "title", "levels", "filter", "rules"}
AGGREGATION = {
    *("title", "description", "icon", "type", "target", "calculationSpec", "query"),
    "pathFilter",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["identifier"])
def test_a_page_names_only_what_there_is(page: Any) -> None:
    assert page.keys() == PAGE
    assert list(page_problems(page, BLUEPRINTS)) == []


@pytest.mark.parametrize("widget", WIDGETS, ids=lambda widget: widget["id"])
def test_a_widget_has_the_form_of_its_type(widget: Any) -> None:
    assert widget.keys() == OF_ALL | OF_TYPE[widget["type"]]


def test_widgets_show_scorecards_that_are_shipped() -> None:
    named = [w.get("property", "").split("#") for w in WIDGETS]
    cards = {card["identifier"] for _, card in CARDS}
    assert {name[1] for name in named if name[0] == "scorecard"} <= cards
    assert {name[0] for name in named} == {"", "property", "scorecard"}
    assert len({widget["id"] for widget in WIDGETS}) == len(WIDGETS)


@pytest.mark.parametrize(("blueprint", "card"), CARDS, ids=lambda one: str(one)[:40])
def test_a_scorecard_names_only_what_there_is(blueprint: str, card: Any) -> None:
    assert card.keys() == CARD
    assert list(scorecard_problems(card, BLUEPRINTS[blueprint])) == []
    rules = [rule["identifier"] for rule in card["rules"]]
    assert len(set(rules)) == len(rules)


def test_the_framework_reads_them() -> None:
    defaults = get_port_integration_defaults(JiraOctopusPortAppConfig)
    assert defaults is not None
    assert defaults.pages == PAGES
    assert [preset["blueprint"] for preset in defaults.scorecards] == [
        "octopusProject",
        "jiraProject",
    ]


def _rename_property(page: Any) -> None:
    widget = page["widgets"][0]["widgets"][-1]
    widget["dataset"]["rules"][-1]["property"] = "gone"


def _rename_column(page: Any) -> None:
    widget = page["widgets"][0]["widgets"][-1]
    widget["blueprintConfig"]["jiraIssue"]["propertiesSettings"]["shown"] = ["gone"]


def _rename_blueprint(page: Any) -> None:
    page["widgets"][0]["widgets"][1]["dataset"][0]["value"] = "gone"


def _forget_layout(page: Any) -> None:
    page["widgets"][0]["layout"].pop()


def _widen(page: Any) -> None:
    page["widgets"][0]["layout"][0]["columns"][0]["size"] = 9


@pytest.mark.parametrize(
    "spoil",
    [_rename_property, _rename_column, _rename_blueprint, _forget_layout, _widen],
)
def test_a_page_that_does_not_fit_is_found(spoil: Callable[[Any], None]) -> None:
    page = copy.deepcopy(PAGES[0])
    spoil(page)
    assert list(page_problems(page, BLUEPRINTS)) != []


@pytest.mark.parametrize("change", [{"level": "Platinum"}, {"level": "Basic"}])
def test_a_scorecard_that_does_not_fit_is_found(change: Any) -> None:
    blueprint, card = CARDS[0]
    rules = [{**card["rules"][0], **change}]
    wrong = {**card, "rules": rules}
    assert list(scorecard_problems(wrong, BLUEPRINTS[blueprint])) != []
    assert list(scorecard_problems(card, BLUEPRINTS["jiraUser"])) != []


@pytest.mark.parametrize("blueprint", BLUEPRINTS.values(), ids=list(BLUEPRINTS))
def test_aggregations_have_the_form_that_port_takes(blueprint: Any) -> None:
    """A calculation may read what is stored and aggregated, not calculated."""
    for name, spec in blueprint["aggregationProperties"].items():
        assert spec.keys() <= AGGREGATION, name
        assert spec["type"] == "number"
        func, by = (spec["calculationSpec"][key] for key in ("func", "calculationBy"))
        assert (func == "count") == (by == "entities"), name
        assert len(spec["pathFilter"]) == 1
    for name, spec in blueprint["calculationProperties"].items():
        for other in blueprint["calculationProperties"]:
            assert f".{other} " not in spec["calculation"], name
