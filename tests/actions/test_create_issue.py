"""An issue is created once, whatever becomes of the reply."""

import asyncio
from typing import Any

import pytest

from sandbox.company import Item
from tests.actions.desk import Desk, created_by, ended

ASKED = {"project": "SHOP", "issueType": "Task", "summary": "From Port"}
# As often as a report is tried.
DOWN: Any = {
    "method": "PATCH",
    "path": "/actions/runs/r_",
    "status": 503,
    "times": 4,
}
POINTS: Item = {
    "fieldId": "customfield_10216",
    "key": "customfield_10216",
    "name": "Team size",
    "required": True,
    "hasDefaultValue": False,
    "operations": ["set"],
    "schema": {"type": "string"},
    "allowedValues": [{"value": "Small"}, {"value": "Large"}],
}


async def test_an_issue_is_created_with_its_fields(desk: Desk) -> None:
    more = {"description": "One\n\nTwo\nThree", "priority": "High"}
    labels = {"fields": {"labels": ["port"]}}
    kept = await desk.do("create_issue", **ASKED, **more, **labels)

    (issue,) = created_by(desk, kept)
    told = ended(kept, "SUCCESS")
    assert issue["key"] in told
    assert kept.shown["link"].endswith(f"/browse/{issue['key']}")
    fields = issue["fields"]
    assert fields["summary"] == "From Port"
    assert fields["priority"]["name"] == "High"
    assert fields["labels"] == ["port"]
    first, second = fields["description"]["content"]
    assert first["content"] == [{"type": "text", "text": "One"}]
    assert [part["type"] for part in second["content"]] == ["text", "hardBreak", "text"]


@pytest.mark.parametrize("fault", [{}, {"lose": True}], ids=["", "lost reply"])
async def test_a_project_is_known_by_its_id_too(desk: Desk, fault: Any) -> None:
    if fault:
        desk.jira.index.lag_seconds = 3600
        desk.jira.faults.add(method="POST", path="/issue$", **fault)
    kept = await desk.do("create_issue", **{**ASKED, "project": "10001"})

    (issue,) = created_by(desk, kept)
    assert issue["key"].startswith("SHOP-")
    ended(kept, "SUCCESS")


async def test_a_workflow_gets_the_issue_as_output(desk: Desk) -> None:
    kept = desk.port.state.runs.ask("create_issue", ASKED, is_node=True)
    await desk.carry_out(kept)

    (issue,) = created_by(desk, kept)
    assert kept.endings == ["SUCCESS"]
    output = kept.shown["output"]
    assert (output["issueKey"], output["issueId"]) == (issue["key"], issue["id"])


@pytest.mark.parametrize("lag", [0.0, 3600.0], ids=["found", "not searchable yet"])
@pytest.mark.parametrize(
    "fault",
    [{"lose": True}, {"truncate": True}],
    ids=["no reply", "half a reply"],
)
async def test_a_lost_reply_is_looked_up(desk: Desk, fault: Any, lag: float) -> None:
    desk.jira.index.lag_seconds = lag
    desk.jira.faults.add(method="POST", path="/issue$", **fault)

    kept = await desk.do("create_issue", **ASKED)

    (issue,) = created_by(desk, kept)
    assert issue["key"] in ended(kept, "SUCCESS")


@pytest.mark.parametrize(
    "fault", [{"drop": True}, {"status": 503}, {"status": 500}], ids=str
)
async def test_a_change_without_a_reply_is_never_sent_again(
    desk: Desk, fault: Any
) -> None:
    desk.jira.faults.add(method="POST", path="/issue$", **fault)

    kept = await desk.do("create_issue", **ASKED)

    assert created_by(desk, kept) == []
    told = ended(kept, "FAILURE")
    assert "Outcome unknown" in told
    assert kept.shown["link"] in told
    assert "/issues/?jql=" in kept.shown["link"]
    assert desk.jira.faults.by_pattern["POST /rest/api/3/issue"] == 1


async def test_an_odd_reply_is_looked_up(desk: Desk) -> None:
    desk.jira.faults.add(method="POST", path="/issue$", status=201, body={"id": 1})
    kept = await desk.do("create_issue", **ASKED)

    told = ended(kept, "FAILURE")
    assert "Outcome unknown" in told and kept.shown["link"] in told


