"""Trouble with one of several connections keeps what belongs to it, no more."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from port_ocean.context.resource import resource_context
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.models import Entity

from core.clock import VendorClock
from core.errors import ApiError, Unavailable
from core.lookup import Absent
from core.resource import Resource
from core.site import Site
from core.types import Item
from framework import resync as reading_kinds
from framework.resync_run import Product, ResyncRun
from framework.selectors import Selector
from framework.sign_in import sign_in_to_each
from tests.framework.resyncs import FakePort, delete, entities, jq_rules, mapped, resync

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)

SCOPED, BARE, OWN_WORDS = ".__scope + .Id", ".Id", ".Id + .__site"
DOWN = Unavailable("503")


class Server:
    """One connection: what it has, or the error that its list ends with."""

    def __init__(
        self,
        name: str,
        *has: str,
        error: ApiError | None = None,
        signs_in: bool = True,
        scope: str | None = None,
    ) -> None:
        own = f"{name}/" if name else ""
        self.site = Site(name, own if scope is None else scope)
        self.has, self.error, self.signs_in = has, error, signs_in
        self.clock, self.facts = VendorClock(), dict[str, str]()

    async def confirm_identity(self) -> None:
        """Know us, always."""


async def list_with(api: Any, *_: Any) -> AsyncGenerator[list[Item]]:
    yield [{"Id": id_} for id_ in api.has]
    if api.error:
        raise api.error


async def get_with(api: Any, ref: Item, _: Any) -> Item | Absent:
    return ref if ref["Id"] in api.has else Absent.GONE


PLAN = Resource(kind="plan", id_field="Id", list_with=list_with, get_with=get_with)


@pytest.fixture(autouse=True)
def ocean_core(monkeypatch: pytest.MonkeyPatch) -> None:
    async def is_dsp() -> bool:
        return False

    monkeypatch.setattr(reading_kinds, "is_dsp_mode_enabled", is_dsp)


def plan(identifier: str = SCOPED, **selector: Any) -> ResourceConfig:
    """Return a mapping with our own selector."""
    mapping = mapped("plan", '"plan"', identifier=identifier)
    mapping.selector = Selector(query="true", **selector)
    return mapping


async def read(
    run: ResyncRun,
    mapping: ResourceConfig,
    *servers: Server,
    other: Server | None = None,
) -> list[Item]:
    """Sign in to all, and read a mapping as the framework does.

    `other` is a connection to another vendor.
    """

    async def sign_in(api: Any) -> None:
        if not api.signs_in:
            raise api.error

    products = [Product(name=s.site.label, api=s, sign_in=sign_in) for s in servers]
    if other is not None:
        name = f"other {other.site.label}"
        products += [Product(name=name, api=other, sign_in=sign_in, family="other")]
    await sign_in_to_each(run, products)
    async with resource_context(mapping, 0):
        apis: Any = servers
        batches = reading_kinds.read(apis, PLAN)
        return [item async for batch in batches for item in batch]


def names(*identifiers: str) -> list[Entity]:
    return entities("plan", identifiers)


async def test_items_tell_where_they_come_from() -> None:
    mapping = plan()
    async with resync(mapping) as run:
        items = await read(run, mapping, Server("", "1"), Server("emea", "1"))
    told = sorted((i["__site"], i["__scope"], i["Id"]) for i in items)
    assert told == [("", "", "1"), ("emea", "emea/", "1")]


@pytest.mark.parametrize(
    ("identifier", "deleted"),
    [
        pytest.param(SCOPED, {"2"}, id="told apart"),
        pytest.param(OWN_WORDS, set(), id="not known, so it may be either's"),
    ],
)
@pytest.mark.parametrize("ends", ["at sign-in", "in the list"])
async def test_one_that_is_down_keeps_its_own_only(
    identifier: str, deleted: set[str], ends: str
) -> None:
    mapping = plan(identifier)
    async with resync(mapping) as run:
        down = Server("emea", error=DOWN, signs_in=ends == "in the list")
        await read(run, mapping, Server("", "1", "3"), down)
        before = names("1", "2", "3", "emea/1", "emea/2")
        gone = await delete(before, names("1", "3"))
    assert {identifier for _, identifier in gone} == deleted


async def test_what_each_lacks_goes() -> None:
    mapping = plan()
    async with resync(mapping) as run:
        await read(run, mapping, Server("", "1", "3"), Server("emea", "2", "4", "5"))
        before = names("1", "2", "3", "emea/2", "emea/3", "emea/4", "emea/5")
        after = names("1", "3", "emea/2", "emea/4", "emea/5")
        gone = await delete(before, after)
    assert {identifier for _, identifier in gone} == {"2", "emea/3"}


async def test_each_connection_confirms_its_own_losses() -> None:
    """The second list is empty by mistake; its server still has what it lacks."""
    mapping = plan()
    before = names(*"12345", "emea/1", "emea/2")
    async with resync(mapping) as run:
        emea = Server("emea", "1", "2")
        await read(run, mapping, Server("", *"12345"), emea)
        gone = await delete(before, names(*"12345"), FakePort(*before))
        kept = [t.reason for t in run.readings[0].troubles]
    assert gone == set()
    assert "emea/1, which the list lacks, is still there" in kept[0]


async def test_a_connection_that_the_settings_lack_keeps_what_it_brought() -> None:
    mapping = plan()
    before = names(*"12345", "emea/1")
    async with resync(mapping) as run:
        await read(run, mapping, Server("", *"12345"))
        assert await delete(before, names(*"12345")) == set()
    async with resync(mapping) as run:
        await read(run, mapping, Server("", *"12345"))
        allowed: Any = {"allow_large_deletions": True}
        gone = await delete(before, names(*"12345"), **allowed)
    assert gone == {("plan", "emea/1")}


async def test_a_selector_chooses_connections_and_others_go_on() -> None:
    """Each site has a mapping of its own; one of them is down."""
    first, emea = plan(sites=["default"]), plan(sites="EMEA")
    servers = (Server("", "1"), Server("emea", "1"))
    async with resync(first, emea) as run:
        found = [await read(run, mapping, *servers) for mapping in (first, emea)]
        run.readings[1].report.lose_kind(DOWN)
        before = names("1", "2", "3", "emea/1", "emea/2")
        gone = await delete(before, names("1", "3", "emea/1"))
    assert [[i["__site"] for i in items] for items in found] == [[""], ["emea"]]
    assert gone == {("plan", "2")}


async def test_a_misspelt_connection_is_refused_and_loses_nothing() -> None:
    mapping = plan(sites=["emae"])
    async with resync(mapping) as run:
        assert await read(run, mapping, Server("", "1"), Server("emea", "1")) == []
        assert await delete(names("1", "emea/1"), []) == set()
    (trouble,) = run.readings[0].troubles
    assert "emae (did you mean emea?)" in trouble.reason


@pytest.mark.parametrize(
    ("identifier", "brought", "deleted"),
    [
        pytest.param(SCOPED, ["", "emea"], {"2"}, id="told apart"),
        pytest.param(OWN_WORDS, ["", "emea"], {"2"}, id="in other words"),
        pytest.param(BARE, [""], {"2"}, id="would be mixed up"),
    ],
)
async def test_equal_ids_of_two_sites_never_become_one_entity(
    identifier: str, brought: list[str], deleted: set[str]
) -> None:
    """The first goes on as if it were alone: it deletes, too."""
    mapping = plan(identifier)
    async with resync(mapping) as run:
        servers = Server("", "1", "3"), Server("emea", "1")
        items = await read(run, mapping, *servers)
        gone = await delete(names("1", "2", "3"), names("1", "3"))
    assert sorted(item["__site"] for item in items if item["Id"] == "1") == brought
    assert {name for _, name in gone} == deleted
    reasons = [trouble.reason for trouble in run.readings[0].troubles]
    assert [".__scope + " in reason for reason in reasons] == [True] * (
        2 - len(brought)
    )


async def test_where_port_deletes_by_itself_selectors_choose_connections_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def is_dsp() -> bool:
        return True

    monkeypatch.setattr(reading_kinds, "is_dsp_mode_enabled", is_dsp)
    mapping = plan(sites=["emea"])
    async with resync(mapping) as run:
        items = await read(run, mapping, Server("", "1"), Server("emea", "1"))
    assert [item["__site"] for item in items] == ["emea"]


ACME = Server("", *"12345", scope="acme/")


@pytest.mark.parametrize(
    ("server", "other", "lost"),
    [
        pytest.param(Server("", *"12345"), Server(""), "emea/9", id="a further one"),
        pytest.param(
            Server("", *"12345"), Server("emea"), "emea/9", id="another vendor's name"
        ),
        pytest.param(
            Server("emea", *"12345"), Server(""), "9", id="the first, in a list by now"
        ),
        pytest.param(ACME, Server("", scope="acme/"), "acme/emea/9", id="with a scope"),
    ],
)
async def test_a_connection_that_was_renamed_or_removed_keeps_what_it_brought(
    server: Server, other: Server, lost: str
) -> None:
    came = names(*(server.site.scope + id_ for id_ in server.has))
    gone = names(f"{server.site.scope}6")
    mapping = plan()
    async with resync(mapping) as run:
        await read(run, mapping, server, other=other)
        deleted = await delete([*came, *gone, *names(lost)], came)
        reasons = {reason for _, reason in run.kept}
    assert deleted == {("plan", gone[0].identifier)}
    assert [reason for reason in reasons if reason.startswith("no connection")]


async def test_a_scope_that_is_set_later_takes_the_place_of_none() -> None:
    mapping = plan()
    came = [f"acme/{id_}" for id_ in "12345"]
    async with resync(mapping) as run:
        await read(run, mapping, ACME)
        before = [*names(*"12345"), *names(*came)]
        gone = await delete(before, names(*came), FakePort(*before))
    assert gone == {("plan", id_) for id_ in "12345"}


async def test_what_looks_like_a_scope_in_all_identifiers_is_none() -> None:
    has = [f"web-shop/{number}" for number in range(5)]
    mapping = plan()
    async with resync(mapping) as run:
        await read(run, mapping, Server("", *has))
        gone = await delete(names(*has, "old-shop/1"), names(*has))
    assert gone == {("plan", "old-shop/1")}
