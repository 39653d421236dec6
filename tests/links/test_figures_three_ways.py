"""The same figures of deployments after a resync, only events, and only looks."""

from collections.abc import Iterable
from typing import Any

import pytest

from client import ApiClient
from core.fetch import fetch_all, fetch_one
from core.trouble import INCOMPLETE
from core.types import Item
from octopus.kinds import OctopusKind
from octopus.resources import DEPLOYMENT, RELEASE
from octopus.resources.delivered import log_of
from octopus.resources.figures import FIGURES
from octopus.resources.neighbours import (
    PAUSE_SECONDS,
    know_history,
    mark_told,
    mark_turned,
    read_neighbours,
)
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.framework.resyncs import resync
from tests.links.replay import Replay, Step, looks
from tests.links.test_three_ways import api, resyncing
from tests.octopus.conftest import connect, server
from tests.octopus.test_kinds import selector

__all__ = ["api", "connect", "resyncing", "server"]

CHOSEN = selector(OctopusKind.DEPLOYMENT, lookbackDays=0)
RELEASES = selector(OctopusKind.RELEASE, lookbackDays=0)

type Catalog = dict[str, Item]


def write(catalog: Catalog, items: Iterable[Item]) -> None:
    """Write figures as Port gets them: of what is not known, the old value stays."""
    for item in items:
        known = {*FIGURES} - {*item.get(INCOMPLETE, ())}
        catalog.setdefault(item["Id"], {}).update({n: item[n] for n in known})


async def all_at_once(api: ApiClient) -> Catalog:
    catalog: Catalog = {}
    async with resync():
        async for _ in fetch_all(api, RELEASE, RELEASES):
            pass
        async for batch in fetch_all(api, DEPLOYMENT, CHOSEN):
            write(catalog, batch)
    return catalog


async def by_event(api: ApiClient, ref: Item, catalog: Catalog) -> list[Item]:
    """Do as the processor of deployments' events does."""
    is_new = await know_history(api, CHOSEN)
    own = await fetch_one(api, DEPLOYMENT, ref, CHOSEN)
    assert isinstance(own, dict)
    if is_new:
        mark_turned(log_of(api, CHOSEN), [own])
    others, is_whole = await read_neighbours(api, DEPLOYMENT, [own], CHOSEN)
    assert is_whole
    write(catalog, [own, *others])
    mark_told(log_of(api, CHOSEN), [own])
    return others


async def by_events(api: ApiClient, steps: Iterable[Step]) -> Catalog:
    catalog = await all_at_once(api)
    for _, collection, item in steps:
        if collection == "deployments":
            await by_event(api, item, catalog)
        else:
            await fetch_one(api, RELEASE, item, RELEASES)
    return catalog


async def by_looks(api: ApiClient, steps: Replay) -> Catalog:
    catalog = await all_at_once(api)
    assert DEPLOYMENT.changed is not None
    assert RELEASE.changed is not None
    for since in looks(api, steps):
        async for _ in RELEASE.changed(api, RELEASE, RELEASES, since):
            pass
        async for batch in DEPLOYMENT.changed(api, DEPLOYMENT, CHOSEN, since):
            write(catalog, batch)
    return catalog


async def test_events_alone_tell_what_a_resync_tells(
    api: ApiClient, resyncing: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    live = await by_events(api, Replay(server, company))
    resynced = await all_at_once(resyncing)

    assert live == resynced
    for name in FIGURES:
        assert len({str(item.get(name)) for item in live.values()}) > 1, name
    rollback = live[company.cases["rollback"]]
    assert rollback["__isRollback"] is True
    assert live[company.example.deployment_id]["__isFailure"] is False
    guided = live[company.cases["guided failure"]]
    assert guided["__isFailure"] is True
    assert guided["__recoveredAt"] is not None


async def test_looks_alone_tell_what_a_resync_tells(
    api: ApiClient, resyncing: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    looked = await by_looks(api, Replay(server, company))
    resynced = await all_at_once(resyncing)
    # No list of tasks tells of what has no task any more, nor of what it changes.
    gone = resynced.keys() - looked.keys()
    tasks = company.octopus["tasks"]
    deployments = company.octopus["deployments"]
    assert {deployments[id_]["TaskId"] in tasks for id_ in gone} == {False}
    for id_, figures in looked.items():
        assert resynced[id_].items() <= figures.items()


async def test_late_events_tell_the_same(
    api: ApiClient, resyncing: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    steps = [*Replay(server, company)]
    tasks = company.octopus["tasks"]
    # Of what has no task any more, nobody knows that it changes what came before.
    steps = [s for s in steps if s[1] == "releases" or s[2]["TaskId"] in tasks]
    live = await by_events(api, [*steps[::2], *reversed(steps[1::2])])
    resynced = await all_at_once(resyncing)
    assert live.items() <= resynced.items()


async def test_another_process_tells_the_same_of_its_first_event(
    api: ApiClient, resyncing: ApiClient, company: Company
) -> None:
    """It reads what there was before, and tells what the event has changed for it."""
    catalog = await all_at_once(resyncing)
    told: Catalog = {}
    rollback = company.octopus["deployments"][company.cases["rollback"]]

    others = await by_event(api, rollback, told)

    assert [other["__isFailure"] for other in others][:1] == [True]
    assert told.items() <= catalog.items()


async def test_an_event_after_which_nothing_else_has_changed_reads_nothing_else(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    await all_at_once(api)
    ref = company.octopus["deployments"][company.example.deployment_id]
    await by_event(api, ref, {})
    server.faults.forget_requests()

    assert await by_event(api, ref, {}) == []
    assert server.faults.by_pattern["GET /api/{id}/deployments"] == 0


async def test_a_history_that_can_not_be_read_is_not_read_for_each_event(
    api: ApiClient, server: OctopusSandbox, company: Company
) -> None:
    deployments = company.octopus["deployments"]
    odd = {**deployments[company.cases["rollback"]], "ReleaseId": None}
    server.put("deployments", odd["Id"], odd)
    log = log_of(api, CHOSEN)
    for is_due in (True, False, True):
        server.faults.forget_requests()
        await by_event(api, deployments[company.example.deployment_id], {})
        has_read = server.faults.by_pattern["GET /api/{id}/releases"] > 0
        assert has_read == is_due
        assert log.unreadable_since is not None
        if not is_due:
            log.unreadable_since -= PAUSE_SECONDS


async def test_a_resync_without_releases_leaves_the_figures_as_they_are(
    resyncing: ApiClient, server: OctopusSandbox
) -> None:
    found: list[Any] = []
    async with resync():
        async for batch in fetch_all(resyncing, DEPLOYMENT, CHOSEN):
            found += batch
    assert found
    assert all({*FIGURES} <= {*item[INCOMPLETE]} for item in found)
    assert server.faults.by_pattern["GET /api/{id}/releases"] == 0


@pytest.mark.parametrize("wanted", [{"states": ["Failed"]}, {"tenants": ["Tenants-1"]}])
async def test_a_narrowed_mapping_tells_what_others_have_read(
    resyncing: ApiClient, wanted: Item
) -> None:
    catalog = await all_at_once(resyncing)
    chosen = selector(OctopusKind.DEPLOYMENT, lookbackDays=0, **wanted)
    found: Catalog = {}
    async with resync():
        async for batch in fetch_all(resyncing, DEPLOYMENT, chosen):
            write(found, batch)
    assert found
    assert found.items() <= catalog.items()
