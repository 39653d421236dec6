"""The probe says which actions can be carried out in each space."""

from actions.octopus.probe import probe_octopus_actions
from client import ApiClient
from sandbox.octopus import OctopusSandbox
from tests.octopus import conftest as at_octopus

api = at_octopus.api


async def test_what_is_missing_is_named_by_space(
    api: ApiClient, server: OctopusSandbox
) -> None:
    server.revoked.add(("Spaces-2", "DeploymentCreate"))

    lines = (await probe_octopus_actions([api])).lines

    by_space = {line.partition("space ")[2].partition(":")[0]: line for line in lines}
    assert len(by_space) == len(server.collections["spaces"])
    assert "can be carried out: create_release, deploy" in by_space["Default"]
    assert "Missing" not in by_space["Default"]
    assert "rollback needs DeploymentCreate" in by_space["Payments"]
    assert "run_runbook," in by_space["Payments"]


async def test_trouble_is_told(api: ApiClient, server: OctopusSandbox) -> None:
    server.faults.add(path="/users/me", status=403, body={"ErrorMessage": "No"})

    (line,) = (await probe_octopus_actions([api])).lines

    assert "unknown" in line


async def test_without_octopus_nothing_is_told() -> None:
    assert (await probe_octopus_actions([])).lines == []
