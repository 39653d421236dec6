"""The stand-in of Octopus lets a task start once it is approved."""

import httpx
import pytest

from sandbox.octopus import OctopusSandbox


@pytest.mark.parametrize(("status", "waits"), [("Approved", False), ("Rejected", True)])
async def test_only_an_approval_lets_a_task_start(
    octopus: httpx.AsyncClient,
    octopus_sandbox: OctopusSandbox,
    status: str,
    waits: bool,
) -> None:
    approvals = octopus_sandbox.collections["servertaskapprovals"].values()
    approval = next(one for one in approvals if one["ChangeRequest"]["Active"])
    tasks = octopus_sandbox.collections["tasks"]
    task = {**tasks[approval["ServerTaskId"]], "HasPendingPreconditions": True}
    octopus_sandbox.put("tasks", task["Id"], task)

    path = f"/api/{approval['SpaceId']}/servertaskapprovals/{approval['Id']}/approvals"
    body = {"ServerTaskApprovalId": approval["Id"], "Status": status, "Notes": ""}
    reply = await octopus.post(path, json=body)

    assert (reply.status_code, reply.json()["Status"]) == (201, status)
    assert tasks[task["Id"]]["HasPendingPreconditions"] is waits
