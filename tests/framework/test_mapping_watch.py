"""What a mapping makes nothing of is noticed, and what is unknown is left out."""

from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.context.event import event
from port_ocean.core.handlers.entity_processor import jq_entity_processor
from port_ocean.core.models import Entity

from core.trouble import INCOMPLETE
from core.types import Item
from framework.entity_processor import STOCK_MAPPING, CombinedJQEntityProcessor
from framework.json_entities import JsonEntity, take_json_as_it_is
from framework.mapping_watch import record_unmapped
from framework.resync_run import Reading, ResyncRun
from tests.framework.resyncs import WORKER, jq_rules, mapped, resync

pytestmark = pytest.mark.usefixtures(jq_rules.__name__, "processor")

MAPPINGS: dict[str, Any] = {
    "title": '"\\(.Name): \\(.__state)"',
    "properties": {"name": ".Name", "state": ".__task.State", "all": ".. | length"},
    "relations": {"issues": ".__keys", "space": ".SpaceId"},
}


@pytest.fixture(params=[True, False], ids=["stock", "combined"])
def processor(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> CombinedJQEntityProcessor:
    config = SimpleNamespace(
        allow_environment_variables_jq_access=False,
        process_in_queue_max_workers=1,
        process_in_queue_timeout=30,
    )
    settings = {STOCK_MAPPING: request.param}
    context: Any = SimpleNamespace(config=config, integration_config=settings)
    monkeypatch.setattr(jq_entity_processor, "ocean", context)
    return CombinedJQEntityProcessor(context)


async def parse(
    processor: CombinedJQEntityProcessor, mapping: Any, *items: Item, merge: bool = True
) -> tuple[ResyncRun, Reading, list[Entity]]:
    async with resync(mapping) as run:
        event.port_app_config.enable_merge_entity = merge
        reading = run.begin(mapping, WORKER, None)
        result = await processor.parse_items(mapping, list(items))
        assert result.errors == []
        record_unmapped(reading)
    return run, reading, result.entity_selector_diff.passed


async def test_entities_are_made_without_checks_and_copies(
    processor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jq_entity_processor, "Entity", Entity)
    take_json_as_it_is()
    _, _, entities = await parse(processor, mapped("worker", '"worker"'), {"Id": "1"})

    assert [type(entity) for entity in entities] == [JsonEntity]


async def test_items_without_an_identifier_hide_their_kind(processor: Any) -> None:
    typo = mapped("worker", '"worker"', identifier=".Idd")
    _, reading, entities = await parse(processor, typo, {"Id": "1"}, {"Id": "2"})

    assert entities == []
    (trouble,) = reading.report.hidden
    assert trouble.reason == "2 items have no identifier: '.Idd' gives none"
    assert trouble.item is None


ODD = [".Id[", ".Id | error", "empty", '""', ".Idd | tostring", '"\\(.Idd)-x"']


@pytest.mark.parametrize("identifier", ODD)
async def test_whatever_gives_no_identifier_counts(
    processor: Any, identifier: str
) -> None:
    typo = mapped("worker", '"worker"', identifier=identifier)
    _, reading, entities = await parse(processor, typo, {"Id": "1"})

    assert (entities, len(reading.report.hidden)) == ([], 1)


@pytest.mark.parametrize("identifier", ['"all"', '.Team // "all"'])
async def test_one_entity_of_several_items_may_be_meant(
    processor: Any, identifier: str
) -> None:
    mapping = mapped("worker", '"worker"', identifier=identifier)
    _, reading, entities = await parse(processor, mapping, {"Id": "1"}, {"Id": "2"})

    assert {entity.identifier for entity in entities} == {"all"}
    assert reading.report.hidden == []


@pytest.mark.parametrize(
    ("identifier", "is_trouble"),
    [
        ('"\\(.Space)-\\(.Idd)"', True),
        ('.Space + "-" + (.Idd | tostring)', True),
        ('if .Id then "\\(.Idd)-x" else empty end', True),
        ('.Space + "/" + (.Tenant // "none")', False),
        ('"\\(.Id)-\\(.Tenant)"', False),
        (".Space", False),
    ],
)
async def test_one_identifier_for_items_that_lack_a_part_of_it_hides_their_kind(
    processor: Any, identifier: str, is_trouble: bool
) -> None:
    mapping = mapped("worker", '"worker"', identifier=identifier)
    items: list[Item] = [{"Id": str(n), "Space": "S1"} for n in range(3)]
    _, reading, _ = await parse(processor, mapping, *items)

    reasons = [trouble.reason for trouble in reading.report.hidden if not trouble.item]
    assert bool(reasons) is is_trouble


@pytest.mark.parametrize("identifier", [".Slug // .Id", '.Id + (.Suffix // "")'])
async def test_what_the_query_leaves_out_is_known_by_its_identifier(
    processor: Any, identifier: str
) -> None:
    mapping = mapped("worker", '"worker"', identifier=identifier, query=".Keep")
    items: list[Item] = [{"Id": str(n), "Keep": n > 0} for n in range(2)]
    _, reading, entities = await parse(processor, mapping, *items)

    assert [entity.identifier for entity in entities] == ["1"]
    assert reading.deselected == {("worker", "0")}


async def test_a_scope_alone_is_no_identifier(processor: Any) -> None:
    typo = mapped("worker", '"worker"', identifier=".__scope + .Idd")
    _, reading, entities = await parse(processor, typo, {"Id": "1", "__scope": "emea/"})

    assert (entities, len(reading.report.hidden)) == ([], 1)


async def test_a_scope_alone_is_no_relation(processor: Any) -> None:
    relations = {"one": ".__scope + .a", "many": "[.__scope + .b[]]", "all": ".__scope"}
    mapping = mapped("worker", '"worker"', relations=relations)
    item = {"Id": "1", "a": None, "b": ["2", None], "__scope": "emea/"}
    _, _, (entity,) = await parse(processor, mapping, item)

    assert entity.relations == {"one": None, "many": ["emea/2"], "all": None}


async def test_items_without_a_blueprint_hide_their_kind(processor: Any) -> None:
    odd = mapped("worker", ".blueprint")
    items = ({"Id": "1", "blueprint": "worker"}, {"Id": "2"})
    _, reading, entities = await parse(processor, odd, *items)

    assert [e.identifier for e in entities] == ["1"]
    reasons = [trouble.reason for trouble in reading.report.hidden]
    assert reasons == ["1 items have no blueprint: '.blueprint' gives none"]


@pytest.mark.parametrize("odd", [["x"], {"a": 1}, 7, True])
@pytest.mark.parametrize("query", ["true", ".wanted"])
async def test_a_blueprint_that_is_no_text_costs_its_item(
    processor: Any, odd: Any, query: str
) -> None:
    mapping = mapped("worker", ".blueprint", query=query)
    items = (
        {"Id": "1", "blueprint": odd, "wanted": True},
        {"Id": "2", "blueprint": odd, "wanted": False},
        {"Id": "3", "blueprint": "worker", "wanted": True},
    )
    _, reading, entities = await parse(processor, mapping, *items)

    assert [e.identifier for e in entities] == ["3"]
    assert reading.unmapped == {"blueprint": 1 + (query == "true")}


async def test_what_the_query_leaves_out_is_no_trouble(processor: Any) -> None:
    some = mapped("worker", '"worker"', query=".wanted")
    items = (
        {"Id": "1", "wanted": False},
        {"wanted": False},
        {"Id": "3", "wanted": True},
    )
    _, reading, entities = await parse(processor, some, *items)

    assert [e.identifier for e in entities] == ["3"]
    assert reading.report.troubles == []
    assert reading.deselected == {("worker", "1")}


@pytest.mark.parametrize("query", [".Name | test(1)", ".Name", "empty"])
async def test_a_query_without_an_answer_costs_its_item(
    processor: Any, query: str
) -> None:
    item = {"Id": "1", "Name": "n", "long": "text"}
    _, reading, entities = await parse(
        processor, mapped("worker", '"worker"', query=query), item
    )

    assert entities == []
    (trouble,) = reading.report.hidden
    assert trouble.item == {"Id": "1", "Name": "n"}


@pytest.mark.parametrize(
    ("unknown", "left"),
    [
        (["__task"], {"title", "name", "issues", "space"}),
        (["__state"], {"name", "state", "issues", "space"}),
        (["__keys", "__other"], {"title", "name", "state", "space"}),
        ([], {"title", "name", "state", "all", "issues", "space"}),
    ],
)
async def test_what_may_read_an_unknown_value_is_not_written(
    processor: Any, unknown: list[str], left: set[str]
) -> None:
    item = {"Id": "1", "Name": "n", "__keys": [], INCOMPLETE: unknown}
    if not unknown:
        del item[INCOMPLETE]
    _, reading, (entity,) = await parse(
        processor, mapped("worker", '"worker"', **MAPPINGS), item
    )

    sent = entity.dict(exclude_unset=True)
    names = {"title"} & sent.keys() | sent["properties"].keys()
    assert names | sent["relations"].keys() == left
    assert reading.report.troubles == []


@pytest.mark.parametrize(
    ("mapping", "merge", "is_own"),
    [
        pytest.param({"identifier": ".__x"}, True, False, id="identifier"),
        pytest.param({"query": ".__x == null"}, True, True, id="query"),
        pytest.param(
            {"properties": {"x": ".__x"}}, False, True, id="no merging in Port"
        ),
    ],
)
async def test_an_item_that_can_only_come_whole_is_kept(
    processor: Any, mapping: Any, merge: bool, is_own: bool
) -> None:
    item = {"Id": "1", "__x": None, INCOMPLETE: ["__x"]}
    _, reading, entities = await parse(
        processor, mapped("worker", '"worker"', **mapping), item, merge=merge
    )

    assert entities == []
    (trouble,) = reading.report.hidden
    assert (trouble.item is not None) == is_own


async def test_what_a_mapping_does_not_read_need_not_be_known(processor: Any) -> None:
    item = {"Id": "1", "a": 1, "__x": None, INCOMPLETE: ["__x"]}
    mapping = mapped("worker", '"worker"', properties={"a": ".a"})
    _, reading, (entity,) = await parse(processor, mapping, item, merge=False)

    assert entity.properties == {"a": 1}
    assert reading.report.hidden == []


async def test_a_live_event_reports_unmapped_items(
    processor: Any, warnings: list[str]
) -> None:
    typo = mapped("worker", '"worker"', identifier=".Idd")
    result = await processor.parse_items(typo, [{"Id": "1"}], parse_all=True)

    assert result.entity_selector_diff.passed == []
    assert any("worker: 1 items have no identifier: '.Idd'" in w for w in warnings)


@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("title", [None, "W"])
async def test_a_mapping_takes_no_title_from_entities_that_others_write_to(
    processor: Any, is_shared: bool, title: str | None
) -> None:
    mapping = mapped("worker", '"worker"', title=".Name", properties={"a": ".a"})
    other = mapped("other", '"worker"', properties={"b": ".b"})
    async with resync(*([mapping, other] if is_shared else [mapping])) as run:
        event.port_app_config.enable_merge_entity = True
        run.begin(mapping, WORKER, None)
        result = await processor.parse_items(mapping, [{"Id": "1", "Name": title}])
        (entity,) = result.entity_selector_diff.passed

    # What is not set is not sent.
    is_sent = "title" in entity.dict(exclude_unset=True)
    assert is_sent is (title is not None or not is_shared)


@pytest.mark.parametrize("processor", [False], indirect=True, ids=["combined"])
@pytest.mark.parametrize("merge", [True, False])
async def test_what_is_no_jq_costs_its_value_and_says_so(
    processor: Any, merge: bool
) -> None:
    properties = {"name": ".Name |", "size": ".size"}
    mapping = mapped("worker", '"worker"', properties=properties)
    item = {"Id": "1", "Name": "W", "size": 3}
    _, reading, entities = await parse(processor, mapping, item, merge=merge)

    reasons = [trouble.reason for trouble in reading.report.troubles]
    assert len(reasons) == 1 and "'.Name |' is no jq: syntax error" in reasons[0]
    # Only a merge keeps what the catalog has.
    assert [e.properties for e in entities] == ([{"size": 3}] if merge else [])
    assert bool(reading.report.hidden) is not merge


@pytest.mark.parametrize("processor", [False], indirect=True, ids=["combined"])
async def test_a_query_that_is_no_jq_hides_its_items(processor: Any) -> None:
    mapping = mapped("worker", '"worker"', query=".Name ==")
    _, reading, entities = await parse(processor, mapping, {"Id": "1", "Name": "W"})

    (trouble,) = reading.report.hidden
    assert entities == [] and "'.Name ==' is no jq: " in trouble.reason
