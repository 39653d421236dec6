"""A history of releases and deployments, told in a line each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.types import Item
from links.delivery import Deliveries
from octopus.resources.delivery_log import DeliveryLog, Release
from octopus.stages import DEFAULT_STAGES, parse_stages, stage_of

START = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = parse_stages(DEFAULT_STAGES)


def at(hour: float) -> str:
    """Return a moment as Octopus writes it, in hours since the history's start."""
    return (START + timedelta(hours=hour)).isoformat(timespec="milliseconds")


class History:
    """What happened, hour by hour; environments are called by their names."""

    def __init__(self) -> None:
        self.log = DeliveryLog()
        self.deployments: dict[int, Item] = {}
        self.since: datetime | None = None

    def release(
        self,
        number: int,
        version: str,
        *keys: str,
        hour: float,
        project: str = "Projects-1",
        channel: str = "Channels-1",
    ) -> None:
        assembled = (START + timedelta(hours=hour)).timestamp()
        own = Release("Spaces-1", project, channel, version, assembled, keys)
        self.log.put_release(number, own)

    def deploy(
        self,
        number: int,
        release: int,
        environment: str,
        *,
        hour: float,
        state: str = "Success",
        tenant: str | None = None,
        guided: bool = False,
    ) -> Item:
        """Deploy a release, which takes half an hour."""
        task = {"State": state, "CompletedTime": at(hour + 0.5)}
        item = {
            "Id": f"Deployments-{number}",
            "ProjectId": self.log.releases[release].project,
            "ReleaseId": f"Releases-{release}",
            "EnvironmentId": environment,
            "TenantId": tenant,
            "Created": at(hour),
            "FailureEncountered": guided or state == "Failed",
            "__task": task,
        }
        self.deployments[number] = item
        self.deployed_again(number)
        return item

    def deployed_again(self, number: int) -> None:
        """Read a deployment once more."""
        item = self.deployments[number]
        self.log.put_deployment("Spaces-1", item, item["__task"])

    def of(self, key: str) -> Any:
        """Return the delivery of an issue, None if no release carries it."""
        places = self.log.places.values()
        stages = {p.environment: stage_of(STAGES, p.environment) for p in places}
        return Deliveries(self.log, stages, len(STAGES), self.since).of(key)

    def state(self, key: str) -> str:
        return str(self.of(key)["deliveryState"])
