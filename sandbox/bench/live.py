"""Live events: how many a second, and how long from the event to the catalog."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median, quantiles
from typing import NamedTuple

import httpx
import psutil

from sandbox.bench.editor import (
    DELETED,
    PATIENCE_SECONDS,
    POLL_SECONDS,
    UPDATED,
    Editor,
    when,
)
from sandbox.bench.meter import cpu_seconds_of
from sandbox.bench.runs import PROGRAMS, BadRun
from sandbox.bench.scenarios import Scenario
from sandbox.bench.stands import VENDORS, Stands
from sandbox.company import Item
from sandbox.live import LIVE, free_port
from sandbox.sail import serving

# After the last change of a storm, nothing more is read.
SETTLED_SECONDS = 3.0
PER_SECOND = 10.0
# Nothing is asked of a vendor for so long once the start is over.
QUIET_SECONDS = 2.0
# Jira posts so many events to a host at a time.
POSTS_AT_ONCE = 20
# Most events are about so few objects; one out of so many is about one of its own.
OBJECTS, EVERY_OTHER = 10, 10
# Uvicorn closes idle connections after five seconds, also while we begin to use one.
BRIEF = httpx.Limits(keepalive_expiry=1.0)
# So many events about one object, at once.
STORM = 50


@dataclass(frozen=True, kw_only=True)
class Live:
    """What the live events of one path took."""

    path: str
    distinct_per_second: float
    repeated_per_second: float
    median_seconds: float
    p95_seconds: float
    deleted_per_second: float
    # What a distinct event, and a deletion, takes of a processor: more robust than
    # rates where other work is done beside it.
    distinct_cpu_ms: float
    deleted_cpu_ms: float
    # Requests to both vendors for a storm about one object.
    storm_requests: int
    # What one event costs: requests to each, for distinct events.
    requests: dict[str, float]


async def measure_live(stands: Stands, path: str, scenario: Scenario) -> Live:
    """Send bursts and a steady stream of events to one path."""
    async with editing(stands, path) as editor:
        needed = 2 * scenario.burst + scenario.steady + 4
        issues = iter(_issues(stands, needed))
        await _warm_up(editor, stands, next(issues))
        several = list(islice(issues, scenario.burst))
        burst = _burst(editor, several, next(issues))
        distinct = await _measured(stands, burst, len(several) + 1)
        again = repeating(issues, scenario.burst)
        repeated_rate = await _burst(editor, again, next(issues))
        latencies = await _steady(editor, list(islice(issues, scenario.steady)))
        storm = await _storm(editor, stands, next(issues))
        deleted = await _measured(stands, _delete(editor, several), len(several))
        for issue in several:  # the next path needs as many
            await editor.edit(issue)
    return Live(
        path=path,
        distinct_per_second=distinct.per_second,
        repeated_per_second=repeated_rate,
        median_seconds=median(latencies),
        p95_seconds=quantiles(latencies, n=20)[-1],
        deleted_per_second=deleted.per_second,
        distinct_cpu_ms=distinct.cpu_ms,
        deleted_cpu_ms=deleted.cpu_ms,
        storm_requests=storm,
        requests=distinct.requests,
    )


async def _warm_up(editor: Editor, stands: Stands, first: Item) -> None:
    """Have connections opened and the mapping compiled, and the start be over."""
    await editor.tell(first)
    await editor.arrival(first, first["fields"]["summary"])
    before: dict[str, int] = {}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while before != (now := _vendor_requests(stands)):
            before = now
            await asyncio.sleep(QUIET_SECONDS)


class _Cost(NamedTuple):
    """What a burst of events took: the rate, and the rest for each event."""

    per_second: float
    cpu_ms: float
    requests: dict[str, float]


async def _measured(stands: Stands, burst: Awaitable[float], events: int) -> _Cost:
    """Await a burst of so many events, which returns its rate."""
    children = psutil.Process().children()
    pid = next(child.pid for child in children if "sail" in child.cmdline())
    before, started = _requests(stands), cpu_seconds_of(pid)
    rate = await burst
    cpu_ms = 1000 * (cpu_seconds_of(pid) - started) / events
    after = _requests(stands)
    asked = {to: (after[to] - before[to]) / events for to in after}
    return _Cost(rate, cpu_ms, asked)


@asynccontextmanager
async def editing(stands: Stands, path: str) -> AsyncIterator[Editor]:
    """Run one path as a service, and wait until it has registered with Jira."""
    stands.forget(catalog=True)
    stands.clear_webhooks()
    port = free_port()
    environment = {**stands.environment, **LIVE}
    async with (
        serving(environment, port, program=PROGRAMS[path]) as log,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS, limits=BRIEF) as http,
    ):
        try:
            yield Editor(stands, http, await _registered(stands))
        except TimeoutError:
            raise BadRun(log.read_text(errors="replace")[-3000:]) from None


async def _registered(stands: Stands) -> Item:
    """Wait for the webhook that the integration asks Jira for."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if hooks := stands.all("jira", "webhook"):
                return hooks[0]
            await asyncio.sleep(POLL_SECONDS)


