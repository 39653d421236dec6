"""A resync that read back to some day deletes nothing from before that day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from port_ocean.clients.port.types import UserAgentType
from port_ocean.core.models import Entity

from tests.framework.resyncs import (
    WORKER,
    FakePort,
    delete,
    entities,
    jq_rules,
    mapped,
    resync,
)

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
# How old the entities in Port are, in days.
AGES = {"new": 1, "middle": 40, "old": 100}


class DatedPort(FakePort):
    """Answers the search for entities dated within a window."""

    async def search_entities(
        self, agent: UserAgentType, query: Any, include: list[str] | None = None
    ) -> list[Entity]:
        blueprint, dated = query["rules"]
        assert (blueprint["value"], dated["property"]) == ("run", "created")
        since = datetime.fromisoformat(dated["value"]["from"])
        return entities("run", [i for i, d in AGES.items() if NOW - d * DAY >= since])


async def deleted_after(*days: int, **properties: str) -> set[str]:
    """Return what is deleted after reading so many days back, for one mapping each."""
    mappings = [
        mapped("run", '"run"', properties=properties or {"created": ".Created"})
        for _ in days
    ]
    async with resync(*mappings) as run:
        for mapping, number in zip(mappings, days, strict=True):
            run.begin(mapping, WORKER, None).window = ("Created", NOW - number * DAY)
        return {i for _, i in await delete(entities("run", AGES), [], DatedPort())}


async def test_what_was_not_found_is_deleted() -> None:
    assert await deleted_after(90) == {"new", "middle"}


@pytest.mark.parametrize("days", [(30, 90), (90, 30)])
async def test_the_shortest_of_several_windows_counts(days: tuple[int, int]) -> None:
    assert await deleted_after(*days) == {"new"}


async def test_a_mapping_without_the_date_keeps_everything() -> None:
    assert await deleted_after(90, state=".State") == set()
