"""The delivery of issues that releases of two Octopus servers carry."""

from typing import Any

import pytest

from client import ApiClient
from core.errors import Unavailable
from core.fetch import fetch_all
from core.site import Site
from core.trouble import INCOMPLETE, Report, reporting
from core.types import Item
from framework.entity_processor import GONE
from links.delivery import Deliveries
from links.issue_delivery import ISSUE_DELIVERY, tell
from links.issue_keys import JIRA_PROJECTS
from octopus.resources.delivered import log_of
from octopus.stages import stage_of
from sandbox.company import build_company
from sandbox.octopus import OctopusSandbox
from tests.companies import FEW
from tests.framework.resyncs import resync
from tests.links.history import STAGES, History
from tests.octopus.conftest import client_of
from tests.octopus.test_kinds import selector

WANTED = selector(ISSUE_DELIVERY.kind)


def joined(first: History, second: History) -> Deliveries:
    """Return what both know; the second is called test."""

    def told(history: History, scope: str = "", *others: Deliveries) -> Deliveries:
        places = history.log.places.values()
        stages = {p.environment: stage_of(STAGES, p.environment) for p in places}
        return Deliveries(history.log, stages, len(STAGES), None, scope, others)

    return told(first, "", told(second, "test/"))


@pytest.fixture
def histories() -> tuple[History, History]:
    """Return two servers with equal ids; both carry SHOP-1, the second PAY-1."""
    first, second = History(), History()
    first.release(1, "1.0", "SHOP-1", hour=0)
    first.deploy(1, 1, "Production", hour=1)
    second.release(1, "1.0", "SHOP-1", "PAY-1", hour=2)
    return first, second


def test_it_is_in_production_when_both_servers_have_it_there(
    histories: tuple[History, History],
) -> None:
    first, second = histories
    before: Any = joined(first, second).of("SHOP-1")
    assert before["deliveryState"] == "partly in production"
    assert before["releaseIds"] == ["Releases-1", "test/Releases-1"]
    second.deploy(1, 1, "Production", hour=3)
    both = joined(first, second)
    after: Any = both.of("SHOP-1")
    assert after["deliveryState"] == "in production"
    assert after["inProductionSince"] == second.of("PAY-1")["inProductionSince"]
    assert [row["deploymentId"] for row in after["stages"]] == [
        "Deployments-1",
        "test/Deployments-1",
    ]
    assert len({row["id"] for row in after["stages"]}) == 2
    first.log.remove_release(1)
    left: Any = both.of("SHOP-1")
    assert left["releaseIds"] == ["test/Releases-1"]


class Servers:
    """Two stand-ins of one company, so that each carries the same issues."""

    def __init__(self) -> None:
        company = build_company(size=FEW)
        self.sandboxes = [OctopusSandbox(company), OctopusSandbox(company)]
        self.apis = [client_of(sandbox) for sandbox in self.sandboxes]
        first, second = self.apis
        second.site = Site("test", "test/")
        first.siblings, second.siblings = (second,), (first,)
        for api in self.apis:
            api.facts[JIRA_PROJECTS] = "SHOP=1 PAY=2 MOB=3 OPS=4 DATA=5"

    def silence(self, *, is_silent: bool = True) -> None:
        """Have the second server answer nothing."""
        faults = self.sandboxes[1].faults
        if is_silent:
            faults.add(path="", status=503, body="{}", times=None)
        else:
            faults.clear()


async def read(api: ApiClient) -> dict[str, Item]:
    async with resync():
        batches = fetch_all(api, ISSUE_DELIVERY, WANTED)
        return {item["issueKey"]: item async for batch in batches for item in batch}


async def test_a_silent_server_leaves_what_was_known_or_nothing_for_certain() -> None:
    servers = Servers()
    first, second = servers.apis
    servers.silence()
    unknown = [*(await read(first)).values()]
    assert unknown
    assert all({"deliveryState", "stages"} <= {*i[INCOMPLETE]} for i in unknown)
    servers.silence(is_silent=False)
    whole = await read(first)
    assert not any("stages" in item.get(INCOMPLETE, ()) for item in whole.values())
    assert any("test/" in id_ for i in whole.values() for id_ in i["releaseIds"])
    assert (await read(second)).keys() == whole.keys()
    servers.silence()
    second.forget()
    assert await read(first) == whole


async def test_only_all_servers_together_say_that_no_release_carries_an_issue() -> None:
    servers = Servers()
    first, _ = servers.apis
    await read(first)
    log = log_of(first, WANTED)
    (gone,) = await tell(first, log, WANTED, ["SHOP-99999"])
    assert gone[GONE]
    servers = Servers()
    servers.silence()
    first, _ = servers.apis
    with reporting(Report(ISSUE_DELIVERY.kind)), pytest.raises(Unavailable):
        await tell(first, log_of(first, WANTED), WANTED, ["SHOP-99999"])
