"""A run of an odd form is handed out without what is odd, and stops no other."""

from typing import Any

import pytest

from framework.odd_runs import NAMELESS, TolerantActionRun, TolerantNodeRun

PROPERTIES = "integrationActionExecutionProperties"
ACTION: dict[str, Any] = {
    "id": "r_1",
    "status": "IN_PROGRESS",
    "action": {"identifier": "own-create_issue"},
    "payload": {
        "type": "INTEGRATION_ACTION",
        "installationId": "own",
        "integrationActionType": "create_issue",
        PROPERTIES: {"project": "SHOP"},
    },
}
CONFIG: dict[str, Any] = {
    "type": "INTEGRATION_ACTION",
    "installationId": "own",
    "integrationProvider": "jira-octopus",
    "integrationInvocationType": "create_issue",
    PROPERTIES: {"project": "SHOP"},
}
NODE = {"identifier": "wfnr_1", "status": "IN_PROGRESS", "config": CONFIG}
ODD: dict[str, tuple[Any, str]] = {
    "no properties": ({PROPERTIES: None}, "create_issue"),
    "properties of an odd form": ({PROPERTIES: "x"}, "create_issue"),
    "no type": (
        {"integrationActionType": None, "integrationInvocationType": None},
        NAMELESS,
    ),
}


def test_a_run_as_it_should_be_is_read_as_ever() -> None:
    assert TolerantActionRun.parse_obj(ACTION).execution_properties == {
        "project": "SHOP"
    }
    assert TolerantNodeRun.parse_obj(NODE).execution_properties == {"project": "SHOP"}


@pytest.mark.parametrize(("change", "action"), ODD.values(), ids=ODD)
def test_what_is_odd_is_left_out(change: Any, action: str) -> None:
    run = TolerantActionRun.parse_obj(
        {**ACTION, "payload": {**ACTION["payload"], **change}}
    )
    node = TolerantNodeRun.parse_obj({**NODE, "config": {**CONFIG, **change}})

    assert (run.id, run.action_type) == ("r_1", action)
    assert (node.id, node.action_type) == ("wfnr_1", action)
    assert run.is_in_progress and node.is_in_progress


@pytest.mark.parametrize("payload", [None, "odd", {}], ids=str)
def test_a_run_without_a_payload_is_of_no_known_action(payload: Any) -> None:
    run = TolerantActionRun.parse_obj({**ACTION, "payload": payload})
    node = TolerantNodeRun.parse_obj({**NODE, "config": payload})

    assert run.action_type == node.action_type == NAMELESS


@pytest.mark.parametrize("status", ["PAUSED", None], ids=str)
def test_a_run_of_an_unknown_status_is_read_and_not_open(status: Any) -> None:
    run = TolerantActionRun.parse_obj({**ACTION, "status": status})
    node = TolerantNodeRun.parse_obj({**NODE, "status": status})

    assert run.action_type == node.action_type == "create_issue"
    assert not run.is_in_progress and not node.is_in_progress
