"""Nothing leaves the catalog that a resync's troubles may hide."""

from typing import Any

import pytest

from core.errors import Forbidden, Unavailable
from framework import protection
from framework.resync_run import ResyncRun
from tests.framework.resyncs import (
    SPACE,
    WORKER,
    FakePort,
    delete,
    entities,
    entity,
    jq_rules,
    mapped,
    resync,
)

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)

PLAN, WORK = mapped("plan", '"plan"'), mapped("worker", '"worker"')
BEFORE = [*entities("plan", "12"), *entities("worker", "12")]
DOWN = Unavailable("503")


def read_all(run: ResyncRun, *mappings: Any) -> None:
    for mapping in mappings:
        run.begin(mapping, WORKER, None)


async def test_what_was_read_and_not_found_is_deleted() -> None:
    async with resync(PLAN, WORK) as run:
        read_all(run, PLAN, WORK)
        deleted = await delete(BEFORE, entities("worker", "1"))

    assert deleted == {("plan", "1"), ("plan", "2"), ("worker", "2")}


async def test_a_hidden_kind_keeps_its_blueprint_and_no_other() -> None:
    async with resync(PLAN, WORK) as run:
        read_all(run, PLAN, WORK)
        run.readings[0].report.lose_kind(DOWN)
        assert await delete(BEFORE, []) == {("worker", "1"), ("worker", "2")}

    assert run.kept == {("plan", "503"): 2}


async def test_a_mapping_that_was_not_read_keeps_its_blueprint() -> None:
    async with resync(PLAN, WORK) as run:
        read_all(run, WORK)
        assert await delete(BEFORE, []) == {("worker", "1"), ("worker", "2")}


async def test_a_kind_that_cannot_exist_here_is_kept_without_being_trouble() -> None:
    async with resync(PLAN) as run:
        read_all(run, PLAN)
        run.readings[0].not_read = "no licence"
        assert await delete(entities("plan", "12"), []) == set()

    assert list(run.troubled()) == []


@pytest.mark.parametrize("blueprint", [".type", '"a_\\(.type)"', '.x // "plan"', '""'])
async def test_a_hidden_kind_of_any_blueprint_keeps_everything(blueprint: str) -> None:
    anything = mapped("plan", blueprint)
    async with resync(anything, WORK) as run:
        read_all(run, anything, WORK)
        run.readings[0].report.lose_kind(DOWN)
        assert await delete(BEFORE, []) == set()


async def test_an_entity_is_kept_when_any_of_its_mappings_hides_it() -> None:
    second = mapped("plan", '"plan"', query=".new")
    async with resync(PLAN, second) as run:
        read_all(run, PLAN, second)
        run.readings[1].report.lose_item({"Id": "2"}, "odd")
        assert await delete(entities("plan", "12"), []) == {("plan", "1")}


# --- Items ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "deleted"),
    [
        pytest.param({"Id": "2"}, {("plan", "1")}, id="its identifier is known"),
        pytest.param({"Name": "?"}, set(), id="it is not"),
        pytest.param("no object", set(), id="it could be any"),
        pytest.param({"Id": "9"}, {("plan", "1"), ("plan", "2")}, id="it is new"),
    ],
)
async def test_a_hidden_item_keeps_what_it_may_be(item: Any, deleted: Any) -> None:
    async with resync(PLAN) as run:
        read_all(run, PLAN)
        run.readings[0].report.lose_item(item, "odd")
        assert await delete(entities("plan", "12"), []) == deleted


@pytest.mark.parametrize("identifier", [".Id | tostring", '.Id // "1"', '"1"'])
async def test_a_hidden_item_whose_identifier_is_not_known_keeps_its_kind(
    identifier: str,
) -> None:
    plan = mapped("plan", '"plan"', identifier=identifier)
    async with resync(plan) as run:
        read_all(run, plan)
        run.readings[0].report.lose_item({"Name": "?"}, "odd")
        left = {("plan", "2")} if identifier == '"1"' else set()
        assert await delete(entities("plan", "12"), []) == left


async def test_a_hidden_item_with_parts_keeps_its_kind() -> None:
    parts = mapped("plan", '"plan"', itemsToParse=".parts", identifier=".item.Id")
    async with resync(parts) as run:
        read_all(run, parts)
        run.readings[0].report.lose_item({"Id": "2"}, "odd")
        assert await delete(entities("plan", "12"), []) == set()


