"""`commands.resources` against the stand-in of Port: it shows, asks, merges."""

import asyncio
import copy
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from commands import resources
from commands.line import ROOT
from commands.port import NoAnswer, Port
from commands.resources import NOT_WRITTEN, Shipped, load, run
from core.types import Item
from sandbox.company import build_company
from sandbox.port.app import PortSandbox
from sandbox.port.wire import CLIENT_ID, CLIENT_SECRET
from sandbox.servers import serve
from tests import warm

SHIPPED = load()
# For three starts of the command on a busy machine.
TIMEOUT_SECONDS = 120.0
OWN: Item = {"type": "string", "title": "Ours"}


@pytest.fixture
def stand() -> PortSandbox:
    return PortSandbox()


class Wire(httpx.BaseTransport):
    """Carry the requests of a command, which waits for each, to the stand-in."""

    def __init__(self, stand: PortSandbox) -> None:
        self._inner = httpx.ASGITransport(stand.app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        reply = await self._inner.handle_async_request(request)
        return httpx.Response(reply.status_code, content=await reply.aread())


@pytest.fixture
def port(stand: PortSandbox) -> Iterator[Port]:
    own = SimpleNamespace(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    settings: Any = SimpleNamespace(
        port=own, integration=SimpleNamespace(identifier="shop")
    )
    url = "http://port.test/v1"
    with httpx.Client(transport=Wire(stand), base_url=url) as http:
        yield Port(http, settings)


def yes() -> bool:
    return True


def no() -> bool:
    return False


def older() -> Shipped:
    """Return what an earlier version had: less of everything."""
    shipped = copy.deepcopy(SHIPPED)
    for blueprint in shipped.blueprints:
        blueprint["schema"]["properties"].pop("leadTimeHours", None)
        for part in ("aggregationProperties", "calculationProperties"):
            blueprint[part] = {}
    return replace(shipped, scorecards=[], pages=[])


def test_everything_is_made_where_there_is_nothing(
    stand: PortSandbox, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(port, SHIPPED, yes) == 0

    assert len(stand.blueprints) == len(SHIPPED.blueprints)
    assert stand.blueprints["octopusProject"]["aggregationProperties"]
    assert stand.state.documents["pages"][0]["title"] == "Delivery"
    assert "+ page jiraOctopusDelivery: is created" in capsys.readouterr().out
    changes = stand.state.requests.copy()
    assert run(port, SHIPPED, no) == 0
    assert "Port has all" in capsys.readouterr().out
    for method in ("POST /v1/blueprints", "PATCH /v1/blueprints/{blueprint}"):
        assert stand.state.requests[method] == changes[method]


def test_an_older_installation_gets_what_it_lacks_and_keeps_its_own(
    stand: PortSandbox, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    run(port, older(), yes)
    blueprint = stand.blueprints["octopusDeployment"]
    blueprint["schema"]["properties"]["own"] = OWN
    blueprint["schema"]["properties"]["stage"]["title"] = "Phase"
    capsys.readouterr()

    assert run(port, SHIPPED, yes) == 0

    told = capsys.readouterr().out
    assert "+ property leadTimeHours" in told
    assert "= property stage is another one, and stays as it is" in told
    properties = stand.blueprints["octopusDeployment"]["schema"]["properties"]
    assert properties["own"] == OWN
    assert properties["stage"]["title"] == "Phase"
    assert "leadTimeHours" in properties
    assert len(stand.state.documents["blueprints/octopusProject/scorecards"]) == 1


def test_what_people_changed_in_pages_and_scorecards_stays(
    stand: PortSandbox, port: Port
) -> None:
    run(port, SHIPPED, yes)
    (page,) = stand.state.documents["pages"]
    board = page["widgets"][0]
    lost = board["widgets"].pop()["id"]
    board["layout"][-1]["columns"].pop()
    page["title"] = "How we deliver"
    (card,) = stand.state.documents["blueprints/octopusProject/scorecards"]
    card["rules"][0]["title"] = "Ships"
    card["rules"].pop()

    assert run(port, SHIPPED, yes) == 0

    (page,) = stand.state.documents["pages"]
    assert page["title"] == "How we deliver"
    assert page["widgets"][0]["widgets"][-1]["id"] == lost
    (card,) = stand.state.documents["blueprints/octopusProject/scorecards"]
    assert card["rules"][0]["title"] == "Ships"
    assert len(card["rules"]) == len(SHIPPED.scorecards[0]["data"][0]["rules"])


def test_nothing_is_written_without_a_yes(
    stand: PortSandbox, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(port, SHIPPED, no) == NOT_WRITTEN

    assert stand.blueprints == {}
    assert "repeat this with --yes" in capsys.readouterr().out


def test_what_port_refuses_is_named_and_the_rest_is_written(
    stand: PortSandbox, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = copy.deepcopy(SHIPPED)
    wrong.pages[0]["widgets"][0]["layout"] = []

    assert run(port, wrong, yes) == 1

    assert "Refused by Port: page jiraOctopusDelivery: " in capsys.readouterr().out
    assert "octopusProject" in stand.blueprints


def test_a_mapping_that_lacks_something_is_told(
    stand: PortSandbox, port: Port, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = [r for r in SHIPPED.mapping if r["kind"] != "octopus-issue-delivery"]
    stand.state.integrations.known["shop"] = {"config": {"resources": mapping}}
    run(port, SHIPPED, yes)
    assert "octopus-issue-delivery is not mapped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"deleteDependentEntities": True}, "jira-issue is not mapped"),
        ({"resources": None}, "The mapping in Port has mistakes"),
        ({"resources": [{"kind": "jira-issue"}]}, "The mapping in Port has mistakes"),
        ({"resources": ["jira-issue"]}, "The mapping in Port has mistakes"),
    ],
)
def test_a_mapping_with_mistakes_hinders_nothing(
    stand: PortSandbox,
    port: Port,
    capsys: pytest.CaptureFixture[str],
    config: Item,
    told: str,
) -> None:
    stand.state.integrations.known["shop"] = {"config": config}
    assert run(port, SHIPPED, yes) == 0
    assert told in capsys.readouterr().out


def test_what_is_not_port_is_no_answer(stand: PortSandbox, port: Port) -> None:
    stand.state.documents["pages"] = [{"identifier": "jiraOctopusDelivery"}]
    page: Any = {"status": 200, "body": "<html>proxy</html>"}
    stand.state.faults.add(path="/v1/blueprints$", times=None, **page)
    with pytest.raises(NoAnswer, match="isn't Port"):
        run(port, SHIPPED, yes)


@pytest.mark.parametrize(
    ("answer", "is_terminal", "agrees"),
    [("y", True, True), ("", True, False), ("no", True, False), ("y", False, False)],
)
def test_only_people_are_asked(
    monkeypatch: pytest.MonkeyPatch, answer: str, is_terminal: bool, agrees: bool
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: is_terminal))
    monkeypatch.setattr("builtins.input", lambda _: answer)
    assert resources.ask_people() is agrees


@pytest.mark.process
async def test_the_command_writes_to_the_port_of_the_settings() -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS), serve(build_company()) as stands:
        settings = {**os.environ, **stands.environment()}

        async def command(*words: str) -> tuple[int, str]:
            program = (sys.executable, "-m", "commands.resources", *words)
            return await warm.run(program, settings, ROOT)

        status, told = await command()
        assert (status, stands.port.blueprints) == (NOT_WRITTEN, {}), told
        status, told = await command("--yes")
        assert status == 0, told
        assert len(stands.port.blueprints) == len(SHIPPED.blueprints)
        assert (await command())[0] == 0
        assert stands.port.unknown_routes == []
