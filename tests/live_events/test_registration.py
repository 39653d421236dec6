"""What a start registers and says, with one product or both, and how it is undone."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from sandbox.company import build_company
from sandbox.live import free_port
from sandbox.sail import UNREGISTER
from sandbox.servers import Stands, serve
from tests.test_end_to_end import SMALL
from tests.waiting import until
from tests.warm import sail, serving

pytestmark = pytest.mark.process

PATIENCE_SECONDS = 60.0
NO_RESYNC = {"OCEAN__EVENT_LISTENER": '{"type":"WEBHOOKS_ONLY"}'}
# In the words of the documentation, but for the address.
PAGE = Path(__file__).parents[2] / "docs/live-events.md"
TOLD = re.compile(r"^([\w ]+ sends .+ to )https", re.MULTILINE)
JIRA, OCTOPUS = TOLD.findall(PAGE.read_text())
NOT_REGISTERED = "Live events could not be registered: "
# Jira refuses, or a proxy answers in its place.
TROUBLE = [
    ("rest/api/3/myself", 403, "Jira: GET rest/api/3/myself: 403"),
    ("rest/webhooks/1.0/webhook", 200, "expected an array, not dict"),
]


def without(stands: Stands, *parts: str) -> dict[str, str]:
    """Return the settings, but none whose name has one of these in it."""
    settings = {**stands.environment(), **NO_RESYNC}
    return {n: v for n, v in settings.items() if not any(p in n for p in parts)}


def read(log: Path) -> str:
    return log.read_text(errors="replace")


async def said(log: Path, wanted: Iterable[str]) -> str:
    """Wait until all of this is in the log, and return the log."""
    await until(
        lambda: all(text in read(log) for text in wanted), log, PATIENCE_SECONDS
    )
    return read(log)


@pytest.mark.parametrize(
    ("missing", "registered", "unregistered"),
    [
        ((), (JIRA, OCTOPUS), ()),
        (("OCTOPUS",), (JIRA,), (OCTOPUS,)),
        (("JIRA", "ATLASSIAN"), (OCTOPUS,), (JIRA,)),
    ],
    ids=["both", "Jira", "Octopus"],
)
async def test_a_start_says_what_it_registered(
    missing: tuple[str, ...], registered: tuple[str, ...], unregistered: tuple[str, ...]
) -> None:
    async with serve(build_company(size=SMALL)) as stands:
        async with serving(without(stands, *missing), free_port()) as log:
            text = await said(log, registered)
        assert [line for line in unregistered if line in text] == []
        assert bool(stands.jira.collections["webhook"]) is (JIRA in registered)
        assert bool(stands.octopus.collections["subscriptions"]) is (
            OCTOPUS in registered
        )


async def test_row_63_without_an_address_nothing_is_registered() -> None:
    async with serve(build_company(size=SMALL)) as stands:
        resyncs = {**stands.environment(), "OCEAN__BASE_URL": ""}
        async with serving(resyncs, free_port()) as log:
            await said(log, ("Live events are off: OCEAN__BASE_URL is not set",))
        assert not stands.jira.collections["webhook"]
        assert not stands.octopus.collections["subscriptions"]


def base_url(stands: Stands) -> str:
    first = next(iter(stands.octopus.collections["subscriptions"].values()))
    url: str = first["EventNotificationSubscription"]["WebhookURI"]
    return url.partition("/integration/webhook")[0]


@pytest.mark.parametrize(("path", "status", "reason"), TROUBLE)
async def test_trouble_with_one_product_leaves_the_other_alone(
    path: str, status: int, reason: str
) -> None:
    async with serve(build_company(size=SMALL)) as stands:
        stands.jira.faults.add(path=path, times=None, status=status, body={"x": 1})
        async with serving(without(stands), free_port()) as log:
            assert reason in await said(log, (NOT_REGISTERED, OCTOPUS))
        assert len(stands.octopus.collections["subscriptions"]) == 3

        settings = {**stands.environment(), "OCEAN__BASE_URL": base_url(stands)}
        left = await sail(settings, program=UNREGISTER)
        assert left.status == 1
        assert "Removed 3 registrations of live events." in left.log
        assert "Not removed: " in left.log
        assert reason in left.log
        assert not stands.octopus.collections["subscriptions"]
