"""One kind's trouble ends neither the resync nor the other kinds."""

from collections.abc import AsyncGenerator, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from port_ocean.context.event import EventType, event_context
from port_ocean.context.resource import resource_context
from port_ocean.core.incremental import with_active_incremental_cursor

from core.clock import VendorClock
from core.errors import NotAvailable, Unauthorized, Unavailable
from core.resource import Resource
from core.site import FIRST, MARKS, Site
from core.trouble import INCOMPLETE, current_report
from core.types import Item
from framework import resync as reading_kinds
from framework.entity_processor import GONE
from framework.resync import LONGEST_LOOKBACK, OVERLAP
from framework.resync_run import Product, Reading, ResyncRun, current_run
from framework.sign_in import sign_in_to_each
from tests.framework.resyncs import jq_rules, mapped, resync

pytestmark = pytest.mark.usefixtures(jq_rules.__name__, "ocean_core")

PLAN = mapped("plan", '"plan"')
DOWN = Unavailable("503")
SOON = timedelta(seconds=5)
EXPIRED = Unauthorized("401")


@pytest.fixture
def ocean_core(monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_dsp() -> bool:
        return False

    monkeypatch.setattr(reading_kinds, "is_dsp_mode_enabled", is_dsp)


def listed(*batches: list[Item] | Exception, **declared: Any) -> Resource:
    """Return a kind whose list is these batches, or ends with an error."""

    async def list_with(*_: Any) -> AsyncGenerator[list[Item]]:
        for batch in batches:
            if isinstance(batch, Exception):
                raise batch
            yield batch

    return Resource(kind="plan", id_field="Id", list_with=list_with, **declared)


class KnownApi:
    """Knows us, so that nobody has to be asked."""

    def __init__(self, site: Site = FIRST) -> None:
        self.clock, self.site = VendorClock(), site

    async def confirm_identity(self) -> None:
        pass


API, JIRA, OCTOPUS = KnownApi(), KnownApi(), KnownApi()
APIS: dict[str, Any] = {"jira": JIRA, "octopus": OCTOPUS}


async def read(resource: Resource, mapping: Any = PLAN, api: Any = API) -> list[Item]:
    async with resource_context(mapping, 0):
        batches = reading_kinds.read([api] if api else [], resource)
        found = [item async for batch in batches for item in batch]
    return [{k: item[k] for k in item if k not in MARKS} for item in found]


def only(run: ResyncRun) -> Reading:
    (reading,) = run.readings
    return reading


ONE = {"Id": "1"}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DOWN, "503"),
        (KeyError("values"), "unexpected form: KeyError 'values'"),
        (TypeError("no dict"), "unexpected form: TypeError no dict"),
    ],
)
async def test_a_list_that_fails_hides_its_kind(error: Exception, reason: str) -> None:
    async with resync(PLAN) as run:
        assert await read(listed([ONE], error)) in ([ONE], [])

    (trouble,) = only(run).report.hidden
    assert (trouble.kind, trouble.reason) == ("plan", reason)


async def test_a_kind_that_came_whole_hides_nothing() -> None:
    async with resync(PLAN) as run:
        assert await read(listed([ONE], [{"Id": "2"}])) == [ONE, {"Id": "2"}]

    assert only(run).items == 2
    assert only(run).report.troubles == []


async def test_trouble_of_fetching_goes_into_the_report_of_its_mapping() -> None:
    async def enrich(api: Any, items: list[Item], selector: Any) -> list[Item]:
        current_report().lose_item(items[0], "odd")
        return items[1:]

    async with resync(PLAN) as run:
        await read(listed([ONE, {"Id": "2"}], enrich=enrich))

    assert [t.item for t in only(run).report.hidden] == [ONE]
    assert current_report() is not only(run).report


async def test_a_kind_that_cannot_exist_is_no_trouble(warnings: list[str]) -> None:
    async with resync(PLAN) as run:
        await read(listed(NotAvailable("no licence")))
        await read(listed([ONE]), api=None)

    assert [r.report.troubles for r in run.readings] == [[], []]
    assert all(r.not_read for r in run.readings)
    assert "plan is skipped, nothing is deleted: no licence" in warnings[0]


async def test_the_window_counts_only_when_the_list_came_to_its_end() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    dated = {"dated_by": "Created", "since": lambda _: since}
    async with resync(PLAN) as run:
        await read(listed([ONE], **dated))
        await read(listed(DOWN, **dated))

    assert [r.window for r in run.readings] == [("Created", since), None]


async def test_an_incremental_read_records_errors_too() -> None:
    async with event_context(EventType.INCREMENTAL_RESYNC):
        assert await read(listed([{"Id": "1"}], DOWN)) == [{"Id": "1"}]
        run = current_run()
        assert run is not None
        assert not run.readings[0].is_settled


