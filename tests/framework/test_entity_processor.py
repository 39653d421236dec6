"""One program per mapping gives what the framework's many programs give."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from port_ocean.core.handlers.entity_processor import jq_entity_processor_sync
from port_ocean.core.handlers.entity_processor.jq_entity_processor import (
    JQEntityProcessor,
)
from port_ocean.core.handlers.entity_processor.jq_entity_processor_sync import (
    JQEntityProcessorSync,
)

from framework.entity_processor import STOCK_MAPPING, CombinedJQEntityProcessor
from framework.jq_guest import JqGuest, use_guest
from framework.jq_worker import NO_ENVIRONMENT
from tests.conftest import SameProcess

EXAMPLES = Path(".port/examples")
CONTEXT: Any = SimpleNamespace(config=None, integration_config={})
KINDS = sorted(path.name for path in EXAMPLES.iterdir())

NASTY = [
    ".a # a comment ) ]",
    "def f: .a; f",
    "reduce .list[]? as $x (0; . + 1)",
    "limit(2; .list[]?)",
    ".list[]?",
    "empty",
    "null",
    "false",
    'error("no")',
    "error(null)",
    'error({"an": "object"})',
    "try error catch .",
    ".a.b.c",
    ".a | tonumber",
    "input",
    "[inputs]",
    "first(empty)",
    "label $out | (1, break $out)",
    ".. | numbers",
    '"ünïcode \\(.a) {} ]"',
    "'single quotes'",
    "$ENV.PATH",
    "env | length",
    ".list as [$x] | $x",
    'getpath(["a", "b"])?',
    "[.list[]? | select(. != null)] | unique",
    ".a // empty",
    "if .a then 1 else empty end",
    '1, error("late")',
    "$__loc__",
    "halt",
    "now | type",
    "@base64",
    "ltrimstr(1)",
]


@pytest.fixture(autouse=True, params=[True, False], ids=["env", "no-env"])
def _configuration(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = SimpleNamespace(allow_environment_variables_jq_access=request.param)
    monkeypatch.setattr(CONTEXT, "config", config)
    monkeypatch.setattr(jq_entity_processor_sync, "ocean", CONTEXT)
    monkeypatch.setattr(jq_entity_processor_sync, "_COMPILED_PATTERNS", {})
    prefix = "" if request.param else NO_ENVIRONMENT
    use_guest(JqGuest(SameProcess(prefix)))


# We say it in one way for all values, so that it is said once.
NOT_BOOLEAN = "selector.query has to give true or false"


def reference(
    patterns: dict[str, Any], item: Any, query: str, parse_all: bool
) -> tuple[Any, str | None]:
    """Return what the framework's own code makes of an item."""
    try:
        mapped = JQEntityProcessorSync._get_mapped_entity(
            item, patterns, query, parse_all
        )
    except Exception as error:
        words = str(error) or f"{query!r} gives nothing"
        if words.startswith("Expected boolean value"):
            words = NOT_BOOLEAN
        return None, words
    return mapped, None


def ours(
    patterns: dict[str, Any], item: Any, query: str, parse_all: bool
) -> tuple[Any, str | None]:
    processor = CombinedJQEntityProcessor(CONTEXT)
    batch = processor.parse_items_sync(patterns, [item], query, parse_all)
    outcomes, errors = asyncio.run(batch)
    assert errors == []
    ((mapped, failures),) = outcomes
    words = next((str(f) for f in failures), None)
    if words and words.startswith(NOT_BOOLEAN):
        words = NOT_BOOLEAN
    return next(iter(mapped), None), words


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["a", "b", "list", "Id"]), inner, max_size=3),
    max_leaves=15,
)
items = st.dictionaries(st.sampled_from(["a", "b", "list", "Id"]), json_values)


