"""What the catalog must say of delivery, told from the company alone.

Nothing here is shared with the integration: where the two disagree, one is wrong. What
began before the lookback is left out, and what is a matter of judgement.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.company import Company, Item
from sandbox.company.base import parse_time
from sandbox.expected import LOOK_BACK
from sandbox.issue_truth import IssueTruth

# The company's clock stands at a full hour, the real one goes on.
BORDER = timedelta(hours=3)
WEEK = timedelta(days=7)
SUCCESS = "Success"
FAILED = ("Failed", "TimedOut")
ENDED = (SUCCESS, "Canceled", *FAILED)
HOUR = timedelta(hours=1)

type Entities = dict[str, Item]


@dataclass(frozen=True)
class Step:
    """A deployment; `state` is None if its task is gone."""

    item: Item
    state: str | None
    created: datetime
    ended: datetime
    assembled: datetime

    @property
    def has_failed(self) -> bool:
        """Return whether it did not succeed, or not without guidance."""
        guided = bool(self.item["FailureEncountered"])
        return self.state in FAILED or (self.state == SUCCESS and guided)


class DeliveryTruth:
    """Tells what became of deployments and issues."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._known_since = company.now - LOOK_BACK + BORDER
        self._places: dict[tuple[str, str, str | None], list[Step]] = defaultdict(list)
        for item in company.octopus["deployments"].values():
            place = (item["ProjectId"], item["EnvironmentId"], item["TenantId"])
            self._places[place].append(self._step(item))
        for steps in self._places.values():
            steps.sort(key=lambda step: step.created)

    def _step(self, item: Item) -> Step:
        task = self._company.octopus["tasks"].get(item["TaskId"] or "", {})
        release = self._company.octopus["releases"].get(item["ReleaseId"])
        created = parse_time(item["Created"])
        assembled = parse_time(release["Assembled"]) if release else created
        ended = parse_time(task.get("CompletedTime") or item["Created"])
        return Step(item, task.get("State"), created, ended, assembled)

    def of_deployments(self, entities: Entities) -> Iterator[str]:
        """Yield the deployments whose figures are wrong, and which."""
        for steps in self._places.values():
            for at, step in enumerate(steps):
                entity = entities.get(step.item["Id"])
                if entity is None or step.state not in ENDED:
                    continue
                yield from _wrong(step.item["Id"], entity, self._figures(steps, at))

    def _figures(self, steps: list[Step], at: int) -> Item:
        """Return the figures that are beyond doubt."""
        step, values = steps[at], dict[str, object]()
        later = [one for one in steps[at + 1 :] if one.state == SUCCESS]
        has_failed = step.has_failed or self._was_rolled_back(step, later[:1])
        good = next((one for one in later if not one.has_failed), None)
        if step.has_failed or self._is_known(step, *later[:1]):
            values["isFailure"] = has_failed
            if has_failed and good:
                values["recoveryHours"] = round((good.ended - step.ended) / HOUR, 2)
        before = self._before(steps[:at])
        if before is not None and self._is_known(step, before):
            is_older = step.assembled < before.assembled
            values["isRollback"] = is_older and step.state != "Canceled"
            if step.state == SUCCESS:
                values["leadTimeHours"] = self._lead(step, before)
        return values

    def _is_known(self, *steps: Step) -> bool:
        return all(step.assembled > self._known_since for step in steps)

    def _was_rolled_back(self, step: Step, following: list[Step]) -> bool:
        return step.state == SUCCESS and any(
            one.assembled < step.assembled and one.ended - step.ended <= WEEK
            for one in following
        )

    def _before(self, earlier: list[Step]) -> Step | None:
        """Return what succeeded before, None unless that is known for sure."""
        for step in reversed(earlier):
            if step.state is None or step.created < self._known_since:
                return None
            if step.state == SUCCESS:
                return step
        return None

    def _lead(self, step: Step, before: Step) -> float | None:
        new = [
            parse_time(release["Assembled"])
            for release in self._company.octopus["releases"].values()
            if release["ProjectId"] == step.item["ProjectId"]
            and release["ChannelId"] == step.item["ChannelId"]
        ]
        new = [at for at in new if before.assembled < at <= step.assembled]
        return round((step.ended - min(new)) / HOUR, 2) if new else None

    def of_issues(self, issues: Entities) -> Iterator[str]:
        """Yield the issues whose delivery is wrong, and what of it."""
        truth = IssueTruth(self._company)
        for key, entity in issues.items():
            carriers = truth.carriers.get(key, [])
            times = [parse_time(release["Assembled"]) for release in carriers]
            if times and min(times) < self._known_since:
                continue
            right = truth.of(key) if carriers else {"deliveryState": None}
            yield from _wrong(key, entity, right)


def _wrong(identifier: str, entity: Item, right: Item) -> Iterator[str]:
    found = entity["properties"]
    for name, value in right.items():
        if found.get(name) != value:
            yield f"{identifier} has a wrong {name}: {found.get(name)}, not {value}"


def delivery_complaints(
    company: Company, catalog: dict[str, Entities]
) -> dict[str, list[str]]:
    """Return what is wrong in a catalog, by blueprint."""
    truth = DeliveryTruth(company)
    deployments = catalog.get("octopusDeployment", {})
    return {
        "octopusDeployment": [*truth.of_deployments(deployments)],
        "jiraIssue": [*truth.of_issues(catalog.get("jiraIssue", {}))],
    }
