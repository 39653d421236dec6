"""What one resync after another reports with `commands.run_once`."""

import copy
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import pytest_asyncio

from sandbox.company import build_company
from sandbox.servers import Stands, serve
from tests.commands.test_run_once import TOKEN, once, outcome, table
from tests.test_end_to_end import SMALL

# One good run is the start of these tests, one after the other.
pytestmark = [
    pytest.mark.process,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("run once"),
]

type Ended = tuple[int | None, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def good_run() -> AsyncIterator[tuple[Stands, Ended]]:
    """Yield stand-ins after a run that brought everything, and how it ended."""
    # What a server is told, in the same file of settings, is not for this run.
    listener = "OCEAN__EVENT_LISTENER__"
    server = {f"{listener}TYPE": "POLLING", f"{listener}SHOULD_RESYNC": "false"}
    async with serve(build_company(size=SMALL)) as running:
        yield running, await once(running.environment() | server)


@pytest.fixture
def stands(good_run: tuple[Stands, Ended]) -> Stands:
    return good_run[0]


async def test_a_good_run_reports_each_kind(good_run: tuple[Stands, Ended]) -> None:
    stands, (status, output) = good_run
    assert status == 0, output[-3000:]
    assert outcome(output).startswith("Complete: 25 kinds")
    assert "\njira-sprint: " in output and "Traceback" not in output
    rows, entities = table(output), stands.port.entities
    for kind, blueprint in [
        ("jira-sprint", "jiraSprint"),
        ("octopus-deployment", "octopusDeployment"),
    ]:
        number = len(entities[blueprint])
        assert rows[kind] == ["complete", str(number), str(number), "0", "0", "0"]
    assert stands.port.unknown_routes == []


@contextmanager
def changed_mapping(stands: Stands, kind: str, **changes: Any) -> Iterator[None]:
    """Change what a kind's mapping in Port makes of its items, for a while."""
    integration = stands.port.integrations["sandbox"]
    before = copy.deepcopy(integration["config"])
    for resource in integration["config"]["resources"]:
        if resource["kind"] == kind:
            resource["port"]["entity"]["mappings"] |= changes
    yield
    integration["config"] = before


async def test_what_was_not_brought_is_named_and_kept(stands: Stands) -> None:
    pools = dict(stands.port.entities["octopusWorkerPool"])
    with changed_mapping(stands, "octopus-worker-pool", identifier=".Idd"):
        status, output = await once(stands.environment() | {TOKEN: "of-last-year"})

    assert status == 3, output[-3000:]
    assert outcome(output).startswith("Incomplete, but for ")
    assert f"    {len(pools)} items have no identifier: '.Idd' gives none\n" in output
    rows = table(output)
    kept = str(len(pools))
    assert rows["octopus-worker-pool"] == ["protected", kept, "0", "0", kept, "0"]
    assert rows["jira-issue"][0] == "protected"
    assert rows["octopus-environment"][0] == "unchanged"
    assert output.count("check atlassianUserEmail") == 1
    assert stands.port.entities["octopusWorkerPool"] == pools


async def test_a_kind_that_port_refuses_fails_the_run(stands: Stands) -> None:
    properties = {"url": ".__url", "unheard": ".Name"}
    spaces = dict(stands.port.entities["octopusSpace"])
    with changed_mapping(stands, "octopus-space", properties=properties):
        status, output = await once(stands.environment())

    assert status == 1
    assert outcome(output) == "Failed: Port took nothing at all of octopus-space."
    assert table(output)["octopus-space"][0] == "refused"
    assert table(output)["octopus-space"][-1] == str(len(spaces))
    assert " and 2 more: properties.unheard: the blueprint has no such" in output
    assert stands.port.entities["octopusSpace"] == spaces


async def test_a_blueprint_that_port_lacks_costs_its_kind_alone(stands: Stands) -> None:
    tenants = dict(stands.port.entities["octopusTenant"])
    with changed_mapping(stands, "octopus-tenant", blueprint='"nowhere"'):
        status, output = await once(stands.environment())

    assert status == 1
    assert outcome(output) == "Failed: Port took nothing at all of octopus-tenant."
    assert table(output)["octopus-tenant"][-1] == str(len(tenants))
    assert output.count("404: its blueprint does not exist") == 1
    assert stands.port.integrations["sandbox"]["resyncState"]["status"] == "failed"
    assert stands.port.entities["octopusTenant"] == tenants