# --- Parents --------------------------------------------------------------------------

IN_SPACES = [entity("worker", "1", space="S1"), entity("worker", "2", space="S2")]


async def delete_without_space(work: Any, *spaces: Any, port: FakePort) -> Any:
    async with resync(work) as run:
        read_all(run, work)
        for space in spaces:
            run.readings[0].report.lose_parent(space, Forbidden("403"))
        return await delete(port.known, [], port)


@pytest.mark.parametrize("space", [".SpaceId", ".__scope + (.SpaceId // empty)"])
async def test_a_hidden_parent_keeps_what_a_relation_leads_from(space: str) -> None:
    work = mapped("worker", '"worker"', relations={"space": space})
    port = FakePort(*IN_SPACES)

    deleted = await delete_without_space(work, {"Id": "S1"}, port=port)

    assert deleted == {("worker", "2")}
    (query,) = port.asked
    assert query["rules"][1] == {
        "operator": "relatedTo",
        "blueprint": "space",
        "value": "S1",
    }


async def test_what_is_related_by_a_long_way_round_is_not_kept() -> None:
    work = mapped("worker", '"worker"', relations={"place": ".SpaceId | tostring"})
    far = entity("worker", "3", place="S2", other="S1")
    port = FakePort(entity("worker", "1", place="S1"), far)

    deleted = await delete_without_space(work, {"Id": "S1"}, port=port)

    assert deleted == {("worker", "3")}


async def test_a_property_shows_the_parent_as_well() -> None:
    work = mapped("worker", '"worker"', properties={"in": ".SpaceId"})
    port = FakePort(*entities("worker", "12"))
    port.known[0].properties = {"in": "S1"}

    deleted = await delete_without_space(work, {"Id": "S1"}, port=port)

    assert deleted == {("worker", "2")}


@pytest.mark.parametrize(
    "mappings",
    [
        {},
        {"properties": {"url": '"https://host/\\(.SpaceId)/\\(.Id)"'}},
        {"relations": {"space": ".Space.Id"}},
        {"relations": {"space": ". as $it | $it.SpaceId"}},
        {"relations": {"space": '"S1"'}},
        {"relations": {"space": {"combinator": "and", "rules": []}}},
        {"blueprint": ".kind", "relations": {"space": ".SpaceId"}},
    ],
)
async def test_a_parent_that_no_expression_shows_keeps_the_kind(mappings: Any) -> None:
    work = mapped("worker", **{"blueprint": '"worker"', **mappings})
    port = FakePort(*IN_SPACES)

    assert await delete_without_space(work, {"Id": "S1"}, port=port) == set()


async def test_a_parent_without_an_id_keeps_the_kind() -> None:
    work = mapped("worker", '"worker"', relations={"space": ".SpaceId"})
    port = FakePort(*IN_SPACES)

    assert await delete_without_space(work, {"Name": "?"}, port=port) == set()


async def test_of_a_kind_with_several_parents_all_is_kept() -> None:
    async with resync(WORK) as run:
        run.begin(WORK, SPACE, None).report.lose_parent({"Id": "S1"}, DOWN)
        assert await delete(entities("worker", "12"), []) == set()


async def test_very_many_hidden_parents_cost_no_search_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protection, "MOST_PARENTS", 1)
    work = mapped("worker", '"worker"', relations={"space": ".SpaceId"})
    port = FakePort(*IN_SPACES)
    spaces = ({"Id": "S3"}, {"Id": "S4"})

    assert await delete_without_space(work, *spaces, port=port) == set()
    assert port.asked == []


async def test_a_lost_value_hides_nothing() -> None:
    async with resync(PLAN) as run:
        read_all(run, PLAN)
        run.readings[0].report.lose_value("members", DOWN)
        assert await delete(entities("plan", "1"), []) == {("plan", "1")}


async def test_nothing_is_asked_for_when_nothing_is_missing() -> None:
    work = mapped("worker", '"worker"', relations={"space": ".SpaceId"})
    port = FakePort(*IN_SPACES)
    async with resync(work) as run:
        read_all(run, work)
        run.readings[0].report.lose_parent({"Id": "S1"}, DOWN)
        assert await delete(IN_SPACES, IN_SPACES, port) == set()
    assert port.asked == []