def _issues(stands: Stands, wanted: int) -> list[Item]:
    """Return issues that searches find and that are no epics."""
    archived = {p["id"] for p in stands.all("jira", "project") if p.get("archived")}
    found = [
        issue
        for issue in stands.all("jira", "issue?visible")
        if issue["fields"]["project"]["id"] not in archived
        and issue["fields"]["issuetype"]["hierarchyLevel"] == 0
    ]
    if len(found) < wanted:
        raise BadRun(f"live events need {wanted} issues, there are {len(found)}")
    return found[:wanted]


def _requests(stands: Stands) -> dict[str, int]:
    return {**_vendor_requests(stands), "port": stands.port()["requests"]}


def _vendor_requests(stands: Stands) -> dict[str, int]:
    return {vendor: stands.requests(vendor) for vendor in VENDORS}


def repeating(issues: Iterator[Item], count: int) -> list[Item]:
    """Return issues, most of them the same few again and again."""
    few = cycle(list(islice(issues, OBJECTS)))
    return [
        next(issues) if number % EVERY_OTHER == 0 else next(few)
        for number in range(count)
    ]


async def _burst(editor: Editor, issues: Sequence[Item], last: Item) -> float:
    """Send events as fast as they are taken; return how many a second were served."""
    told = [*issues, last]
    wanted = {issue["key"]: await editor.edit(issue) for issue in told}
    started = time.time()
    await _post(editor, told, UPDATED)
    by_key = {issue["key"]: issue for issue in told}
    arrived = [await editor.arrival(by_key[key], wanted[key]) for key in wanted]
    return len(told) / (max(arrived) - started)


async def _post(editor: Editor, issues: Iterable[Item], name: str) -> None:
    """Send events as fast as they are taken, as many at a time as Jira does."""
    turn = asyncio.Semaphore(POSTS_AT_ONCE)

    async def tell(issue: Item) -> None:
        async with turn:
            await editor.tell(issue, name)

    await asyncio.gather(*(tell(issue) for issue in issues))


async def _storm(editor: Editor, stands: Stands, issue: Item) -> int:
    """Send many events about one issue; return how many requests they took."""
    before, summary = _vendor_requests(stands), await editor.edit(issue)
    await _post(editor, [issue] * STORM, UPDATED)
    await editor.arrival(issue, summary)
    await asyncio.sleep(SETTLED_SECONDS)
    return sum(_vendor_requests(stands).values()) - sum(before.values())


async def _delete(editor: Editor, issues: Sequence[Item]) -> float:
    """Delete issues that are in the catalog; return how many left it a second."""
    for issue in issues:
        await editor.delete(issue)
    started = time.monotonic()
    await _post(editor, issues, DELETED)
    await editor.absence(issues)
    return len(issues) / (time.monotonic() - started)


async def _steady(editor: Editor, issues: Sequence[Item]) -> list[float]:
    """Send events at a steady pace; return how long each took to the catalog."""
    sent: dict[str, float] = {}
    began, summary = time.monotonic(), ""
    for number, issue in enumerate(issues):
        await asyncio.sleep(began + number / PER_SECOND - time.monotonic())
        summary = await editor.edit(issue)
        sent[issue["key"]] = time.time()
        await editor.tell(issue)
    await editor.arrival(issues[-1], summary)
    catalog = await editor.catalog()
    return [when(catalog[key]) - at for key, at in sent.items()]
