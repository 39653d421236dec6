"""When very much of a kind is missing, its vendor is asked before it is deleted."""

from collections.abc import AsyncGenerator, Iterable
from typing import Any

import pytest

from core.errors import Unavailable
from core.lookup import Absent
from core.resource import Resource
from core.site import FIRST
from core.types import Item
from framework.confirmation import SAMPLE
from framework.resync_run import Product, ResyncRun
from tests.framework.resyncs import (
    FakePort,
    delete,
    entities,
    entity,
    jq_rules,
    mapped,
    resync,
)

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)

NAMES = [f"{number:02}" for number in range(30)]
PLAN = mapped("plan", '"plan"')


class Vendor:
    """Has some items, or answers with an error; notes what it was asked for."""

    def __init__(
        self,
        has: Iterable[str] = (),
        error: Exception | None = None,
        makes: Item | None = None,
        parent: Resource | None = None,
        **declared: Any,
    ) -> None:
        self.has = set(has)
        self.error = error
        self.makes = makes or {}
        self.asked: list[Item] = []
        own = {"kind": "plan", "id_field": "Id", "parent": parent, **declared}
        self.resource = Resource(get_with=self.get, **own)
        self.facts: dict[str, Any] = {}
        self.site = FIRST

    async def get(self, api: Any, ref: Item, selector: Any) -> Item | Absent:
        assert api is self
        self.asked.append(ref)
        if ref["Id"] in self.has:
            return {**ref, **self.makes}
        if self.error:
            raise self.error
        return Absent.GONE

    async def confirm_identity(self) -> None:
        pass

    def recall(self, key: str) -> None:
        return None

    def remember(self, key: str, items: Any) -> None:
        pass


async def deleted(
    vendor: Vendor,
    *,
    left: Iterable[str] = (),
    before: list[str] = NAMES,
    mapping: Any = PLAN,
    run_with: Any = None,
    port: FakePort | None = None,
    **settings: Any,
) -> tuple[int, list[str]]:
    """Return how many entities are deleted, and what is told of it."""
    async with resync(mapping) as run:
        reading = run.begin(mapping, vendor.resource, vendor)  # type: ignore[arg-type]
        if run_with:
            run_with(run)
        gone = await delete(
            entities("plan", before), entities("plan", left), port, **settings
        )
    return len(gone), [trouble.reason for trouble in reading.report.troubles]


@pytest.mark.parametrize("identifier", [".Id", ".__scope + .Id"])
async def test_what_the_vendor_says_is_gone_is_deleted(identifier: str) -> None:
    vendor = Vendor()
    mapping = mapped("plan", '"plan"', identifier=identifier)
    assert await deleted(vendor, mapping=mapping) == (30, [])
    assert len(vendor.asked) == SAMPLE
    assert len({ref["Id"] for ref in vendor.asked}) == SAMPLE


async def test_one_that_is_still_there_keeps_the_kind() -> None:
    number, (reason,) = await deleted(Vendor(has=["05"]), left=["29"])
    assert number == 0
    assert reason == (
        "of 30 entities of plan 1 are left, but 05, which the list lacks, is still"
        " there. The others are kept; allowLargeDeletions lets them go"
    )


async def test_a_vendor_that_does_not_answer_keeps_the_kind() -> None:
    number, (reason,) = await deleted(Vendor(error=Unavailable("503")))
    assert number == 0
    assert "but the vendor does not say whether 00 is gone" in reason


async def test_the_setting_lets_all_go_unasked() -> None:
    vendor = Vendor(has=NAMES)
    assert await deleted(vendor, allow_large_deletions=True) == (30, [])
    assert vendor.asked == []


@pytest.mark.parametrize(
    ("error", "is_there", "number"),
    [
        pytest.param(None, True, 0, id="still there"),
        pytest.param(None, False, 3, id="gone"),
        pytest.param(Unavailable("503"), False, 0, id="nobody tells"),
    ],
)
async def test_few_are_kept_unless_the_vendor_says_that_they_are_gone(
    error: Exception | None, is_there: bool, number: int
) -> None:
    vendor = Vendor(has=NAMES if is_there else [], error=error)
    assert (await deleted(vendor, before=NAMES[:3]))[0] == number
    assert vendor.asked


async def test_few_that_can_not_be_asked_for_go() -> None:
    composed = mapped("plan", '"plan"', identifier='"host/\\(.Id)"')
    assert await deleted(Vendor(), before=NAMES[:3], mapping=composed) == (3, [])


async def test_of_less_than_half_nobody_is_asked() -> None:
    vendor = Vendor(has=NAMES)
    assert await deleted(vendor, left=NAMES[:15]) == (15, [])
    assert vendor.asked == []


