"""Thousands of live events: in the end the catalog is what the vendors hold."""

import asyncio
import copy
from itertools import batched

import psutil
import pytest

import sandbox.sail
from sandbox.company import Item
from sandbox.expected import expected
from sandbox.servers import Stands
from sandbox.truth import Catalog, compare
from tests.live_events.running import Running, filled
from tests.live_events.storm import FORGED, Post, Storm
from tests.warm import sail

pytestmark = pytest.mark.process

# As many are posted at once as Jira would, and no faster than they are dealt with.
EVENTS, AT_ONCE, IN_A_BURST, WARM = 600, 20, 100, 200
# Nothing but the events themselves may make the catalog right.
NO_LOOKS = {"OCEAN__INTEGRATION__CONFIG__INCREMENTAL_LOOK_SECONDS": "0"}
# What is remembered of objects fills up, and the heap grows by steps of five. Had the
# 400 events been kept, their bodies alone would be 32.
GROWTH_MEGABYTES = 16.0
# No event tells that a project has more issues than before.
NOT_TOLD = ("totalIssues", "lastIssueUpdate")

type Facts = dict[tuple[str, str], Item]


async def test_after_a_storm_of_events_the_catalog_is_the_truth() -> None:
    async with filled(NO_LOOKS, start=sandbox.sail.start) as running:
        stands, memory = running.stands, [0.0]
        storm = Storm(stands)
        for sent, burst in enumerate(batched(storm.posts(EVENTS), IN_A_BURST), 1):
            await post_all(running, burst)
            await until_dealt_with(running, storm)
            if sent * IN_A_BURST == WARM:
                memory = [megabytes_of_the_integration(running)]
        await running.until(lambda: not complaints(stands))
        memory.append(megabytes_of_the_integration(running))
        by_events = copy.deepcopy(stands.port.entities)
        assert storm.forged > EVENTS * FORGED / 2
        assert memory[1] - memory[0] < GROWTH_MEGABYTES, memory

        assert (await sail(stands.environment())).status == 0
        by_resync = stands.port.entities
        live, truth = facts(by_events), facts(by_resync)
        assert live.keys() == truth.keys()
        assert [
            (live[key], truth[key]) for key in truth if live[key] != truth[key]
        ] == []
        assert stands.port.store.errors == []


def complaints(stands: Stands) -> list[str]:
    """Tell in what the catalog is not yet as the vendors have it."""
    catalog, company = stands.port.entities, stands.company
    found = [d for d in compare(company, catalog) if d.blueprint in catalog]
    missing = [text for difference in found for text in difference.complaints]
    tasks, known = company.octopus["tasks"], expected(company)
    # An event refreshes the place after the deployment.
    blueprints = ("octopusDeployment", "octopusCurrentRelease")
    return missing or [
        f"{id_} has another state"
        for blueprint in blueprints
        for id_, item in known[blueprint].items()
        if (task := tasks.get(str(item.get("TaskId"))))
        and catalog[blueprint][id_]["properties"].get("state") != task["State"]
    ]


def facts(catalog: Catalog) -> Facts:
    """Return all that events keep right, without what is only referred to."""
    named = {
        (blueprint, identifier): entity
        for blueprint, entities in catalog.items()
        for identifier, entity in entities.items()
        if entity["title"]
    }
    there = {identifier for _, identifier in named}
    return {
        key: {
            "title": entity["title"],
            "properties": {**entity["properties"], **dict.fromkeys(NOT_TOLD)},
            "relations": {
                name: sorted(there & set(as_list(ends)))
                for name, ends in entity["relations"].items()
            },
        }
        for key, entity in named.items()
    }


def as_list(ends: str | list[str] | None) -> list[str]:
    return ends if isinstance(ends, list) else [ends or ""]


def megabytes_of_the_integration(running: Running) -> float:
    """Return the memory that is only the running integration's own."""
    return float(psutil.Process(running.pid()).memory_full_info().uss / 1e6)


async def post_all(running: Running, posts: tuple[Post, ...]) -> None:
    """Post in this order, some at once."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def send(post: Post) -> None:
        async with turn:
            reply = await running.http.post(
                post.url, content=post.body, headers=post.headers
            )
            assert reply.status_code == (401 if post.is_forged else 200)

    await asyncio.gather(*map(send, posts))


async def until_dealt_with(running: Running, storm: Storm) -> None:
    """Wait for two more events, one of each vendor: the queues are almost empty."""
    key, summary, edited = storm.edit_issue()
    id_, name, renamed = storm.rename_machine()
    await post_all(running, (edited, renamed))
    await running.until(lambda: title(running, "jiraIssue", key) == summary)
    await running.until(lambda: title(running, "octopusMachine", id_) == name)


def title(running: Running, blueprint: str, identifier: str) -> str | None:
    entity = running.entity(blueprint, identifier)
    return str(entity["title"]) if entity else None