async def test_an_odd_answer_before_the_change_says_that_nothing_was_changed(
    desk: Desk,
) -> None:
    desk.jira.faults.add(path="createmeta", status=200, body={"issueTypes": [{}]})
    kept = await desk.do("create_issue", **ASKED)

    told = ended(kept, "FAILURE")
    assert "Nothing was changed" in told and "unknown" not in told
    assert kept.shown["statusLabel"] == "Not sent"


async def test_a_token_that_may_only_read_is_named(desk: Desk) -> None:
    body = {"code": 401, "message": "Unauthorized; scope does not match"}
    desk.jira.faults.add(method="POST", path="/issue$", status=401, body=body)
    kept = await desk.do("create_issue", **ASKED)

    told = ended(kept, "FAILURE")
    assert "write:jira-work" in told and "Nothing was changed" in told


async def test_a_change_that_was_put_off_is_sent_again(desk: Desk) -> None:
    desk.jira.faults.add(
        method="POST", path="/issue$", status=429, headers={"Retry-After": "0"}
    )
    kept = await desk.do("create_issue", **ASKED)

    assert len(created_by(desk, kept)) == 1
    ended(kept, "SUCCESS")


async def test_required_fields_are_named_with_their_values(desk: Desk) -> None:
    desk.jira.required_fields["Task"] = [POINTS]
    kept = await desk.do("create_issue", **ASKED)

    told = ended(kept, "FAILURE")
    assert "Team size (customfield_10216), one of: Small, Large" in told
    assert "Nothing was changed" in told
    given = {"fields": {"customfield_10216": {"value": "Small"}}}
    assert len(created_by(desk, await desk.do("create_issue", **ASKED, **given))) == 1


async def test_the_issue_types_that_there_are_are_named(desk: Desk) -> None:
    kept = await desk.do("create_issue", **{**ASKED, "issueType": "Tsak"})

    assert "Task" in ended(kept, "FAILURE")


async def test_jiras_own_words_and_fields_are_shown(desk: Desk) -> None:
    kept = await desk.do("create_issue", **ASKED, priority="Urgent")

    assert "priority: Priority name 'Urgent' is not valid" in ended(kept, "FAILURE")


async def test_a_missing_permission_is_named(desk: Desk) -> None:
    desk.jira.revoked.add("CREATE_ISSUES")
    kept = await desk.do("create_issue", **ASKED)

    told = ended(kept, "FAILURE")
    assert 'lacks the permission "Create issues" (CREATE_ISSUES)' in told
    assert kept.shown["statusLabel"] == "Not allowed"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"summary": " "}, "summary must be given"),
        ({"project": "../x"}, "project must be a key"),
        ({"fields": "[]"}, "fields must be a JSON object"),
        ({"summary": ["x"]}, "summary must be a text"),
        ({"description": "x" * 40_000}, "description has 40,000 characters"),
    ],
    ids=str,
)
async def test_bad_inputs_cost_no_change(
    desk: Desk, given: Any, complaint: str
) -> None:
    kept = await desk.do("create_issue", **{**ASKED, **given})

    assert complaint in ended(kept, "FAILURE")
    assert desk.jira.faults.by_pattern["POST /rest/api/3/issue"] == 0


async def test_without_port_nothing_is_sent(desk: Desk) -> None:
    kept = desk.ask("create_issue", **ASKED)
    # The mark before the run is acknowledged is taken, that before the change isn't.
    desk.port.state.faults.add(**DOWN, skip=1)
    await desk.carry_out(kept)

    assert created_by(desk, kept) == []
    assert "was not sent" in ended(kept, "FAILURE")


async def test_an_end_that_port_does_not_take_is_reported_later(desk: Desk) -> None:
    desk.port.state.faults.add(**DOWN, skip=2)
    kept = await desk.do("create_issue", **ASKED)
    assert kept.is_open

    await desk.actions.report_again()

    ended(kept, "SUCCESS")
    assert len(created_by(desk, kept)) == 1


async def test_a_run_that_two_claimed_is_carried_out_once(desk: Desk) -> None:
    kept = desk.ask("create_issue", **ASKED)
    await asyncio.gather(desk.carry_out(kept), desk.carry_out(kept))

    assert len(created_by(desk, kept)) == 1
    ended(kept, "SUCCESS")
