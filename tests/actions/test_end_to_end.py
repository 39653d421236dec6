"""Actions through the real process: asked for in Port, done in Jira, ended in Port."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from actions.parsing import PATH
from framework.odd_runs import PROPERTIES
from sandbox.live import LIVE
from sandbox.port.posting import signed
from tests.actions.desk import ended, issues_of
from tests.actions.running import WORKER, Desk, opened
from tests.actions.test_create_issue import ASKED
from tests.actions.test_jira_actions import CASES, comments

pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("actions"),
]
ALLOWED = {"OCEAN__INTEGRATION__CONFIG__ALLOW_ISSUE_DELETION": "true"}
# The pod of live events, which has an address; it asks Port for no runs.
BY_WEBHOOK = {**LIVE, "OCEAN__INTEGRATION__CONFIG__ACTIONS_BY_WEBHOOK": "true"}
SECRET = "sandbox-secret"
# The one that deletes the issue comes last.
ACTIONS = sorted(CASES, key="delete_issue".__eq__)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    async with opened({**WORKER, **ALLOWED}) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def second_door() -> AsyncIterator[Desk]:
    async with opened({**BY_WEBHOOK, **ALLOWED}) as running:
        await running.until(lambda: running.jira.collections["webhook"])
        yield running


async def post(desk: Desk, body: object, secret: str = SECRET) -> int:
    """Post as Port does; return the status."""
    content, headers = signed(dict(body), secret)  # type: ignore[call-overload]
    async with httpx.AsyncClient() as http:
        url = f"{desk.url}/integration{PATH}"
        return (await http.post(url, content=content, headers=headers)).status_code


def clear(desk: Desk) -> None:
    """Leave no comment of the company's at the issue."""
    for comment in comments(desk):
        desk.jira.delete("comment", comment["id"])


@pytest.mark.parametrize("is_node", [False, True], ids=["action", "workflow"])
async def test_an_issue_is_created(desk: Desk, is_node: bool) -> None:
    kept = desk.ask("create_issue", is_node=is_node, **ASKED)
    await desk.done(kept)

    (issue,) = issues_of(desk.jira, kept)
    assert issue["key"] in ended(kept, "SUCCESS")
    assert kept.acknowledged == 1


@pytest.mark.parametrize("action", ACTIONS)
async def test_each_action_is_carried_out(desk: Desk, action: str) -> None:
    clear(desk)
    given = CASES[action].inputs(desk)
    kept = desk.ask(action, **given)
    await desk.done(kept)

    ended(kept, "SUCCESS")
    assert CASES[action].is_done(desk, given)


@pytest.mark.parametrize("action", ACTIONS)
async def test_each_action_is_carried_out_by_the_second_door(
    second_door: Desk, action: str
) -> None:
    clear(second_door)
    given = CASES[action].inputs(second_door)
    kept, body = second_door.stands.port.state.runs.post(action, given)
    assert await post(second_door, body) == 202
    await second_door.done(kept)

    ended(kept, "SUCCESS")
    assert CASES[action].is_done(second_door, given)


async def test_forgeries_and_replays_are_not_carried_out(second_door: Desk) -> None:
    kept, body = second_door.stands.port.state.runs.post("create_issue", ASKED)
    assert await post(second_door, body, "another secret") == 401
    assert await post(second_door, body) == 202
    assert await post(second_door, body) == 200
    await second_door.done(kept)

    assert len(issues_of(second_door.jira, kept)) == 1
    ended(kept, "SUCCESS")
    assert second_door.stands.undocumented() == []


async def test_without_the_setting_there_is_no_second_door(desk: Desk) -> None:
    await desk.until(lambda: "Uvicorn running on" in desk.log.read_text())
    assert await post(desk, {}) == 404


async def test_an_unknown_action_is_refused(desk: Desk) -> None:
    kept = desk.ask("reboot_jira")
    await desk.done(kept)

    assert "No executor registered" in ended(kept, "FAILURE")


@pytest.mark.parametrize("is_node", [False, True], ids=["action", "workflow"])
async def test_a_run_of_an_odd_form_is_ended_and_stops_no_other(
    desk: Desk, is_node: bool
) -> None:
    odd = desk.ask("create_issue", is_node=is_node)
    del odd.shown["config" if is_node else "payload"][PROPERTIES]
    kept = desk.ask("create_issue", is_node=is_node, **ASKED)
    await desk.done(odd, kept)

    assert "project and issueType and summary must be given" in odd.logs[-1]
    ended(kept, "SUCCESS")


async def test_a_process_for_actions_registers_no_webhooks(desk: Desk) -> None:
    # It has an address, as the chart's worker pod does, but receives nothing there.
    assert desk.jira.collections["webhook"] == {}
    assert desk.stands.octopus.collections["subscriptions"] == {}
    assert desk.stands.undocumented() == []


async def test_one_process_may_do_everything() -> None:
    listener = {"OCEAN__EVENT_LISTENER": '{"type":"POLLING"}'}
    async with opened({**WORKER, **listener}) as desk:
        kept = desk.ask("create_issue", is_node=False, **ASKED)
        await desk.done(kept)
        (issue,) = issues_of(desk.jira, kept)
        entities = desk.stands.port.entities
        # The resync goes on beside it, and brings what was created.
        await desk.until(lambda: issue["key"] in entities.get("jiraIssue", {}))

        assert len(desk.jira.collections["webhook"]) == 1
        ended(kept, "SUCCESS")
