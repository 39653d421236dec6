"""How far each issue must have come, told from the company alone.

Nothing here is shared with the integration: where the two disagree, one is wrong. The
rules are those of docs/delivery.md, applied to one deployment after the other.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from sandbox.company import Company, Item
from sandbox.company.base import octopus_time, parse_time
from sandbox.company.jira.projects import HIDDEN

KEY = re.compile(r"\b([A-Z][A-Z0-9]+)-[1-9][0-9]*\b")
# The stages by the company's environments, in their order; others are none.
STAGES = {
    "Development": ("Development",),
    "Test": ("Test", "QA", "Test Previews"),
    "Staging": ("Staging", "Acceptance", "Demo"),
    "Production": ("Production",),
}
LAST = [*STAGES][-1]

type PlaceKey = tuple[str, str, str | None]


@dataclass
class Stay:
    """What became of an issue at one place."""

    stage: str
    project: str
    first: datetime | None = None
    last: datetime | None = None
    back: datetime | None = None
    is_there: bool = False

    def put(self, *, has: bool, lacks: bool, at: datetime) -> None:
        """Take note of a release that came here and has the issue, or lacks it."""
        if has and not self.is_there:
            self.first, self.last = self.first or at, at
            self.is_there, self.back = True, None
        elif lacks and self.is_there:
            self.is_there, self.back = False, at


@dataclass
class IssueTruth:
    """Tells the delivery of issues, as the default mapping names it."""

    company: Company
    _came: dict[PlaceKey, list[tuple[datetime, Item]]] = field(init=False)
    carriers: dict[str, list[Item]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort all successes by place, and releases by the issues that they name."""
        self._came, self.carriers = defaultdict(list), defaultdict(list)
        octopus = self.company.octopus
        known = octopus["releases"]
        for item in sorted(octopus["deployments"].values(), key=_created):
            task = octopus["tasks"].get(item["TaskId"] or "", {})
            if task.get("State") == "Success" and item["ReleaseId"] in known:
                place = item["ProjectId"], item["EnvironmentId"], item["TenantId"]
                at = parse_time(task["CompletedTime"])
                self._came[place].append((at, item))
        projects = {project["key"] for project in self.company.jira["project"].values()}
        for release in known.values():
            for key in keys_in(release, projects - {HIDDEN}):
                self.carriers[key].append(release)

    def of(self, key: str) -> Item:
        """Return the properties of an issue that some release carries."""
        carriers = self.carriers[key]
        stays = [*self._stays(carriers)]
        last = [stay for stay in stays if stay.stage == LAST]
        there = [stay for stay in last if stay.is_there]
        projects = {release["ProjectId"] for release in carriers}
        is_whole = len(there) == len(last) and projects == {s.project for s in last}
        firsts = [stay.first for stay in last if stay.first]
        reached = [stage for stage in STAGES if _ever(stays, stage)]
        since = [stay.last for stay in there if stay.last]
        backs = [stay.back for stay in last if stay.back]
        return {
            "deliveryState": _state(len(there), is_whole, bool(firsts)),
            "furthestStage": reached[-1] if reached else None,
            "releases": len(carriers),
            "lastAssembled": _time(max(parse_time(r["Assembled"]) for r in carriers)),
            "firstInProductionAt": _time(min(firsts, default=None)),
            "inProductionSince": _time(max(since)) if is_whole else None,
            "productionPlaces": f"{len(there)} of {len(last)}" if last else None,
            "rolledBackAt": _time(max(backs, default=None)),
        }

    def _stays(self, carriers: list[Item]) -> Iterator[Stay]:
        by_project: dict[str, list[Item]] = defaultdict(list)
        for release in carriers:
            by_project[release["ProjectId"]].append(release)
        for (project, environment, _), came in self._came.items():
            stage = self._stage(environment)
            if project in by_project and stage:
                stay = Stay(stage, project)
                for at, item in came:
                    self._arrive(stay, at, item, by_project[project])
                yield stay

    def _arrive(self, stay: Stay, at: datetime, item: Item, own: list[Item]) -> None:
        release = self.company.octopus["releases"][item["ReleaseId"]]
        if parse_time(item["Created"]) >= min(parse_time(r["Assembled"]) for r in own):
            stay.put(
                has=any(has(release, one) for one in own),
                lacks=all(lacks(release, one) for one in own),
                at=at,
            )

    def _stage(self, environment_id: str) -> str | None:
        environments = self.company.octopus["environments"]
        own = environments.get(environment_id)
        if own is None:
            return None
        parent = environments.get(own.get("ParentEnvironmentId", ""), own)
        found = (s for s, names in STAGES.items() if parent["Name"] in names)
        return next(found, None)


def keys_in(release: Item, projects: Iterable[str]) -> set[str]:
    """Return the issues that a release names, in whatever way."""
    told = json.dumps([release["BuildInformation"], release["ReleaseNotes"]])
    return {found[0] for found in KEY.finditer(told) if found[1] in projects}


def has(release: Item, other: Item) -> bool:
    """Return whether a release has what another one of its project names."""
    if release["Id"] == other["Id"]:
        return True
    (own, own_early), (old, old_early) = _version(release), _version(other)
    return (
        release["ChannelId"] == other["ChannelId"]
        and not (own_early or old_early)
        and parse_time(release["Assembled"]) >= parse_time(other["Assembled"])
        and own >= old
    )


def lacks(release: Item, other: Item) -> bool:
    """Return whether a release can't have what another one names."""
    is_older = parse_time(release["Assembled"]) < parse_time(other["Assembled"])
    return is_older or _version(release)[0] < _version(other)[0]


def _version(release: Item) -> tuple[tuple[int, ...], bool]:
    return _numbers(release["Version"])


@cache
def _numbers(version: str) -> tuple[tuple[int, ...], bool]:
    core, _, early = version.partition("+")[0].partition("-")
    return tuple(map(int, core.split("."))), bool(early)


def _created(deployment: Item) -> tuple[datetime, int]:
    return parse_time(deployment["Created"]), int(deployment["Id"].rpartition("-")[2])


def _ever(stays: list[Stay], stage: str) -> bool:
    return any(stay.first for stay in stays if stay.stage == stage)


def _state(there: int, is_whole: bool, has_been: bool) -> str:
    if is_whole:
        return "in production"
    if there:
        return "partly in production"
    return "rolled back" if has_been else "released"


def _time(moment: datetime | None) -> str | None:
    return octopus_time(moment) if moment else None
