"""Port's form, the code and the page say the same of each action."""

import re
from pathlib import Path
from typing import Any

import pytest
from port_ocean.utils.misc import get_spec_file

from actions.executor import Executor
from actions.inputs import ARRAY, BOOLEAN, OBJECT, STRING
from actions.jira import EXECUTORS as IN_JIRA
from actions.octopus import EXECUTORS as IN_OCTOPUS

ROOT = Path(__file__).parents[2]
SPEC: dict[str, Any] = get_spec_file(ROOT) or {}
EXECUTORS: dict[str, type[Executor]] = {
    one.ACTION_NAME: one for one in (*IN_JIRA, *IN_OCTOPUS)
}
EACH = pytest.mark.parametrize("name", EXECUTORS)
PAGE = (ROOT / "docs/actions.md").read_text(encoding="utf-8")


def test_the_framework_runs_the_actions_of_the_spec() -> None:
    assert SPEC["actionsProcessingEnabled"] is True
    assert [action["name"] for action in SPEC["actions"]] == list(EXECUTORS)


@EACH
def test_the_spec_has_the_inputs_that_are_read(name: str) -> None:
    (action,) = (one for one in SPEC["actions"] if one["name"] == name)
    told = [
        (i["name"], i["type"], i.get("required", False), i.get("default"))
        for i in action["inputs"]
    ]
    read = [(i.name, i.type, i.required, i.default) for i in EXECUTORS[name].INPUTS]
    assert told == read
    assert {one.type for one in EXECUTORS[name].INPUTS} <= {
        STRING,
        BOOLEAN,
        ARRAY,
        OBJECT,
    }
    for each in action["inputs"]:
        assert each["title"] and each["description"]


@EACH
def test_the_page_has_inputs_permissions_and_settings(name: str) -> None:
    row = re.search(rf"^\| `{name}` \|.*$", PAGE, re.MULTILINE)
    assert row, f"docs/actions.md has no row for {name}"
    executor = EXECUTORS[name]
    words = [f"`{one.name}`" for one in executor.INPUTS]
    words += [f"`{permission}`" for permission in executor.PERMISSIONS]
    words += [f"`{executor.SETTING}`"] if executor.SETTING else []
    assert [word for word in words if word not in row[0]] == []


def test_the_settings_that_allow_actions_are_off_by_default() -> None:
    settings = {one["name"]: one for one in SPEC["configurations"]}
    for executor in EXECUTORS.values():
        if executor.SETTING:
            setting = settings[executor.SETTING]
            assert (setting["type"], setting["default"]) == ("boolean", False)
