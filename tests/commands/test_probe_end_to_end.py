"""The real commands, `ocean probe` and `commands.probe`, over real sockets."""

import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from commands import findings
from framework.probe import DENIED, GRANTED, UNKNOWN
from sandbox.company import Size, build_company
from sandbox.sail import OCEAN
from sandbox.servers import Stands, serve
from tests import warm

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[2]
SMALL = Size(issues=60, users=12, boards=5, releases=30, deployments=50)
RELEASE = "octopus-release"


@dataclass(frozen=True)
class Ended:
    """How a program ended, and the report that it wrote."""

    status: int
    output: str
    report: dict[str, Any]

    def statuses(self, kind: str) -> dict[str, str]:
        return {
            check["scopes"].get("spaceId", ""): check["status"]
            for check in self.report["checks"]
            if check["kind"] == kind
        }


@pytest.fixture
async def stands() -> AsyncIterator[Stands]:
    async with serve(build_company(size=SMALL)) as running:
        yield running


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder like the repository, for reports go where the program runs."""
    for entry in ROOT.iterdir():
        if entry.name == ".port" or not entry.name.startswith("."):
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "probe_reports").unlink(missing_ok=True)
    return tmp_path


BLUEPRINT = {
    "identifier": "x",
    "title": "X",
    "schema": {
        "properties": {
            "size": {"type": "number"},
            "state": {"type": "string", "enum": ["good", "bad"]},
        }
    },
    "relations": {},
}

type Run = Callable[..., Coroutine[Any, Any, Ended]]
MAKE_PROBE = (sys.executable, "-m", "commands.probe")
OCEAN_PROBE = (str(OCEAN), "probe", "--reporting-mode", "file")


def write_settings(tree: Path, settings: dict[str, str]) -> None:
    lines = (f"{name}={value}\n" for name, value in settings.items())
    (tree / ".env").write_text("".join(lines))


def last_report(tree: Path) -> dict[str, Any]:
    reports = sorted(tree.glob("probe_reports/*.json"))
    report: dict[str, Any] = json.loads(reports[-1].read_text()) if reports else {}
    return report


@pytest.fixture
def run(stands: Stands, tree: Path) -> Run:
    async def start(*command: str, **settings: str) -> Ended:
        write_settings(tree, {**stands.environment(), **settings})
        own = {"PATH": os.environ["PATH"], "HOME": str(tree), "COLUMNS": "250"}
        status, output = await warm.run(command, own, tree)
        return Ended(status, output, last_report(tree))

    return start


def map_in_port(stands: Stands, *kinds: str, **selector: Any) -> None:
    stands.port.store.put_blueprint(BLUEPRINT)
    mappings = {"identifier": ".id // .accountId // .Id", "blueprint": '"x"'}
    resources = [
        {
            "kind": kind,
            "selector": {"query": "true", **selector},
            "port": {"entity": {"mappings": {**mappings}}},
        }
        for kind in kinds
    ]
    stands.port.integrations["sandbox"] = {"config": {"resources": resources}}


async def test_the_frameworks_own_command_reports_every_verdict(
    stands: Stands, run: Run
) -> None:
    stands.jira.revoked = {"USER_PICKER", "ADMINISTER"}
    stands.octopus.revoked = {("Spaces-2", "ReleaseView")}

    ended = await run(*OCEAN_PROBE)

    assert ended.status == 0, ended.output
    assert ended.report["status"] == "COMPLETED"
    assert ended.statuses("jira-user") == {"": DENIED}
    assert ended.statuses("jira-issue") == {"": GRANTED}
    assert ended.statuses(RELEASE) == {
        "Spaces-1": GRANTED,
        "Spaces-2": DENIED,
        "Spaces-3": GRANTED,
    }
    messages = {c["message"] for c in ended.report["checks"] if c["status"] == DENIED}
    assert messages == {
        "Missing permission(s): USER_PICKER",
        "Missing permission(s): ReleaseView",
    }
    assert "can't be registered. Missing permission(s): ADMINISTER" in (
        ended.report["message"]
    )


async def test_the_frameworks_own_command_can_be_asked_for_some_kinds(run: Run) -> None:
    ended = await run(*OCEAN_PROBE, "--kinds", "jira-issue,octopus-space")

    kinds = [check["kind"] for check in ended.report["checks"]]
    assert kinds == ["jira-issue", "octopus-space"]


async def test_a_good_start_ends_with_zero_and_changes_nothing(
    stands: Stands, run: Run
) -> None:
    ended = await run(*MAKE_PROBE)

    assert ended.status == findings.WILL_SYNC, ended.output
    assert "Every mapped kind will sync." in ended.output
    assert "The mapping: the default one" in ended.output
    assert "OCEAN__BASE_URL is not set" in ended.output
    assert stands.port.entities == {} and stands.port.integrations == {}
    for server in (stands.jira, stands.octopus):
        writes = [r for r in server.faults.requests if r.method not in ("GET", "POST")]
        assert writes == []
    assert stands.octopus.collections["subscriptions"] == {}
    assert stands.jira.collections["webhook"] == {}


async def test_a_refused_kind_of_the_mapping_in_port_fails_the_command(
    stands: Stands, run: Run
) -> None:
    map_in_port(stands, "jira-user", "jira-issue")
    stands.jira.revoked = {"USER_PICKER"}
    stands.octopus.revoked = {("*", "ReleaseView")}

    ended = await run(*MAKE_PROBE)

    assert ended.status == findings.WILL_NOT
    assert "Will not sync: jira-user." in ended.output
    assert "Missing permission(s): USER_PICKER" in ended.output
    assert "The mapping: the one in Port." in ended.output


async def test_trouble_with_a_product_ends_with_a_status_of_its_own(
    stands: Stands, run: Run
) -> None:
    stands.octopus.faults.add(path="/api/", status=503, times=None)

    ended = await run(*MAKE_PROBE)

    assert ended.status == findings.NOBODY_KNOWS
    assert ended.report["status"] == "FAILED"
    assert "Octopus Deploy: no sign-in." in ended.output and "503" in ended.output
    assert set(ended.statuses(RELEASE).values()) == {UNKNOWN}
    assert ended.statuses("jira-issue") == {"": GRANTED}


async def test_one_product_alone_is_a_choice_and_no_failure(
    stands: Stands, run: Run
) -> None:
    none = {name: "" for name in stands.environment() if "__CONFIG__OCTOPUS" in name}

    ended = await run(*MAKE_PROBE, **none)

    assert ended.status == findings.WILL_SYNC, ended.output
    assert "Octopus Deploy is not set up." in ended.output


@pytest.mark.parametrize(
    ("settings", "status", "message"),
    [
        (
            {"OCEAN__INTEGRATION__CONFIG__ATLASSIAN_USER_TOKEN": ""},
            2,
            "Jira is configured by half",
        ),
        ({"OCEAN__PORT__BASE_URL": "http://127.0.0.1:1"}, 2, "Port can't be reached"),
        ({"OCEAN__PORT__CLIENT_SECRET": "x"}, 2, "Port refuses the credentials"),
    ],
)
async def test_settings_that_cannot_work_are_reported(
    run: Run, settings: dict[str, str], status: int, message: str
) -> None:
    ended = await run(*MAKE_PROBE, **settings)

    assert ended.status == status
    assert message in ended.output
    assert "Traceback" not in ended.output


async def test_a_mapping_with_a_mistake_is_reported(stands: Stands, run: Run) -> None:
    map_in_port(stands, "jira-issue", jqll="x")

    ended = await run(*MAKE_PROBE)

    assert ended.status == findings.WILL_NOT
    assert "jqll: unknown key" in ended.output


async def test_the_permissions_of_actions_are_named_where_they_are_carried_out(
    run: Run, stands: Stands
) -> None:
    stands.jira.revoked.add("DELETE_ISSUES")
    with_actions = await run(*MAKE_PROBE, OCEAN__ACTIONS_PROCESSOR__ENABLED="true")
    without = await run(*MAKE_PROBE)

    assert "delete_issue needs DELETE_ISSUES" in with_actions.output
    assert "delete_issue" not in without.output


MISTAKES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("jira-issue", {"jql": "projct = A"}, {}, "400 Field 'projct' does not exist"),
    ("jira-epic", {"projects": ["NONE"]}, {}, "The value 'NONE' does not exist"),
    ("jira-user", {"query": ".accountId"}, {}, "has to give true or false"),
    ("jira-board", {"query": ".name =="}, {}, "'.name ==' is no jq: syntax error"),
    (
        "octopus-space",
        {"spaces": ["Defualt"]},
        {},
        "selector.spaces names Defualt (did you mean Default?): no such name",
    ),
    ("octopus-team", {}, {"identifier": ".nothing"}, "has no identifier: '.nothing'"),
    ("octopus-user", {}, {"blueprint": '"nowhere"'}, "Port has no blueprint nowhere"),
    (
        "octopus-worker",
        {},
        {"properties": {"unheard": ".Id"}},
        "the blueprint x in Port has no unheard",
    ),
    (
        "octopus-machine",
        {},
        {"properties": {"size": ".Id", "state": '"ugly"'}},
        "which is no number",
    ),
]


async def test_mistakes_of_a_mapping_are_found_by_trying_it(
    stands: Stands, run: Run
) -> None:
    map_in_port(stands, *(kind for kind, *_ in MISTAKES), "octopus-tenant")
    resources = stands.port.integrations["sandbox"]["config"]["resources"]
    for resource, (_, selector, mappings, _) in zip(resources, MISTAKES, strict=False):
        resource["selector"] |= selector
        resource["port"]["entity"]["mappings"] |= mappings

    ended = await run(*MAKE_PROBE)

    assert ended.status == findings.WILL_NOT
    shown = " ".join(ended.output.split())
    for kind, _, _, words in MISTAKES:
        assert f"✗ {kind} " in shown, kind
        assert words in shown, shown
    assert "'ugly', which is not one of good, bad" in shown
    assert "✓ octopus-tenant can be read, and mapped" in shown
    assert len(ended.output.splitlines()) < 40
    assert stands.port.entities == {"x": {}}