@pytest.mark.parametrize("expression", NASTY)
@pytest.mark.parametrize("item", [{}, {"a": {"b": 1}, "list": [3, None, "x"]}])
def test_a_nasty_expression_gives_what_it_gives_alone(
    expression: str, item: dict[str, Any]
) -> None:
    patterns = {
        "identifier": ".a",
        "properties": {"nasty": expression, "after": ".list"},
        "relations": {"r": {"combinator": '"and"', "rules": [{"value": expression}]}},
    }
    expected = reference(patterns, item, "true", False)
    found = ours(patterns, item, "true", False)
    assert found == expected


@pytest.mark.parametrize(
    "query", ["true", "false", "null", ".a", "empty", "1", 'error("no")', ".Id.x"]
)
@pytest.mark.parametrize("parse_all", [True, False])
def test_a_selector_is_judged_as_the_framework_does(
    query: str, parse_all: bool
) -> None:
    patterns = {"identifier": ".Id"}
    item = {"Id": "x", "a": True}
    assert ours(patterns, item, query, parse_all) == reference(
        patterns, item, query, parse_all
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item=items, expressions=st.lists(st.sampled_from(NASTY[:-4]), max_size=4))
def test_any_item_and_mapping_give_the_same(item: Any, expressions: list[str]) -> None:
    patterns = {
        "identifier": ".Id",
        "properties": {str(n): text for n, text in enumerate(expressions)},
    }
    assert ours(patterns, item, "true", True) == reference(patterns, item, "true", True)


@pytest.mark.parametrize("kind", KINDS)
def test_every_example_is_mapped_the_same(kind: str) -> None:
    mapping = yaml.safe_load((EXAMPLES / kind / "mapping.yml").read_text("utf-8"))
    item = json.loads((EXAMPLES / kind / "raw.json").read_text("utf-8"))
    patterns = mapping["port"]["entity"]["mappings"]
    query = mapping["selector"]["query"]
    for broken in (item, {}, {name: None for name in item}):
        expected = reference(patterns, broken, query, False)
        assert ours(patterns, broken, query, False) == expected


async def test_one_setting_leaves_everything_to_the_framework(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(CONTEXT, "integration_config", {STOCK_MAPPING: True})
    taken: list[Any] = []

    async def stock(*arguments: Any) -> Any:
        taken.append(arguments[1:])
        return [], []

    monkeypatch.setattr(JQEntityProcessor, "parse_items_sync", stock)
    monkeypatch.setattr(JQEntityProcessor, "parse_items_async", stock)
    processor = CombinedJQEntityProcessor(CONTEXT)
    await processor.parse_items_sync({"identifier": ".Id"}, [{}], "true")
    await processor.parse_items_async({}, [{}], "true")
    assert len(taken) == 2


def test_a_mapping_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_ = jq.compile

    def count(text: str) -> Any:
        compiled.append(text)
        return compile_(text)

    monkeypatch.setattr("framework.jq_worker.jq.compile", count)
    processor = CombinedJQEntityProcessor(CONTEXT)
    batch = [{"Id": str(number)} for number in range(50)]
    for _ in range(3):
        patterns = {"identifier": ".Id | ascii_downcase"}
        asyncio.run(processor.parse_items_sync(patterns, batch, "true"))
    assert len(compiled) == 1


def test_nothing_is_compiled_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jq.compile", None)
    processor = CombinedJQEntityProcessor(CONTEXT)
    patterns = {"identifier": ".Id", "title": '"x" * 1000000000000'}
    separate = (
        processor.separate_compileable_and_uncompileable_patterns_and_warmup_cache
    )
    assert asyncio.run(separate(patterns)) == (patterns, {})


def test_only_a_missing_value_that_port_requires_is_worth_a_line(
    warnings: list[str],
) -> None:
    missing = {"properties.due": ".due", "properties.name": ".nmae"}
    CombinedJQEntityProcessor._notify_mapping_issues(
        missing, False, 0, {"properties.name"}
    )

    (line,) = warnings
    assert "'properties.name': .nmae" in line
