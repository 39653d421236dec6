"""Map raw items to entities: plain expressions in Python, the rest in one jq program.

The framework forks a pool of processes for every batch, and in it runs each expression
as a program of its own, which serialises the whole item. The results here are the same.
Nothing that a mapping asks for can hold up this process: see `jq_guest`. Used through
`EntityProcessorClass`, the framework's own place for this. Where Port maps (DSP mode),
nothing of it runs.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from port_ocean.core.handlers.entity_processor.jq_entity_processor import (
    JQEntityProcessor,
)
from port_ocean.core.handlers.entity_processor.models import MappedEntity
from port_ocean.core.handlers.port_app_config.models import ResourceConfig
from port_ocean.core.ocean_types import CalculationResult
from port_ocean.exceptions.core import EntityProcessorException

from core.types import Item
from framework.jq_guest import Answer, GivenUp, Output
from framework.jq_values import evaluate, explain, problem_of
from framework.mapping_program import MappingProgram
from framework.mapping_watch import NEEDED, Outcome, current_watch, watching

# Marks an item that is gone: a live event has too little of it left to be judged by the
# selector's query, which would keep its entity for ever.
GONE = "__gone"
# The setting that switches all of this off.
STOCK_MAPPING = "stock_mapping"


class CombinedJQEntityProcessor(JQEntityProcessor):
    """Compute what the framework's processor computes, by plain steps and a guest."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._programs: dict[str, MappingProgram] = {}

    async def parse_items(
        self,
        mapping: ResourceConfig,
        raw_data: list[Item],
        parse_all: bool = False,
    ) -> CalculationResult:
        """Map a batch, and record what comes to nothing."""
        with watching(mapping):
            return await super().parse_items(mapping, raw_data, parse_all)

    async def separate_compileable_and_uncompileable_patterns_and_warmup_cache(
        self, raw_entity_mappings: dict[str, Any], selector_queries: Sequence[str] = ()
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Compile nothing here, for that too can take all memory: the guest does it."""
        if not self._leaves_it_to_the_framework():
            return raw_entity_mappings, {}
        stock = super().separate_compileable_and_uncompileable_patterns_and_warmup_cache
        return await stock(raw_entity_mappings, list(selector_queries))

    async def parse_items_sync(
        self,
        compileable_patterns: dict[str, Any],
        raw_results: list[Item],
        selector_query: str,
        parse_all: bool = False,
    ) -> tuple[list[Outcome], list[Exception]]:
        """Map a batch; an item that can't be mapped costs itself."""
        if self._leaves_it_to_the_framework():
            outcomes, errors = await super().parse_items_sync(
                compileable_patterns, raw_results, selector_query, parse_all
            )
        else:
            program = self._program(compileable_patterns, selector_query)
            answers = await program.run(raw_results)
            errors = []
            outcomes = [
                await _outcome(program, item, answer, parse_all)
                for item, answer in zip(raw_results, answers, strict=True)
            ]
        if (watch := current_watch()) and not errors:
            outcomes = await watch.settled(raw_results, outcomes)
        return outcomes, errors

    async def parse_items_async(
        self,
        uncompiled_patterns: dict[str, Any],
        raw_results: list[Item],
        selector_query: str,
        parse_all: bool = False,
    ) -> tuple[list[Outcome], list[Exception]]:
        """Map what does not compile, which only the framework sets apart."""
        if all(item.get(GONE) for item in raw_results):
            selector_query = "true"
        outcomes, errors = await super().parse_items_async(
            uncompiled_patterns, raw_results, selector_query, parse_all
        )
        # What is wrong with an item was recorded when the others were mapped.
        return [(entities, []) for entities, _ in outcomes], errors

    async def _search(self, data: Item, pattern: str, field: str | None = None) -> Any:
        """Evaluate `itemsToParse`, for which the framework calls this."""
        if self._leaves_it_to_the_framework():
            return await super()._search(data, pattern, field)
        return await evaluate(pattern, data)

    @staticmethod
    def _notify_mapping_issues(
        entity_misconfigurations: dict[str, str],
        has_skipped_entities: bool,
        entity_mapping_fault_counter: int,
        required_fields: set[str],
    ) -> None:
        """Log missing values only if Port requires them; others may have none.

        What is empty in all of a kind is logged at its end.
        """
        needed = {
            name: text
            for name, text in entity_misconfigurations.items()
            if name in required_fields
        }
        JQEntityProcessor._notify_mapping_issues(
            needed, has_skipped_entities, entity_mapping_fault_counter, required_fields
        )

    def _leaves_it_to_the_framework(self) -> bool:
        return bool(self.context.integration_config.get(STOCK_MAPPING))

    def _program(self, patterns: dict[str, Any], query: str) -> MappingProgram:
        key = repr((patterns, query))
        if key not in self._programs:
            self._programs[key] = MappingProgram(patterns, query)
        return self._programs[key]


async def _outcome(
    program: MappingProgram, item: Item, answer: Answer, parse_all: bool
) -> Outcome:
    """Return what becomes of an item, or the error that it costs."""
    try:
        if isinstance(answer, str):
            raise ValueError(answer)
        is_gone = bool(item.get(GONE))
        query, *outputs = answer
        selected = is_gone or await _selected(program.query, query, item)
        if not (parse_all or is_gone or selected):
            return [MappedEntity()], []
        outputs = _known(program, outputs)
    except (ValueError, EntityProcessorException, GivenUp) as error:
        return [], [error]
    misconfigurations: dict[str, str] = {}
    entity = _assemble(program.patterns, iter(outputs), misconfigurations)
    mapped = MappedEntity(
        entity=entity,
        did_entity_pass_selector=selected,
        misconfigurations=misconfigurations,
    )
    return [mapped], []


async def _selected(query: str, output: Output, item: Item) -> bool:
    if output is None:
        raise GivenUp(f"the selector's query {query!r} takes too long")
    if not output:
        raise ValueError(await explain(query, item))
    value = output[0]
    if not isinstance(value, bool):
        given = "null" if value is None else f"a value of type {type(value).__name__}"
        raise EntityProcessorException(
            f"selector.query has to give true or false, and {query!r} gives {given}"
        )
    return value


def _known(program: MappingProgram, found: list[Output]) -> list[Output]:
    """Return the outputs without those that can't be computed.

    Records these, and raises if the entity can't do without.
    """
    known, watch = [], current_watch()
    for (where, text), output in zip(program.leaves, found, strict=True):
        if output is None:
            reason = f"it takes too long: {text!r}"
        elif not output and where not in NEEDED and (problem := problem_of(text)):
            reason, output = f"{text!r} {problem}", None
        else:
            reason = ""
        if reason and (
            where in NEEDED or watch is None or not watch.can_lose(where, reason)
        ):
            raise GivenUp(f"{where} is given up, {reason}")
        known.append(output)
    return known


def _assemble(
    patterns: dict[str, Any],
    outputs: Iterator[Output],
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
        elif (output := next(outputs)) is not None:
            entity[key] = next(iter(output), None)
            if entity[key] is None:
                misconfigurations[where] = value
    return entity