async def test_an_incremental_read_asks_for_changes_and_keeps_apart_what_is_gone() -> (
    None
):
    asked: list[datetime] = []
    gone = {"Id": "2", GONE: True}

    async def changed(*args: Any) -> AsyncGenerator[list[Item]]:
        asked.append(args[-1])
        yield [{"Id": "1"}, gone]

    cursor = datetime(2026, 1, 1, tzinfo=UTC)
    async with event_context(EventType.INCREMENTAL_RESYNC):
        with with_active_incremental_cursor(cursor):
            assert await read(listed([], changed=changed)) == [{"Id": "1"}]
        run = current_run()
        assert run is not None
        assert run.readings[0].gone == [FIRST.mark(gone)]
    assert asked == [cursor - OVERLAP]


@pytest.mark.parametrize("ahead", [timedelta(hours=-7), timedelta(hours=7)])
async def test_an_incremental_read_goes_by_the_vendors_clock(ahead: timedelta) -> None:
    asked: list[datetime] = []

    async def changed(*args: Any) -> AsyncGenerator[list[Item]]:
        asked.append(args[-1])
        yield []

    here = datetime.now(UTC)
    known = KnownApi()
    known.clock.note(format_datetime(here + ahead))
    async with event_context(EventType.INCREMENTAL_RESYNC):
        for cursor in (here - timedelta(hours=1), here + timedelta(hours=3)):
            with with_active_incremental_cursor(cursor):
                await read(listed([], changed=changed), api=known)
    there = here + ahead - OVERLAP
    assert abs(asked[0] - there + timedelta(hours=1)) < SOON
    assert abs(asked[1] - there + LONGEST_LOOKBACK) < SOON  # that clock was wrong


# --- Products -------------------------------------------------------------------------


def product(name: str, *errors: Exception | None) -> Product:
    """Return a product that answers these, one after the other, when signed in to."""
    waiting, known = list(errors), APIS.get(name, API)

    async def sign_in(api: Any) -> None:
        assert api is known
        if error := waiting.pop(0):
            raise error

    return Product(name=name, api=known, sign_in=sign_in)


async def test_a_product_that_is_lost_keeps_its_kinds_with_one_message(
    warnings: list[str],
) -> None:
    async with resync(PLAN) as run:
        await sign_in_to_each(run, [product("jira", EXPIRED), product("octopus", None)])
        assert await read(listed([ONE]), api=JIRA) == []
        assert await read(listed([ONE]), api=OCTOPUS) == [ONE]

    assert [len(r.report.hidden) for r in run.readings] == [1, 0]
    assert len(warnings) == 1
    assert "jira is kept as it is in the catalog: 401" in warnings[0]


@pytest.mark.parametrize("error", [EXPIRED, DOWN, KeyError("x")])
async def test_without_any_product_the_resync_fails(error: Exception) -> None:
    async with resync(PLAN) as run:
        with pytest.raises(type(error)):
            await sign_in_to_each(run, [product("jira", error), product("b", DOWN)])


@pytest.mark.parametrize(
    ("again", "lost"), [(None, set()), (EXPIRED, {"jira"})], ids=["one endpoint", "all"]
)
async def test_a_401_on_the_way_loses_the_product_only_if_it_says_so(
    again: Exception | None, lost: set[str]
) -> None:
    async with resync(PLAN) as run:
        both = [product("jira", None, again), product("octopus", None)]
        await sign_in_to_each(run, both)
        await read(listed(EXPIRED), api=JIRA)
        after = await read(listed([ONE]), api=JIRA)

    assert run.lost.keys() == lost
    assert after == ([] if lost else [ONE])
    assert len(run.readings[0].report.hidden) == 1


async def test_the_last_product_lost_on_the_way_fails_the_resync() -> None:
    async with resync(PLAN) as run:
        await sign_in_to_each(run, [product("jira", None, EXPIRED)])
        with pytest.raises(Unauthorized):
            await read(listed(EXPIRED), api=JIRA)


# --- Parts of items -------------------------------------------------------------------

PARTS = mapped("plan", '"plan"', itemsToParse=".parts")


@pytest.mark.parametrize(
    ("parts", "hides"),
    [
        pytest.param([[1], None], False, id="some have none"),
        pytest.param([[], []], False, id="all are empty"),
        pytest.param([None, None], True, id="no item has any, as after a typo"),
        pytest.param([[1], "text"], True, id="another form"),
    ],
)
async def test_parts_that_are_unknown_hide_their_kind(
    parts: Iterable[Any], hides: bool
) -> None:
    items = [{"Id": str(n), "parts": value} for n, value in enumerate(parts)]
    async with resync(PARTS) as run:
        await read(listed(items), PARTS)

    reasons = [trouble.reason for trouble in only(run).report.hidden]
    assert bool(reasons) == hides
    assert all("have no itemsToParse: '.parts' gives none" in r for r in reasons)


async def test_parts_from_an_unknown_value_hide_their_kind() -> None:
    item = {**ONE, "parts": None, INCOMPLETE: ["parts"]}
    async with resync(PARTS) as run:
        assert await read(listed([item, {"Id": "2", "parts": []}]), PARTS) == [
            {"Id": "2", "parts": []}
        ]

    assert len(only(run).report.hidden) == 1
