"""Deployments that all end at once: how long until their issues say so."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any, Protocol
from urllib.parse import urlsplit

from rich.table import Table

from sandbox.bench.editor import PATIENCE_SECONDS, POLL_SECONDS, Editor, when
from sandbox.bench.live import POSTS_AT_ONCE, editing
from sandbox.bench.runs import OURS, BadRun
from sandbox.bench.stands import VENDORS, Stands
from sandbox.company import Item
from sandbox.company.base import parse_time
from sandbox.company.octopus.tasks import ended_deployment, related_to
from sandbox.events import audit_event, octopus_event
from sandbox.live import numbers

AT_ONCE = 50
# Fewer have no percentiles.
FEWEST = 2
# Far beyond what the company has by itself.
FIRST_NUMBER = 900_000
# Within the lookback, so that all is known of the issues.
YOUNG = timedelta(days=80)
CATEGORY = "DeploymentSucceeded"


class Shows(Protocol):
    """What shows the items of a vendor's collection."""

    def all(self, vendor: str, collection: str) -> list[Item]:
        """Return all of them."""


@dataclass(frozen=True, kw_only=True)
class Ends:
    """From the event of each deployment to the delivery of an issue that it brings."""

    deployments: int
    median_seconds: float
    p95_seconds: float
    slowest_seconds: float
    # Requests to each vendor for one of them.
    requests: dict[str, float]


@dataclass(frozen=True)
class End:
    """A deployment that is to end, and an issue that nothing else brings."""

    number: int
    release: Item
    environment: Item
    issue_key: str


async def measure_ends(stands: Stands) -> Ends:
    """Let deployments to production end at once; the delivery log is known by then."""
    async with editing(stands, OURS) as editor:
        subscriptions = await _subscriptions(stands, editor)
        first, *ends = ends_of(stands)[: AT_ONCE + 1]
        if len(ends) < FEWEST:
            raise BadRun("too few releases carry an issue of their own")
        sender = _Sender(editor, subscriptions)
        await _arrivals(editor, {first.issue_key: await sender.end(first)})
        before = {vendor: stands.requests(vendor) for vendor in VENDORS}
        sent = await sender.end_all(ends)
        waits = [*(await _arrivals(editor, sent)).values()]
        asked = {vendor: stands.requests(vendor) - before[vendor] for vendor in VENDORS}
    return Ends(
        deployments=len(ends),
        median_seconds=median(waits),
        p95_seconds=quantiles(waits, n=20)[-1],
        slowest_seconds=max(waits),
        requests={vendor: number / len(ends) for vendor, number in asked.items()},
    )


async def _subscriptions(stands: Stands, editor: Editor) -> dict[str, Item]:
    """Wait for those that the integration asks each space of Octopus for."""
    spaces = {space["Id"] for space in stands.all("octopus", "spaces")}
    own = urlsplit(editor.address).netloc
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = {
                one["SpaceId"]: one
                for one in stands.all("octopus", "subscriptions")
                if urlsplit(_address(one)).netloc == own
            }
            if found.keys() >= spaces:
                return found
            await asyncio.sleep(POLL_SECONDS)


def _address(subscription: Item) -> str:
    return str(subscription["EventNotificationSubscription"]["WebhookURI"])


def ends_of(stands: Shows) -> list[End]:
    """Return a deployment for each project, whose release alone carries an issue."""
    releases = stands.all("octopus", "releases")
    begin = datetime.now(UTC) - YOUNG
    visible = {project["key"] for project in stands.all("jira", "project?visible")}
    carried = {release["Id"]: [*_keys(release, visible)] for release in releases}
    carriers = Counter(key for keys in carried.values() for key in keys)
    environments = {
        environment["SpaceId"]: environment
        for environment in stands.all("octopus", "environments")
        if environment["Name"] == "Production"
    }
    last = {
        release["ProjectId"]: (release, key)
        for release in releases
        for key in carried[release["Id"]]
        if carriers[key] == 1 and parse_time(release["Assembled"]) > begin
    }
    return [
        End(number, release, environments[release["SpaceId"]], key)
        for number, (release, key) in enumerate(last.values(), FIRST_NUMBER)
    ]


def _keys(release: Item, projects: set[str]) -> Iterator[str]:
    for build in release["BuildInformation"]:
        for work in build["WorkItems"]:
            if work["Id"].rpartition("-")[0] in projects:
                yield work["Id"]


class _Sender:
    """Lets deployments end, and tells the integration as Octopus does."""

    def __init__(self, editor: Editor, subscriptions: dict[str, Item]) -> None:
        self._editor, self._subscriptions = editor, subscriptions
        self._turn = asyncio.Semaphore(POSTS_AT_ONCE)

    async def end_all(self, ends: Sequence[End]) -> dict[str, float]:
        """Return when the event of each was sent, by the key of its issue."""
        deployments = [await self._put(end) for end in ends]
        times = await asyncio.gather(*map(self._tell, deployments))
        return {end.issue_key: at for end, at in zip(ends, times, strict=True)}

    async def end(self, end: End) -> float:
        """Return when the event was sent."""
        return (await self.end_all([end]))[end.issue_key]

    async def _put(self, end: End) -> Item:
        now = datetime.now(UTC)
        deployment, task = ended_deployment(
            end.number, end.release, end.environment, "Success", now
        )
        await self._editor.put("octopus", "tasks", task["Id"], task)
        await self._editor.put("octopus", "deployments", deployment["Id"], deployment)
        return deployment

    async def _tell(self, deployment: Item) -> float:
        space = deployment["SpaceId"]
        number = int(deployment["Id"].rpartition("-")[2])
        event = audit_event(number, CATEGORY, space, related_to(deployment), None)
        subscription = self._subscriptions[space]
        async with self._turn:
            sent = time.time()
            raw, headers = octopus_event(subscription, event)
            await self._editor.post(_address(subscription), raw, headers)
        return sent


async def _arrivals(editor: Editor, sent: dict[str, float]) -> dict[str, float]:
    """Wait for the delivery of issues; return how many seconds each took."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            found = await editor.catalog()
            told = {key: found[key] for key in sent if _is_told(found.get(key))}
            if told.keys() == sent.keys():
                return {key: when(entity) - sent[key] for key, entity in told.items()}
            await asyncio.sleep(POLL_SECONDS)


def _is_told(entity: dict[str, Any] | None) -> bool:
    return bool(entity and entity["properties"].get("firstInProductionAt"))


def ends_table_of(ends: Ends) -> Table:
    """Return what was measured, in a line."""
    each = (f"{vendor} each" for vendor in VENDORS)
    columns = numbers("median s", "p95 s", "slowest s", *each)
    title = f"{ends.deployments} deployments end"
    table = Table(*columns, title=title, title_justify="left")
    waits = (ends.median_seconds, ends.p95_seconds, ends.slowest_seconds)
    asked = (ends.requests[vendor] for vendor in VENDORS)
    table.add_row(*(f"{v:.2f}" for v in waits), *(f"{v:.1f}" for v in asked))
    return table
