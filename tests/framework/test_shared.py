"""Two mappings of one blueprint: each takes back what it gave, and no more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import EventType, event, event_context
from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)
from port_ocean.core.models import Entity

from core.errors import Unavailable
from core.resource import Resource
from framework import shared
from framework.resync_run import ResyncRun, key_of
from tests.framework.resyncs import delete, entity, jq_rules, mapped, resync
from tests.framework.test_stubs import Port, written

__all__ = ["jq_rules", "written"]
pytestmark = pytest.mark.usefixtures(jq_rules.__name__)

KIND = Resource(kind="x", id_field="Id")
ISSUES = mapped("issue", '"issue"', properties={"status": ".s", "url": ".u"})
WAYS = mapped("way", '"issue"', properties={"state": ".state", "dated": ".dated"})
OTHER = mapped("other", '"other"')
NOW = datetime.now(UTC)


class Catalog(Port):
    """Finds entities by their identifiers, or by what is not empty or of a time."""

    async def search_entities(
        self, agent: UserAgentType, query: Any, include: list[str] | None = None
    ) -> list[Entity]:
        own, rule = query["rules"]
        self.rules = [*getattr(self, "rules", ()), rule]
        found = await super().search_entities(agent, {"rules": [own]}, include or [])
        return [e for e in found if _fits(e, rule)]


def _fits(entity: Entity, rule: Any) -> bool:
    if "combinator" in rule:
        return any(_fits(entity, part) for part in rule["rules"])
    if rule["property"] == "$identifier":
        return entity.identifier in rule["value"]
    value = entity.properties.get(rule["property"])
    if rule["operator"] == "isNotEmpty":
        return value is not None
    between = rule["value"]
    return value is not None and between["from"] <= value <= between["to"]


def issue(name: str, **properties: Any) -> Entity:
    made = entity("issue", name)
    made.properties = properties
    return made


BOTH = issue("A-1", status="Done", state="released")
JIRA_ONLY = issue("A-2", status="Done", state=None)
WAY_ONLY = issue("A-3", status=None, state="released")


def bring(run: ResyncRun, issues: list[Entity], ways: list[Entity]) -> None:
    for mapping, came in ((ISSUES, issues), (WAYS, ways)):
        run.begin(mapping, KIND, None).brought = {key_of(entity) for entity in came}


def all_of(*parts: list[Entity]) -> list[Entity]:
    return [*{key_of(entity): entity for part in parts for entity in part}.values()]


async def reconcile(
    port: Catalog, issues: list[Entity], ways: list[Entity], **trouble: Any
) -> Any:
    """Return what is deleted after a resync that brought these."""
    async with resync(ISSUES, WAYS) as run:
        bring(run, issues, ways)
        reading = run.readings[1]
        if trouble:
            reading.report.lose_kind(Unavailable("503"))
        reading.window = ("dated", NOW - timedelta(days=9))
        return await delete([*port.known.values()], all_of(issues, ways), port)  # type: ignore[arg-type]


async def test_what_both_bring_stays_whole(written: list[Any]) -> None:
    assert not await reconcile(Catalog(BOTH), [BOTH], [BOTH])
    assert written == []


async def test_what_only_the_second_still_brings_loses_what_the_first_gave(
    written: list[Any],
) -> None:
    assert not await reconcile(Catalog(BOTH), [], [BOTH])
    left = {"identifier": "A-1", "blueprint": "issue"}
    assert written == [({**left, "properties": {"state": "released"}}, False)]


async def test_what_only_the_first_still_brings_loses_what_the_second_gave(
    written: list[Any],
) -> None:
    recent = issue("A-1", status="Done", state="x", dated=NOW.isoformat())
    assert not await reconcile(Catalog(recent, JIRA_ONLY), [recent, JIRA_ONLY], [])
    left = {"identifier": "A-1", "blueprint": "issue"}
    assert written == [({**left, "properties": {"status": "Done"}}, False)]


async def test_so_it_is_where_too_many_are_to_be_named(
    written: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "MOST_NAMED", 0)
    await test_what_only_the_first_still_brings_loses_what_the_second_gave(written)


@pytest.mark.parametrize(("brought", "is_named"), [(0, False), (5, True)])
async def test_few_are_named_where_many_more_have_content(
    monkeypatch: pytest.MonkeyPatch, brought: int, is_named: bool
) -> None:
    monkeypatch.setattr(shared, "MOST_NAMED", 0)
    port: Any = Catalog(BOTH)
    async with resync(ISSUES, WAYS):
        keys = {key_of(BOTH)}
        assert await shared.written_by(port, ISSUES, keys, brought) == keys
    (rule,) = port.rules
    assert (rule.get("property") == "$identifier") is is_named


@pytest.mark.parametrize(
    "dated", [None, (NOW - timedelta(days=10)).isoformat()], ids=["undated", "old"]
)
async def test_what_is_older_than_was_read_keeps_what_the_second_gave(
    written: list[Any], dated: str | None
) -> None:
    old = issue("A-1", status="Done", state="x", dated=dated)
    assert not await reconcile(Catalog(old), [old], [])
    assert written == []


async def test_trouble_of_the_second_keeps_what_it_gave(written: list[Any]) -> None:
    recent = issue("A-1", status="Done", state="x", dated=NOW.isoformat())
    deleted = await reconcile(
        Catalog(recent, JIRA_ONLY, WAY_ONLY), [recent], [], trouble=True
    )
    assert written == []
    # It has no say about what it never gave anything to.
    assert deleted == {("issue", "A-2")}


ALIKE = mapped("request", '"issue"', properties={"status": ".s", "url": ".u"})
BARE = mapped("name", '"issue"')
NAMED_ONLY = issue("A-4", status=None, state=None)


@pytest.mark.parametrize(
    ("unread", "kept"),
    [(ISSUES, {"A-1", "A-2", "A-4"}), (BARE, {"A-4"}), (WAYS, {"A-1", "A-3", "A-4"})],
    ids=["gives what another one gives", "gives no values", "gives its own"],
)
@pytest.mark.parametrize("most_named", [0, 1000])
async def test_trouble_keeps_what_a_mapping_may_have_written(
    written: list[Any],
    monkeypatch: pytest.MonkeyPatch,
    unread: ResourceConfig,
    kept: set[str],
    most_named: int,
) -> None:
    monkeypatch.setattr(shared, "MOST_NAMED", most_named)
    known = [BOTH, JIRA_ONLY, WAY_ONLY, NAMED_ONLY]
    port: Any = Catalog(*known)
    async with resync(ISSUES, ALIKE, WAYS, BARE) as run:
        for mapping in (ISSUES, ALIKE, WAYS, BARE):
            run.begin(mapping, KIND, None)
        reading = run.reading_of(unread)
        assert reading is not None
        reading.report.lose_kind(Unavailable("503"))
        deleted = await delete(known, [], port)
    assert {name for _, name in deleted} == {e.identifier for e in known} - kept


async def test_a_blueprint_is_shared_if_others_give_something_else_to_it() -> None:
    again = mapped("issue", '"issue"', properties={"status": ".s", "url": ".u"})
    async with resync(ISSUES, again, OTHER):
        assert not any(map(shared.is_shared, (ISSUES, again, OTHER)))
    async with resync(ISSUES, again, WAYS):
        assert all(map(shared.is_shared, (ISSUES, again, WAYS)))


@pytest.mark.parametrize(
    ("known", "gone", "stays", "left"),
    [
        (BOTH, {"status": None, "url": None}, True, {"state": "released"}),
        (BOTH, {"state": None, "dated": None}, True, {"status": "Done"}),
        (JIRA_ONLY, {"status": None, "url": None}, False, None),
        (WAY_ONLY, {"state": None, "dated": None}, False, None),
    ],
    ids=["jira's part", "octopus' part", "no more than jira's", "no more than ways"],
)
async def test_a_live_deletion_takes_back_what_its_own_mapping_gave(
    written: list[Any], known: Entity, gone: Any, stays: bool, left: Any
) -> None:
    async with event_context(EventType.HTTP_REQUEST):
        event.port_app_config = PortAppConfig.construct(resources=[ISSUES, WAYS])
        event.port_app_config.create_missing_related_entities = True
        event.port_app_config.delete_dependent_entities = True
        port: Any = Catalog(known)
        deleted = issue(known.identifier, **gone)
        found = await shared.take_back(port, [(deleted, known)])
    assert found == ({known.identifier} if stays else set())
    sent = [part.get("properties") for part, _ in written]
    assert sent == ([left] if stays else [])
