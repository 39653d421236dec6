"""Lets what the company has released and deployed happen again, and tells of it.

By a resync, by events only, or by looks only.
"""

from collections.abc import AsyncGenerator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from client import ApiClient
from core.fetch import fetch_all
from core.trouble import INCOMPLETE
from core.types import Item
from framework.entity_processor import GONE
from links.issue_delivery import ISSUE_DELIVERY
from links.live_delivery import after_deployment, after_release
from sandbox.company import Company
from sandbox.company.base import parse_time
from sandbox.octopus import OctopusSandbox
from tests.framework.resyncs import resync
from tests.octopus.test_kinds import selector

KEYS = "SHOP=1 PAY=2 MOB=3 OPS=4 DATA=5"
CHOSEN = selector(ISSUE_DELIVERY.kind, lookbackDays=0)
OVERLAP = timedelta(minutes=10)
LONG_AGO = datetime.min.replace(tzinfo=UTC)

type Step = tuple[datetime, str, Item]


class Replay:
    """What has happened since a moment, step by step; it has not until then."""

    def __init__(
        self, server: OctopusSandbox, company: Company, since: datetime = LONG_AGO
    ) -> None:
        self._server = server
        self._tasks = dict(company.octopus["tasks"])
        steps: list[Step] = [
            (parse_time(release["Assembled"]), "releases", release)
            for release in company.octopus["releases"].values()
        ]
        for deployment in company.octopus["deployments"].values():
            ended = self._ended(deployment)
            steps.append((ended, "deployments", deployment))
        steps.sort(key=lambda step: (step[0], step[1] != "releases"))
        self._steps = [step for step in steps if step[0] >= since]
        for _, collection, item in self._steps:
            server.delete(collection, item["Id"])
            if task_id := item.get("TaskId"):
                server.delete("tasks", task_id)

    def _ended(self, deployment: Item) -> datetime:
        task = self._tasks.get(deployment["TaskId"] or "") or {}
        return parse_time(task.get("CompletedTime") or deployment["Created"])

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[Step]:
        for step in self._steps:
            _, collection, item = step
            self._server.put(collection, item["Id"], item)
            if task := self._tasks.get(item.get("TaskId") or ""):
                self._server.put("tasks", task["Id"], task)
            yield step


async def all_at_once(api: ApiClient, chosen: Any = CHOSEN) -> dict[str, Item]:
    catalog: dict[str, Item] = {}
    await write_all(catalog, api, chosen)
    return catalog


async def write_all(catalog: dict[str, Item], api: ApiClient, chosen: Any) -> None:
    batches: AsyncGenerator[list[Item]] = fetch_all(api, ISSUE_DELIVERY, chosen)
    async for batch in batches:
        write(catalog, batch)


async def by_resyncs(
    api: ApiClient, steps: Iterable[Step], chosen: Any = CHOSEN
) -> dict[str, Item]:
    """Tell of what had been there before, and again when all has happened."""
    catalog = await all_at_once(api, chosen)
    for _ in steps:
        pass
    api.forget()
    async with resync():
        await write_all(catalog, api, chosen)
    return catalog


def write(catalog: dict[str, Item], items: list[Item]) -> None:
    """Write items as Port gets them: of what is not known, the old value stays."""
    for item in items:
        key, before = item["issueKey"], catalog.pop(item["issueKey"], {})
        if not item.get(GONE):
            unknown = {*item.get(INCOMPLETE, ())}
            rows = {row["id"]: row for row in before.get("stages", ())}
            stages = [
                _merged(rows.get(row["id"], {}), row, unknown, "item.")
                for row in item["stages"]
            ]
            merged = _merged(before, item, unknown)
            catalog[key] = {**merged, "stages": stages, INCOMPLETE: sorted(unknown)}


def _merged(before: Item, item: Item, unknown: set[str], prefix: str = "") -> Item:
    return before | {k: v for k, v in item.items() if f"{prefix}{k}" not in unknown}


async def by_events(
    api: ApiClient, steps: Iterable[Step], chosen: Any = CHOSEN
) -> dict[str, Item]:
    catalog = await all_at_once(api, chosen)
    for _, collection, item in steps:
        after = after_release if collection == "releases" else after_deployment
        write(catalog, await after(api, item, chosen))
    return catalog


def looks(api: ApiClient, steps: Replay) -> Iterator[datetime]:
    """Let everything happen; yield since when to look, after every tenth step."""
    since = None
    for number, (at, _, _) in enumerate(steps, 1):
        since = since or at - OVERLAP
        if number % 10 and number < len(steps):
            continue
        api.forget()
        yield since
        since = at - OVERLAP


async def by_looks(
    api: ApiClient, steps: Replay, chosen: Any = CHOSEN
) -> dict[str, Item]:
    catalog = await all_at_once(api, chosen)
    assert ISSUE_DELIVERY.changed is not None
    for since in looks(api, steps):
        async for batch in ISSUE_DELIVERY.changed(api, ISSUE_DELIVERY, chosen, since):
            write(catalog, batch)
    return catalog
