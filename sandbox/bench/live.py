"""Live events: how many a second, and how long from the event to the catalog."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice
from statistics import median, quantiles

import httpx

from sandbox.bench.runs import PROGRAMS, BadRun
from sandbox.bench.scenarios import Scenario
from sandbox.bench.stands import VENDORS, Stands
from sandbox.company import Item
from sandbox.events import jira_event
from sandbox.sail import serving
from sandbox.servers import LOOPBACK

# A process that serves events only: nothing else is measured meanwhile.
ENVIRONMENT = {"OCEAN__EVENT_LISTENER": '{"type":"WEBHOOKS_ONLY"}'}
UPDATED = "jira:issue_updated"
BLUEPRINT = "jiraIssue"
PATIENCE_SECONDS = 300.0
POLL_SECONDS = 0.1
PER_SECOND = 10.0
# Jira posts so many events to a host at a time.
POSTS_AT_ONCE = 20
# Most events are about so few objects; one out of so many is about one of its own.
OBJECTS, EVERY_OTHER = 10, 10


@dataclass(frozen=True, kw_only=True)
class Live:
    """What the live events of one path took."""

    path: str
    distinct_per_second: float
    repeated_per_second: float
    median_seconds: float
    p95_seconds: float
    # What one event costs: requests to each, for distinct events.
    requests: dict[str, float]


class Editor:
    """Edits issues in Jira and tells the integration, as Jira does."""

    def __init__(self, stands: Stands, http: httpx.AsyncClient, hook: Item) -> None:
        self._stands = stands
        self._http = http
        self._hook = hook
        self._edits = 0

    async def edit(self, issue: Item) -> str:
        """Change an issue's summary; return the new one."""
        self._edits += 1
        summary = f"Edit {self._edits}"
        issue["fields"]["summary"] = summary
        url = f"{self._stands.urls['jira']}/_sandbox/issue/{issue['id']}"
        (await self._http.put(url, json=issue)).raise_for_status()
        return summary

    async def tell(self, issue: Item) -> None:
        """Send the event that an issue was edited."""
        subject = {name: issue[name] for name in ("id", "key", "fields")}
        raw, headers = jira_event(self._hook, UPDATED, issue=subject)
        reply = await self._http.post(self._hook["url"], content=raw, headers=headers)
        reply.raise_for_status()

    async def arrival(self, issue: Item, summary: str) -> float:
        """Wait for an edit to be in the catalog; return when it came there."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                entity = (await self.catalog()).get(issue["key"])
                if entity and entity["title"] == summary:
                    return when(entity)
                await asyncio.sleep(POLL_SECONDS)

    async def catalog(self) -> dict[str, Item]:
        """Return the issues that are in the catalog."""
        url = f"{self._stands.urls['port']}/_sandbox/entities/{BLUEPRINT}"
        entities: dict[str, Item] = (await self._http.get(url)).json()
        return entities


def when(entity: Item) -> float:
    """Return when an entity was last written, in seconds since 1970."""
    return datetime.fromisoformat(entity["updatedAt"]).timestamp()


async def measure_live(stands: Stands, path: str, scenario: Scenario) -> Live:
    """Send bursts and a steady stream of events to one path."""
    async with editing(stands, path) as editor:
        needed = 2 * scenario.burst + scenario.steady + 3
        issues = iter(_issues(stands, needed))
        first = next(issues)
        # The first event opens connections and compiles the mapping.
        await editor.tell(first)
        await editor.arrival(first, first["fields"]["summary"])
        before = _requests(stands)
        distinct = list(islice(issues, scenario.burst))
        distinct_rate = await _burst(editor, distinct, next(issues))
        asked = _requests(stands)
        repeated_rate = await _burst(
            editor, repeating(issues, scenario.burst), next(issues)
        )
        latencies = await _steady(editor, list(islice(issues, scenario.steady)))
    events = len(distinct) + 1
    return Live(
        path=path,
        distinct_per_second=distinct_rate,
        repeated_per_second=repeated_rate,
        median_seconds=median(latencies),
        p95_seconds=quantiles(latencies, n=20)[-1],
        requests={to: (asked[to] - before[to]) / events for to in asked},
    )


@asynccontextmanager
async def editing(stands: Stands, path: str) -> AsyncIterator[Editor]:
    """Run one path as a service until it has registered with Jira."""
    stands.forget(catalog=True)
    stands.clear_webhooks()
    with socket.create_server((LOOPBACK, 0)) as listening:
        port = listening.getsockname()[1]
    environment = {**stands.environment, **ENVIRONMENT}
    async with (
        serving(environment, port, program=PROGRAMS[path]) as log,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS) as http,
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
    asked = {vendor: stands.requests(vendor) for vendor in VENDORS}
    return {**asked, "port": stands.port()["requests"]}


def repeating(issues: Iterator[Item], count: int) -> list[Item]:
    """Return issues, most of them the same few again and again."""
    few = cycle(list(islice(issues, OBJECTS)))
    return [
        next(issues) if number % EVERY_OTHER == 0 else next(few)
        for number in range(count)
    ]


async def _burst(editor: Editor, issues: Sequence[Item], last: Item) -> float:
    """Send events as fast as they are taken; return how many a second were served."""
    told, turn = [*issues, last], asyncio.Semaphore(POSTS_AT_ONCE)
    wanted = {issue["key"]: await editor.edit(issue) for issue in told}

    async def tell(issue: Item) -> None:
        async with turn:
            await editor.tell(issue)

    started = time.time()
    await asyncio.gather(*(tell(issue) for issue in told))
    by_key = {issue["key"]: issue for issue in told}
    arrived = [await editor.arrival(by_key[key], wanted[key]) for key in wanted]
    return len(told) / (max(arrived) - started)


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
