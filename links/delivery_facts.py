"""What is told of an issue, from what became of it at each place (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.trouble import incomplete
from core.types import Item
from core.values import iso_time
from links.reaching import Reach
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
    """A project in a stage: what became of an issue at each of its places.

    The ids of the project, and of what came to it, begin with the scope of the server.
    """

    scope: str
    project: str
    stage: Stage
    is_last: bool
    reaches: tuple[Reach, ...]

    @property
    def now(self) -> int:
        """Return at how many places the issue is."""
        return sum(reach.is_there for reach in self.reaches)

    @property
    def first_reached(self) -> float | None:
        """Return when the issue came to any of its places, None for never."""
        firsts = (reach.first.completed for reach in self.reaches if reach.first)
        return min(firsts, default=None)

    @property
    def is_whole(self) -> bool:
        """Return whether the issue is at all of its places."""
        return self.now == len(self.reaches)


@dataclass(frozen=True, slots=True)
class Share:
    """What one server knows of an issue, or of all that the same releases carry."""

    releases: tuple[str, ...]
    assembled: tuple[float, ...]
    projects: int
    parts: tuple[Part, ...]
    # Whether it began before the log.
    is_early: bool


def production(parts: list[Part], projects: int) -> Item:
    """Return how much of production an issue has reached, and since when.

    It is in production when every project that carries it has it at all places.
    """
    last = [part for part in parts if part.is_last]
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


def without_early(item: Item, parts: list[Part], reached: list[Part]) -> Item:
    """Mark what the log knows too little about, for it happened before it begins.

    What runs is known however old it is, and so is what that has, or lacks.
    """
    last = [part for part in parts if part.is_last]
    is_known = all(reach.is_known for part in last for reach in part.reaches)
    is_sure = item["deliveryState"] != RELEASED and is_known
    state = () if is_sure else ("deliveryState",)
    is_everywhere = all(part.is_whole for part in reached)
    of_stage = () if is_everywhere else PRESENT_IN_STAGE
    return incomplete(item, *EARLY, *state, *EARLY_OF_STAGE, *of_stage)


def _state(has_been: bool, now: int, *, is_whole: bool) -> str:
    if is_whole:
        return IN_PRODUCTION
    if now:
        return PARTLY
    return ROLLED_BACK if has_been else RELEASED


def furthest(reached: Iterable[Part]) -> Item:
    """Return the last of the stages that an issue has ever reached in any project."""
    stages = (part.stage for part in reached)
    furthest = max(stages, key=lambda stage: stage.number, default=None)
    return {
        "furthestStage": furthest.name if furthest else None,
        "furthestStageNumber": furthest.number if furthest else None,
    }


def row_of(part: Part) -> Item:
    """Return what is told of a project in a stage that an issue has reached."""
    lasts = [reach.last for reach in part.reaches if reach.last]
    last = max(lasts, key=lambda one: (one.completed, one.number))
    backs = (reach.back for reach in part.reaches if reach.back)
    return {
        "projectId": f"{part.scope}{part.project}",
        "stage": part.stage.name,
        "stageNumber": part.stage.number,
        "firstReached": iso_time(part.first_reached),
        "lastReached": iso_time(last.completed),
        "releaseId": f"{part.scope}Releases-{last.release}",
        "deploymentId": f"{part.scope}Deployments-{last.number}",
        "isThereNow": part.now > 0,
        "placesNow": part.now,
        "places": len(part.reaches),
        "rolledBackAt": iso_time(max(backs, default=None)),
    }
