"""The integration as a service that resyncs when it is told to, and what came of it."""

import copy
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from framework.summary import REPORT_FILE
from sandbox.company import Collection, Item, build_company
from sandbox.events import Emitter
from sandbox.jira import API_TOKEN
from sandbox.live import free_port
from sandbox.octopus import API_KEY
from sandbox.servers import LOOPBACK, serve
from sandbox.vendor_state import VendorState
from tests.companies import let_a_minute_pass
from tests.live_events.running import BRIEF, PATIENCE_SECONDS, Running
from tests.test_end_to_end import SMALL
from tests.warm import serving

# Enough targets for more than half of them to count as many.
SIZE = replace(SMALL, machines=24)

COLLECTIONS = {
    "jiraIssue": "issue",
    "jiraProject": "project",
    "jiraTeam": "team",
    "jiraUser": "user",
    "octopusDeployment": "deployments",
    "octopusMachine": "machines",
    "octopusProject": "projects",
    "octopusRelease": "releases",
    "octopusRunbook": "runbooks",
    "octopusWorker": "workers",
}

# Properties of a project that tell when one of its issues has left.
FOLLOWING = ("totalIssues", "lastIssueUpdate")

# Blueprint and identifier.
type Key = tuple[str, str]
type Snapshot = dict[Key, Item]


@dataclass(frozen=True)
class Report:
    """What a resync says of itself; `troubles` are by kind."""

    outcome: str
    troubles: dict[str, str]

    def of(self, product: str) -> set[str]:
        """Return the kinds of a product that are in trouble."""
        return {kind for kind in self.troubles if kind.startswith(product)}


@dataclass
class Resyncing(Running):
    """A running integration, its stand-ins, and the report of its last resync."""

    address: str
    report: Path
    first: Report = field(init=False)
    refused_share: float = 0.0
    jira_token: str = API_TOKEN
    octopus_key: str = API_KEY

    async def resync(self) -> Report:
        """Have everything read and reconciled; return how that ended."""
        self.report.unlink(missing_ok=True)
        let_a_minute_pass(self.stands)
        reply = await self.http.post(f"{self.address}/resync")
        assert reply.is_success, self.log.read_text(errors="replace")[-4000:]
        told = json.loads(self.report.read_text())
        troubles = {row["kind"]: "; ".join(row["troubles"]) for row in told["kinds"]}
        return Report(told["outcome"], {k: v for k, v in troubles.items() if v})

    def snapshot(self) -> Snapshot:
        """Return what the catalog holds at this moment."""
        return {
            (blueprint, identifier): _content(entity)
            for blueprint, entities in self.stands.port.entities.items()
            for identifier, entity in entities.items()
        }

    def delete(
        self, blueprint: str, *, space: str | None = None, is_referred: bool = False
    ) -> Key:
        """Delete something at its vendor and return its entity; no event tells it.

        It is of a space if told so, and nothing refers to it, or only Octopus does.
        """
        vendor, collection = self._collection(blueprint)
        referring = self._referring()
        ids = {item.get("key", id_): id_ for id_, item in collection.items()}
        # The latest come first, and they are what runs somewhere.
        oldest_first = [*self.stands.port.entities[blueprint].items()][::-1]
        for identifier, entity in oldest_first:
            by = referring.get(identifier, set())
            is_right = all(b.startswith("octopus") for b in by) and bool(by)
            is_there = identifier in ids and bool(entity["title"])
            is_inside = space in (None, entity["relations"].get("space"))
            if is_there and is_inside and (is_right if is_referred else not by):
                vendor.delete(COLLECTIONS[blueprint], ids[identifier])
                return blueprint, identifier
        raise LookupError(f"no {blueprint} can be deleted")

    def change(self, blueprint: str, id_: str, **fields: Any) -> Item:
        """Change fields of something at its vendor; return how it is now."""
        vendor, collection = self._collection(blueprint)
        item = {**collection[id_], **fields}
        vendor.put(COLLECTIONS[blueprint], id_, item)
        return item

    def _collection(self, blueprint: str) -> tuple[VendorState, Collection]:
        is_jira = blueprint.startswith("jira")
        vendor = self.stands.jira if is_jira else self.stands.octopus
        return vendor, vendor.collections[COLLECTIONS[blueprint]]

    def _referring(self) -> dict[str, set[str]]:
        """Return the blueprints of what refers to each identifier."""
        found: dict[str, set[str]] = {}
        for (blueprint, _), shown in self.snapshot().items():
            for end in _ends(shown):
                found.setdefault(end, set()).add(blueprint)
        return found

    def an_issue(self) -> Item:
        """Return an issue, no epic, that the catalog has."""
        return next(
            issue
            for issue in self.stands.jira.collections["issue"].values()
            if self.title("jiraIssue", issue["key"])
            and not self.title("jiraEpic", issue["key"])
        )

    def first_of(self, blueprint: str) -> str:
        """Return the identifier of the first entity that its vendor has, too."""
        _, collection = self._collection(blueprint)
        return next(i for i in self.stands.port.entities[blueprint] if i in collection)

    def title(self, blueprint: str, identifier: str) -> str | None:
        """Return the title of an entity, None if there is none."""
        entity = self.entity(blueprint, identifier)
        return entity["title"] if entity else None

    async def tell_octopus(self, category: str, id_: str) -> None:
        """Have Octopus tell that something happened to a document."""
        space = next(
            shown["relations"]["space"]
            for (_, identifier), shown in self.snapshot().items()
            if identifier == id_
        )
        assert await self.emit.octopus(category, space, id_, context=id_) == 1

    async def ask_octopus(self, path: str) -> Item:
        """Return what Octopus answers the integration."""
        url = f"{self.stands.octopus_url}/{path}"
        reply = await self.http.get(url, headers={"X-Octopus-ApiKey": self.octopus_key})
        item: Item = reply.json()
        return item

    def logged(self, text: str) -> int:
        """Return how often the log has a text."""
        return self.log.read_text(errors="replace").count(text)

    def has_logged_more(self, text: str, before: int) -> bool:
        """Tell whether the log has a text more often than before."""
        return self.logged(text) > before

    def has_title(self, key: Key, title: str) -> bool:
        """Tell whether an entity has this title."""
        return self.title(*key) == title

    def heal(self) -> None:
        """Let both vendors answer as they should."""
        for vendor in (self.stands.jira, self.stands.octopus):
            vendor.faults.clear()
        self.let_in()

    def let_in(self, *, jira: bool = True, octopus: bool = True) -> None:
        """Say which vendors take the credential for a good one."""
        self.stands.jira.api_tokens = {self.jira_token} if jira else set()
        self.stands.octopus.api_keys = {self.octopus_key} if octopus else set()