async def test_what_the_query_does_not_want_is_not_missed() -> None:
    mapping = mapped("plan", '"plan"', query=".wanted")
    vendor = Vendor(has=NAMES, makes={"wanted": False})
    assert await deleted(vendor, mapping=mapping) == (30, [])


async def test_what_the_query_left_out_in_this_resync_needs_no_question() -> None:
    def deselect(run: ResyncRun) -> None:
        run.readings[0].deselected = {("plan", name) for name in NAMES}

    composed = mapped("plan", '"plan"', identifier='"new/\\(.Id)"', query=".wanted")
    vendor = Vendor(has=NAMES)
    assert await deleted(vendor, mapping=composed, run_with=deselect) == (30, [])
    assert vendor.asked == []


@pytest.mark.parametrize(
    "mapping",
    [
        mapped("plan", '"plan"', identifier='"host/\\(.Id)"'),
        mapped("plan", '"plan"', identifier=".parts.Id"),
        mapped("plan", '"plan"', itemsToParse=".parts"),
        mapped("plan", '"plan"', identifier=".key"),
    ],
)
async def test_an_identifier_that_is_not_the_vendors_id_keeps_the_kind(
    mapping: Any,
) -> None:
    vendor = Vendor()
    number, (reason,) = await deleted(vendor, mapping=mapping)
    assert (number, vendor.asked) == (0, [])
    assert "the vendor does not say" in reason


def finds_ids(vendor: Vendor) -> Any:
    """Have keys lead to ids, but the first ones to nothing."""

    async def identify(api: Any, known: Item) -> Item | None:
        return None if known["key"] < "05" else {"Id": f"id of {known['key']}", **known}

    async def sign_in(api: Any) -> None: ...

    def run_with(run: ResyncRun) -> None:
        own = Product(name="p", api=vendor, sign_in=sign_in, identify=identify)
        run.products.append(own)

    return run_with


BY_KEY = mapped("plan", '"plan"', identifier=".key")


async def test_a_product_finds_ids_by_other_names() -> None:
    vendor = Vendor(has=["id of 07"])
    run_with = finds_ids(vendor)
    number, (reason,) = await deleted(vendor, mapping=BY_KEY, run_with=run_with)
    assert number == 0
    assert "but 07, which the list lacks, is still there" in reason
    assert [ref["key"] for ref in vendor.asked] == ["05", "06", "07"]


async def test_what_has_got_another_identifier_is_gone_under_the_old_one() -> None:
    vendor = Vendor(has=[f"id of {name}" for name in NAMES], makes={"key": "new"})
    run_with = finds_ids(vendor)
    assert await deleted(vendor, mapping=BY_KEY, run_with=run_with) == (30, [])


# --- Parents --------------------------------------------------------------------------


def spaces(*names: str) -> Resource:
    async def list_with(*_: Any) -> AsyncGenerator[list[Item]]:
        yield [{"Id": name} for name in names]

    return Resource(kind="space", id_field="Id", list_with=list_with)


async def test_an_item_of_unknown_parent_is_searched_in_each() -> None:
    vendor = Vendor(parent=spaces("S1", "S2"), parent_field="SpaceId")
    assert await deleted(vendor) == (30, [])
    assert vendor.asked[:2] == [
        {"Id": "00", "SpaceId": "S1"},
        {"Id": "00", "SpaceId": "S2"},
    ]


@pytest.mark.parametrize("space", [".SpaceId", ".__scope + (.SpaceId // empty)"])
async def test_the_parent_that_the_entity_shows_is_enough(space: str) -> None:
    mapping = mapped("plan", '"plan"', relations={"space": space, "x": ".x | .y"})
    vendor = Vendor(parent=spaces(), parent_field="SpaceId")
    port = Names(*(entity("plan", name, space="S9") for name in NAMES))
    assert await deleted(vendor, mapping=mapping, port=port) == (30, [])
    assert vendor.asked[0] == {"Id": "00", "SpaceId": "S9"}


@pytest.mark.parametrize("parents", [0, 11])
async def test_without_parents_or_with_very_many_nobody_is_asked(parents: int) -> None:
    parent = spaces(*(f"S{number}" for number in range(parents)))
    vendor = Vendor(parent=parent, parent_field="SpaceId")
    number, reasons = await deleted(vendor)
    assert (number, len(reasons), vendor.asked) == (0, 1, [])


class Names(FakePort):
    """Finds entities by identifier."""

    async def search_entities(self, *args: Any) -> Any:
        _, named = args[1]["rules"]
        assert (named["property"], named["operator"]) == ("$identifier", "in")
        return [e for e in self.known if e.identifier in named["value"]]
