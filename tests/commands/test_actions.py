"""`commands.actions` against the stand-in of Port: forms that executors can read."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jq
import pytest

from actions.jira import EXECUTORS as IN_JIRA
from actions.octopus import EXECUTORS as IN_OCTOPUS
from commands import actions
from commands.action_forms import Installation, build, read_forms
from commands.port import Port
from commands.resources import NOT_WRITTEN
from core.errors import ConfigurationError
from core.types import Item
from sandbox.company import build_company
from sandbox.port.app import PortSandbox
from sandbox.servers import serve
from tests import warm
from tests.commands.test_resources import no, port, stand, yes
from tests.test_end_to_end import SMALL

__all__ = ["port", "stand"]
ROOT = Path(__file__).parents[2]
FORMS = {**read_forms("jira"), **read_forms("octopus")}
BY_NAME = {one.ACTION_NAME: one for one in (*IN_JIRA, *IN_OCTOPUS)}
EACH = pytest.mark.parametrize("name", FORMS)
QUEUE = Installation(identifier="shop one")
POSTED = Installation(identifier="shop one", address="https://own.test/")
JIRA = {
    "jira_host": "https://shop.atlassian.net",
    "atlassian_user_email": "a@b.test",
    "atlassian_user_token": "token",
}


def settings(base_url: str | None = None) -> Any:
    integration = SimpleNamespace(identifier="shop one")
    return SimpleNamespace(
        integration=integration, base_url=base_url, oauth_access_token_file_path=None
    )


def blueprints() -> set[str]:
    found = json.loads((ROOT / ".port/resources/blueprints.json").read_text())
    return {one["identifier"] for one in found}


def computed(expression: str, inputs: Item) -> Any:
    """Return what Port computes of an expression."""
    found = re.fullmatch(r"\{\{ (.*) \}\}", expression)
    assert found, expression
    entity = {"identifier": "SHOP-1", "relations": {"project": "Projects-1"}}
    run = {"entity": entity, "run": {"id": "r_1"}, "inputs": inputs}
    return jq.compile(found[1]).input_value(run).first()


def test_every_action_has_a_form() -> None:
    assert list(FORMS) == list(BY_NAME)


@EACH
def test_the_form_gives_the_executor_what_it_needs(name: str) -> None:
    form, executor = FORMS[name], BY_NAME[name]
    known = {one.name for one in executor.INPUTS}
    required = {one.name for one in executor.INPUTS if one.required}
    sources = form["execute"]
    assert required <= sources.keys() <= known
    always = required_of(form, {})
    for wanted, source in sources.items():
        is_entity = source.split(".")[0] == "entity"
        assert is_entity or source in form["inputs"]
        if wanted in required and not is_entity:
            assert source in always
    assert always <= form["inputs"].keys()
    assert form.get("setting", "") == executor.SETTING


def required_of(form: Item, filled: Item) -> set[str]:
    """Return the inputs that must be given, with what has been filled in."""
    required = form["required"]
    if isinstance(required, dict):
        required = jq.compile(required["jqQuery"]).input_value({"form": filled}).first()
    return set(required)


@pytest.mark.parametrize(
    ("environment", "is_confirmed"),
    [
        ({"identifier": "Environments-1", "title": "Production"}, True),
        ({"identifier": "Environments-2", "title": "Test"}, False),
        (None, False),
    ],
    ids=["production", "test", "nothing yet"],
)
def test_production_has_to_be_confirmed(environment: Any, is_confirmed: bool) -> None:
    form = FORMS["deploy_release"]
    filled = {"environment": environment}
    visible = form["inputs"]["confirmation"]["visible"]["jqQuery"]

    assert ("confirmation" in required_of(form, filled)) is is_confirmed
    assert jq.compile(visible).input_value({"form": filled}).first() is is_confirmed


@EACH
def test_entities_are_picked_of_blueprints_that_there_are(name: str) -> None:
    form = FORMS[name]
    asked = [one.get("items", one) for one in form["inputs"].values()]
    pickers = [one for one in asked if one.get("format") == "entity"]
    assert {form["blueprint"], *(one["blueprint"] for one in pickers)} <= blueprints()


def test_the_integration_is_asked_by_its_identifier() -> None:
    action = build("create_issue", FORMS["create_issue"], QUEUE)

    assert action["identifier"] == "shop-one-create_issue"
    method = action["invocationMethod"]
    assert method["installationId"] == "shop one"
    assert method["integrationActionType"] == "create_issue"


@pytest.mark.parametrize("given", [{"identifier": "10001"}, "10001"], ids=str)
def test_an_entity_is_handed_over_by_its_identifier(given: Any) -> None:
    action = build("create_issue", FORMS["create_issue"], QUEUE)
    values = action["invocationMethod"]["integrationActionExecutionProperties"]

    assert computed(values["project"], {"project": given}) == "10001"
    assert computed(values["assigneeAccountId"], {"project": given}) is None


def test_entities_are_handed_over_with_what_they_belong_to() -> None:
    action = build("deploy_release", FORMS["deploy_release"], QUEUE)
    values = action["invocationMethod"]["integrationActionExecutionProperties"]
    tenants = {"tenants": [{"identifier": "Tenants-1"}, "Tenants-2"]}

    assert computed(values["project"], {}) == "Projects-1"
    assert computed(values["tenants"], tenants) == ["Tenants-1", "Tenants-2"]
    assert computed(values["tenants"], {}) == []


def test_port_posts_what_the_door_reads() -> None:
    action = build("add_comment", FORMS["add_comment"], POSTED)
    method = action["invocationMethod"]

    assert method["url"] == "https://own.test/integration/webhook/port"
    assert computed(method["body"]["runId"], {}) == "r_1"
    assert method["body"]["action"] == "add_comment"
    inputs = method["body"]["inputs"]
    assert computed(inputs["issueKey"], {}) == "SHOP-1"
    assert computed(inputs["comment"], {"comment": "x"}) == "x"


def test_what_needs_a_setting_is_left_out_without_it() -> None:
    names = [one["identifier"] for one in actions.wanted(settings(), JIRA)]
    allowed = {**JIRA, "allow_issue_deletion": True}

    assert "shop-one-delete_issue" not in names
    assert not any(name.endswith("_release") for name in names)
    assert len(actions.wanted(settings(), allowed)) == len(names) + 1
    assert actions.wanted(settings(), {}) == []


def test_posts_need_an_address() -> None:
    config = {**JIRA, "actions_by_webhook": True}
    with pytest.raises(ConfigurationError, match="OCEAN__BASE_URL"):
        actions.wanted(settings(), config)

    first, *_ = actions.wanted(settings("https://own.test"), config)
    assert first["invocationMethod"]["type"] == "WEBHOOK"


def test_actions_are_created_once(
    stand: PortSandbox, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = actions.wanted(settings(), JIRA)
    assert actions.run(port, ours, no, False) == NOT_WRITTEN
    assert not stand.state.documents.get("actions")

    assert actions.run(port, ours, yes, False) == 0
    assert actions.run(port, ours, no, False) == 0
    assert len(stand.state.documents["actions"]) == len(ours)
    assert "Port has all actions" in capsys.readouterr().out


def test_what_people_changed_stays_unless_they_want_it_back(
    stand: PortSandbox, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = actions.wanted(settings(), JIRA)
    actions.run(port, ours, yes, False)
    kept = stand.state.documents["actions"]
    kept[0]["title"] = "Ours"

    assert actions.run(port, ours, yes, False) == 0
    assert kept[0]["title"] == "Ours"
    assert "stays as it is" in capsys.readouterr().out
    assert actions.run(port, ours, yes, True) == 0
    assert kept[0]["title"] == ours[0]["title"]


def test_the_page_shows_what_becomes_of_a_form() -> None:
    page = (ROOT / "docs/actions.md").read_text("utf-8")
    shown = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", page, re.S)]
    installed = Installation(identifier="jira-octopus")

    assert build("add_comment", FORMS["add_comment"], installed) in shown


@pytest.mark.process
def test_the_command_creates_actions_that_can_be_started() -> None:
    async def started() -> tuple[int, str, list[Item]]:
        async with serve(build_company(size=SMALL)) as stands:
            own = {"PATH": os.environ["PATH"], **stands.environment()}
            program = (sys.executable, "-m", "commands.actions", "--yes")
            status, output = await warm.run(program, own, ROOT)
            return status, output, stands.port.state.documents.get("actions", [])

    status, output, made = asyncio.run(started())
    assert status == 0, output
    # Deleting issues, and voting for others, is not allowed.
    assert len(made) == len(FORMS) - 2
