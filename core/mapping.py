"""Map raw items to entities with one jq program per mapping, in this process.

The framework forks a pool of processes for every batch, and in it runs each expression
as a program of its own, which serialises the whole item anew. Here all expressions of a
mapping become the elements of one array, so an item is serialised and parsed once; the
results are the same. Used through `EntityProcessorClass`, the framework's own place for
this. Where Port maps (DSP mode), nothing of it runs.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import jq
from loguru import logger
from port_ocean.core.handlers.entity_processor.jq_entity_processor import (
    JQEntityProcessor,
)
from port_ocean.core.handlers.entity_processor.jq_entity_processor_sync import (
    JQEntityProcessorSync,
)
from port_ocean.core.handlers.entity_processor.models import MappedEntity
from port_ocean.core.utils.json_compat import (
    JQInputNotJsonSerializableError,
    compile_jq,
    make_json_compatible,
)

from core.expressions import paths_read, reduced
from core.types import Item

type Outcome = tuple[list[MappedEntity], list[Exception]]

# Marks an item that is gone: a live event has too little of it left to be judged by the
# selector's query, which would keep its entity for ever.
GONE = "__gone"
# The setting that switches all of this off.
STOCK_MAPPING = "stock_mapping"
# Mapping blocks the event loop: other work gets a turn after so many items.
ITEMS_PER_TURN = 20
# These tell where in a program they stand, or end it as a whole.
_NOT_COMBINABLE = re.compile(r"\$__loc__|\binput_line_number\b|\bhalt(_error)?\b")


class CombinedJQEntityProcessor(JQEntityProcessor):
    """Compute what the framework's processor computes, with one program per mapping."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._programs: dict[str, Program | None] = {}

    async def parse_items_sync(
        self,
        compileable_patterns: dict[str, Any],
        raw_results: list[Item],
        selector_query: str,
        parse_all: bool = False,
    ) -> tuple[list[Outcome], list[Exception]]:
        """Map a batch; the framework hands over only expressions that compile alone."""
        if self._leaves_it_to_the_framework():
            return await super().parse_items_sync(
                compileable_patterns, raw_results, selector_query, parse_all
            )
        program = self._program(compileable_patterns, selector_query)
        outcomes: list[Outcome] = []
        for number, item in enumerate(raw_results):
            if number % ITEMS_PER_TURN == 0:
                await asyncio.sleep(0)
            outcomes.append(
                _map(program, compileable_patterns, item, selector_query, parse_all)
            )
        return outcomes, []

    async def parse_items_async(
        self,
        uncompiled_patterns: dict[str, Any],
        raw_results: list[Item],
        selector_query: str,
        parse_all: bool = False,
    ) -> tuple[list[Outcome], list[Exception]]:
        """Do what is left to do for expressions that don't compile: mostly nothing.

        The framework would run the selector over every item a second time for it.
        """
        is_stock = self._leaves_it_to_the_framework()
        if not any(_leaves(uncompiled_patterns)) and not is_stock:
            return [], []
        if all(item.get(GONE) for item in raw_results):
            selector_query = "true"
        return await super().parse_items_async(
            uncompiled_patterns, raw_results, selector_query, parse_all
        )

    def _leaves_it_to_the_framework(self) -> bool:
        return bool(self.context.integration_config.get(STOCK_MAPPING))

    def _program(
        self, patterns: dict[str, Any], selector_query: str
    ) -> "Program | None":
        key = repr((patterns, selector_query))
        if key not in self._programs:
            env = self.context.config.allow_environment_variables_jq_access
            self._programs[key] = combine(patterns, selector_query, env=env)
        return self._programs[key]


class Program:
    """All expressions of a mapping as one compiled jq program."""

    def __init__(self, expressions: list[str], *, env: bool) -> None:
        formatted = map(JQEntityProcessorSync._format_filter, expressions)
        # The line break ends a comment; `?` and the brackets make of an error, and of
        # no output at all, an empty array.
        parts = ",\n".join(f"[first((\n{text}\n))?]" for text in formatted)
        prefix = "" if env else "def env: {}; {} as $ENV | "
        self._compiled = jq.compile(f"{prefix}[\n{parts}\n]")
        # Most of the time goes into handing items over: no more than what is read.
        self._paths = paths_read(expressions)

    def run(self, item: Item) -> list[list[Any]]:
        """Return for each expression its first output, or nothing."""
        if self._paths is not None:
            item = reduced(item, self._paths)
        try:
            values = compile_jq(self._compiled, item).first()
        except JQInputNotJsonSerializableError:
            compatible = make_json_compatible(item)
            values = compile_jq(self._compiled, compatible).first()
        found: list[list[Any]] = values
        return found


def combine(
    patterns: dict[str, Any], selector_query: str, *, env: bool
) -> Program | None:
    """Return one program for a mapping, or None when its parts can't be combined.

    `env` tells whether expressions may read environment variables.
    """
    expressions = [selector_query, *(text for _, text in _leaves(patterns))]
    unfit = next((text for text in expressions if _NOT_COMBINABLE.search(text)), None)
    try:
        if unfit is None:
            return Program(expressions, env=env)
        reason = "it depends on its place in the program"
    except ValueError as error:
        unfit, reason = selector_query, str(error).split("\n")[0]
    logger.warning(f"This mapping runs slowly, because of {unfit!r}: {reason}")
    return None


def _map(
    program: Program | None,
    patterns: dict[str, Any],
    item: Item,
    selector_query: str,
    parse_all: bool,
) -> Outcome:
    if item.get(GONE):
        selector_query, parse_all = "true", True
    try:
        values = program.run(item) if program else None
        if values is not None and item.get(GONE):
            values[0] = [True]
        if values is None or not values[0] or not isinstance(values[0][0], bool):
            # The framework's own code knows what to say about such a selector.
            mapped = JQEntityProcessorSync._get_mapped_entity(
                item, patterns, selector_query, parse_all
            )
            return [mapped], []
    except Exception as error:
        return [], [error]
    (selected,), *outputs = values
    if not (parse_all or selected):
        return [MappedEntity()], []
    misconfigurations: dict[str, str] = {}
    entity = _assemble(patterns, iter(outputs), misconfigurations)
    return [
        MappedEntity(
            entity=entity,
            did_entity_pass_selector=selected,
            misconfigurations=misconfigurations,
        )
    ], []


def _leaves(patterns: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and text of every expression, in the order of the mapping."""
    for key, value in patterns.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            yield from _leaves(value, where)
        elif isinstance(value, list):
            for part in value:
                yield from _leaves(part, where)
        else:
            yield where, value


def _assemble(
    patterns: dict[str, Any],
    outputs: Iterator[list[Any]],
    misconfigurations: dict[str, str],
    path: str = "",
) -> dict[str, Any]:
    """Put the outputs where the mapping has their expressions; note what is null."""
    entity: dict[str, Any] = {}
    for key, value in patterns.items():
        where = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            entity[key] = _assemble(value, outputs, misconfigurations, where)
        elif isinstance(value, list):
            entity[key] = [
                _assemble(part, outputs, misconfigurations, where) for part in value
            ]
        else:
            entity[key] = next(iter(next(outputs)), None)
            if entity[key] is None:
                misconfigurations[where] = value
    return entity
