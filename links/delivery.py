"""What Octopus knows of the way of issues to production (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.types import Item
from core.values import iso_time
from links.issue_keys import incomplete
from links.reaching import Reach, Timeline
from octopus.resources.delivery_log import DeliveryLog, Release
from octopus.resources.places import Number
from octopus.stages import Stage

RELEASED, PARTLY, IN_PRODUCTION, ROLLED_BACK = (
    "released",
    "partly in production",
    "in production",
    "rolled back",
)
# What depends on all that ever happened.
EARLY = (
    "releaseIds",
    "releaseCount",
    "lastAssembled",
    "furthestStage",
    "furthestStageNumber",
    "firstInProductionAt",
    "firstInProductionTimestamp",
    "inProductionSince",
    "productionPlaces",
    "rolledBackAt",
)
# Likewise of `stages`, for mappings that split them by `itemsToParse`.
EARLY_OF_STAGE = tuple(
    f"item.{name}"
    for name in (
        "firstReached",
        "lastReached",
        "releaseId",
        "deploymentId",
        "places",
        "rolledBackAt",
    )
)
PRESENT_IN_STAGE = ("item.isThereNow", "item.placesNow")


@dataclass(frozen=True, slots=True)
class Part:
    """A project in a stage: what became of an issue at each of its places."""

    project: str
    stage: Stage
    reaches: tuple[Reach, ...]

    @property
    def now(self) -> int:
        """Return at how many places the issue is."""
        return sum(reach.is_there for reach in self.reaches)

    @property
    def is_whole(self) -> bool:
        return self.now == len(self.reaches)


class Deliveries:
    """Tells the delivery of issues, from what the log has at the moment."""

    def __init__(
        self,
        log: DeliveryLog,
        stages: Mapping[str, Stage | None],
        last_stage: int,
        since: datetime | None = None,
    ) -> None:
        """Take the stage of each environment by its id, the number of the last, and how
        far back the log goes.
        """
        self._log, self._stages, self._last = log, stages, last_stage
        self._since = since.timestamp() if since else float("-inf")
        self._timelines: dict[str, list[tuple[Stage, Timeline]]] = {}
        self._version = log.version
        # What was told last: issues of the same releases come one after the other.
        self._told: tuple[tuple[Number, ...], Item, list[Item]] | None = None

    def of(self, key: str) -> Item | None:
        """Return the delivery of an issue, None if no release carries it."""
        numbers = self._log.carriers.get(key)
        if not numbers:
            return None
        if self._version != self._log.version:
            self._version, self._told = self._log.version, None
            self._timelines.clear()
        if self._told is None or self._told[0] != numbers:
            self._told = (numbers, *self._tell(numbers))
        _, item, rows = self._told
        named = [
            {"id": f"{key}/{row['projectId']}/{row['stageNumber']}", "issueKey": key}
            for row in rows
        ]
        stages = [{**own, **row} for own, row in zip(named, rows, strict=True)]
        return {"issueKey": key, **item, "stages": stages}

    def _tell(self, numbers: tuple[Number, ...]) -> tuple[Item, list[Item]]:
        """Return what is the same for all issues that the same releases carry."""
        by_project: dict[str, list[Release]] = {}
        for number in numbers:
            release = self._log.releases[number]
            by_project.setdefault(release.project, []).append(release)
        parts = [
            part
            for project, carriers in sorted(by_project.items())
            for part in self._parts(project, carriers)
        ]
        assembled = [self._log.releases[number].assembled for number in numbers]
        item = {
            "releaseIds": [f"Releases-{number}" for number in sorted(numbers)],
            "releaseCount": len(numbers),
            "lastAssembled": iso_time(max(assembled)),
            **_furthest(parts),
            **self._production(parts, len(by_project)),
        }
        reached = [part for part in parts if _first(part)]
        if min(assembled) < self._since:
            item = self._without_early(item, parts, reached)
        return item, [_row(part) for part in reached]

    def _without_early(
        self, item: Item, parts: list[Part], reached: list[Part]
    ) -> Item:
        """Mark what the log knows too little about, for it happened before it begins.

        What runs is known however old it is, and so is what that has, or lacks.
        """
        last = [part for part in parts if part.stage.number == self._last]
        is_known = all(reach.is_known for part in last for reach in part.reaches)
        is_sure = item["deliveryState"] != RELEASED and is_known
        state = () if is_sure else ("deliveryState",)
        is_everywhere = all(part.is_whole for part in reached)
        of_stage = () if is_everywhere else PRESENT_IN_STAGE
        return incomplete(item, *EARLY, *state, *EARLY_OF_STAGE, *of_stage)

    def _parts(self, project: str, carriers: list[Release]) -> Iterator[Part]:
        found: dict[int, tuple[Stage, list[Reach]]] = {}
        for stage, timeline in self._of_project(project):
            _, reaches = found.setdefault(stage.number, (stage, []))
            reaches.append(timeline.reach(carriers))
        for _, (stage, reaches) in sorted(found.items()):
            yield Part(project, stage, tuple(reaches))

    def _of_project(self, project: str) -> list[tuple[Stage, Timeline]]:
        if project not in self._timelines:
            places = self._log.places_of_project.get(project, ())
            self._timelines[project] = [
                (stage, timeline)
                for place in places
                if (stage := self._stages.get(place.environment))
                and len(timeline := Timeline(place, self._log.releases))
            ]
        return self._timelines[project]

    def _production(self, parts: list[Part], projects: int) -> Item:
        """Return how much of production an issue has reached, and since when.

        It is in production when every project that carries it has it at all places.
        """
        last = [part for part in parts if part.stage.number == self._last]
        reaches = [reach for part in last for reach in part.reaches]
        now = sum(part.now for part in last)
        is_whole = len(last) == projects and all(part.is_whole for part in last)
        firsts = [reach.first.completed for reach in reaches if reach.first]
        backs = [reach.back for reach in reaches if reach.back]
        lasts = [reach.last.completed for reach in reaches if reach.last]
        first = min(firsts, default=None)
        return {
            "deliveryState": _state(bool(firsts), now, is_whole=is_whole),
            "firstInProductionAt": iso_time(first),
            "firstInProductionTimestamp": first,
            "inProductionSince": iso_time(max(lasts)) if is_whole else None,
            "productionPlaces": f"{now} of {len(reaches)}" if reaches else None,
            "rolledBackAt": iso_time(max(backs, default=None)),
        }


def _state(has_been: bool, now: int, *, is_whole: bool) -> str:
    if is_whole:
        return IN_PRODUCTION
    if now:
        return PARTLY
    return ROLLED_BACK if has_been else RELEASED


def _furthest(parts: Iterable[Part]) -> Item:
    """Return the last stage that an issue has ever reached in any project."""
    reached = [part.stage for part in parts if _first(part)]
    furthest = max(reached, key=lambda stage: stage.number, default=None)
    return {
        "furthestStage": furthest.name if furthest else None,
        "furthestStageNumber": furthest.number if furthest else None,
    }


def _first(part: Part) -> float | None:
    firsts = (reach.first.completed for reach in part.reaches if reach.first)
    return min(firsts, default=None)


def _row(part: Part) -> Item:
    lasts = [reach.last for reach in part.reaches if reach.last]
    last = max(lasts, key=lambda one: (one.completed, one.number))
    backs = (reach.back for reach in part.reaches if reach.back)
    return {
        "projectId": part.project,
        "stage": part.stage.name,
        "stageNumber": part.stage.number,
        "firstReached": iso_time(_first(part)),
        "lastReached": iso_time(last.completed),
        "releaseId": f"Releases-{last.release}",
        "deploymentId": f"Deployments-{last.number}",
        "isThereNow": part.now > 0,
        "placesNow": part.now,
        "places": len(part.reaches),
        "rolledBackAt": iso_time(max(backs, default=None)),
    }
