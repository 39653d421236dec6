"""What Octopus knows of the way of issues to production (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from core.types import Item
from core.values import iso_time
from links.delivery_facts import (
    Part,
    Share,
    furthest,
    production,
    row_of,
    without_early,
)
from links.reaching import Reach, Timeline
from octopus.resources.delivery_log import DeliveryLog, Release
from octopus.resources.places import Number
from octopus.stages import Stage

# The version of a log, and the releases in it.
type Carriers = tuple[int, tuple[Number, ...]]


class Deliveries:
    """Tells the delivery of issues, from what the log has at the moment."""

    def __init__(
        self,
        log: DeliveryLog,
        stages: Mapping[str, Stage | None],
        last_stage: int,
        since: datetime | None = None,
        scope: str = "",
        others: Sequence["Deliveries"] = (),
    ) -> None:
        """Take the stage of each environment by its id, the number of the last, how far
        back the log goes, and what other servers know of the same issues.
        """
        self._log, self._stages, self._last = log, stages, last_stage
        self._since = since.timestamp() if since else float("-inf")
        self._scope, self._all = scope, (self, *others)
        self._timelines: dict[str, list[tuple[Stage, Timeline]]] = {}
        self._version = log.version
        # What was told last: issues of the same releases come one after the other.
        self._told: tuple[tuple[Carriers, ...], Item, list[Item]] | None = None

    def of(self, key: str) -> Item | None:
        """Return the delivery of an issue, None if no release carries it."""
        carriers = tuple(one.carriers(key) for one in self._all)
        if not any(numbers for _, numbers in carriers):
            return None
        if self._told is None or self._told[0] != carriers:
            self._told = (carriers, *self._tell(carriers))
        _, item, rows = self._told
        stages = [
            {
                "id": f"{key}/{row['projectId']}/{row['stageNumber']}",
                "issueKey": key,
                **row,
            }
            for row in rows
        ]
        return {"issueKey": key, **item, "stages": stages}

    def carriers(self, key: str) -> Carriers:
        """Return the releases of this server that carry an issue, and as of when."""
        if self._version != self._log.version:
            self._version = self._log.version
            self._timelines.clear()
        return self._version, self._log.carriers.get(key, ())

    def share(self, numbers: tuple[Number, ...]) -> Share:
        """Return what this server knows of all issues that these releases carry."""
        by_project: dict[str, list[Release]] = {}
        for number in numbers:
            release = self._log.releases[number]
            by_project.setdefault(release.project, []).append(release)
        assembled = tuple(self._log.releases[number].assembled for number in numbers)
        return Share(
            releases=tuple(f"{self._scope}Releases-{n}" for n in sorted(numbers)),
            assembled=assembled,
            projects=len(by_project),
            parts=tuple(
                part
                for project, named in sorted(by_project.items())
                for part in self._parts(project, named)
            ),
            is_early=min(assembled) < self._since,
        )

    def _tell(self, carriers: tuple[Carriers, ...]) -> tuple[Item, list[Item]]:
        """Return what is the same for all issues that the same releases carry."""
        shares = [
            one.share(numbers)
            for one, (_, numbers) in zip(self._all, carriers, strict=True)
            if numbers
        ]
        parts = [part for share in shares for part in share.parts]
        reached = [part for part in parts if part.first_reached]
        releases = [id_ for share in shares for id_ in share.releases]
        item = {
            "releaseIds": releases,
            "releaseCount": len(releases),
            "lastAssembled": iso_time(max(max(one.assembled) for one in shares)),
            **furthest(reached),
            **production(parts, sum(share.projects for share in shares)),
        }
        if any(share.is_early for share in shares):
            item = without_early(item, parts, reached)
        return item, [row_of(part) for part in reached]

    def _parts(self, project: str, carriers: list[Release]) -> Iterator[Part]:
        found: dict[int, tuple[Stage, list[Reach]]] = {}
        for stage, timeline in self._of_project(project):
            _, reaches = found.setdefault(stage.number, (stage, []))
            reaches.append(timeline.reach(carriers))
        for number, (stage, reaches) in sorted(found.items()):
            is_last = number == self._last
            yield Part(self._scope, project, stage, is_last, tuple(reaches))

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