def _content(entity: Item) -> Item:
    shown = {n: entity[n] for n in ("title", "properties", "relations")}
    content: Item = copy.deepcopy(shown)
    if shown["title"] == entity["identifier"]:  # as a resync calls a release's issue
        content["title"] = None
    for name in FOLLOWING:
        content["properties"].pop(name, None)
    return content


def _ends(entity: Item) -> list[str]:
    values = entity["relations"].values()
    return [e for v in values for e in (v if isinstance(v, list) else [v]) if e]


@dataclass
class Lost:
    """What has left, what has no content any more, and what else is different."""

    left: set[Key] = field(default_factory=set)
    emptied: set[Key] = field(default_factory=set)
    changed: dict[Key, Any] = field(default_factory=dict)


def lost(before: Snapshot, after: Snapshot) -> Lost:
    """Return how the catalog differs from before."""
    differ = {key for key in before | after if before.get(key) != after.get(key)}
    left = before.keys() - after.keys()
    emptied = {key for key in differ - left if not _has_content(after[key])}
    others = differ - left - emptied
    changed = {k: _differences(before.get(k, {}), after[k]) for k in others}
    # What has become null was not there before either.
    return Lost(left, emptied, {k: d for k, d in changed.items() if any(d.values())})


def _differences(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return old, new
    names = [n for n in old.keys() | new.keys() if old.get(n) != new.get(n)]
    return {name: _differences(old.get(name), new.get(name)) for name in names}


def _has_content(shown: Item) -> bool:
    values = (*shown["properties"].values(), *shown["relations"].values())
    return bool(shown["title"]) or any(value not in (None, []) for value in values)


@asynccontextmanager
async def resyncing(report: Path) -> AsyncIterator[Resyncing]:
    """Run the integration beside its stand-ins; it resyncs only when it is told to."""
    port = free_port()
    address = f"http://{LOOPBACK}:{port}"
    listener = {"type": "WEBHOOK", "app_host": address}
    own = {"OCEAN__EVENT_LISTENER": json.dumps(listener), REPORT_FILE: str(report)}
    async with (
        serve(build_company(size=SIZE)) as stands,
        serving({**stands.environment(), **own}, port) as log,
        httpx.AsyncClient(timeout=PATIENCE_SECONDS, limits=BRIEF) as http,
    ):
        emit = Emitter(stands, http)
        system = Resyncing(stands, emit, http, log, address, report)
        await system.until(lambda: system.logged("Uvicorn running on"))
        yield system
