"""What the default mapping makes of odd items of Jira."""

from pathlib import Path
from typing import Any

import jq
import pytest
import yaml

ROOT = Path(__file__).parents[2]
MAPPING = yaml.safe_load((ROOT / ".port/resources/port-app-config.yml").read_text())
ERASED = {"accountId": "unknown"}
PERSON = {"accountId": "5f"}


def relation(kind: str, name: str, item: dict[str, Any]) -> Any:
    """Return what a relation of the default mapping leads to."""
    resource = next(r for r in MAPPING["resources"] if r["kind"] == kind)
    expression = resource["port"]["entity"]["mappings"]["relations"][name]
    return next(iter(jq.compile(expression).input_value(item)), None)


@pytest.mark.parametrize("kind", ["jira-version", "jira-component"])
def test_row_b10_there_is_no_project_called_null(kind: str) -> None:
    assert relation(kind, "project", {"projectId": 10}) == "10"
    assert relation(kind, "project", {"projectId": None}) is None
    assert relation(kind, "project", {}) is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("jira-issue", "assignee"),
        ("jira-issue", "reporter"),
        ("jira-epic", "assignee"),
        ("jira-project", "lead"),
        ("jira-component", "lead"),
    ],
)
def test_row_d11_erased_accounts_are_not_one_user(kind: str, name: str) -> None:
    def of(person: Any) -> Any:
        return relation(kind, name, {"fields": {name: person}, name: person})

    assert of(PERSON) == "5f"
    assert of(ERASED) is of(None) is of({}) is None


@pytest.mark.parametrize("name", ["versions", "components", "sprints"])
def test_a_relation_to_many_has_no_holes(name: str) -> None:
    fields = {"fixVersions": [None, {}, {"id": "5"}], "components": [{"id": "5"}, None]}
    item = {"fields": fields, "__sprintIds": [5]}
    assert relation("jira-issue", name, item) == ["5"]
    assert relation("jira-issue", name, {"fields": {}, "__sprintIds": None}) == []
