"""Try a mapping on one item of each kind, without writing anything.

It finds what permissions don't tell: a JQL that Jira refuses, names that nobody sees,
expressions that are no jq, blueprints and properties that Port lacks, values of the
wrong type.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from port_ocean.core.handlers.port_app_config.models import (
    PortAppConfig,
    ResourceConfig,
)

from commands.origins import origin_of
from core.api import Api
from core.errors import ApiError, NotAvailable
from core.fetch import fetch_all
from core.resource import Resource
from core.trouble import ODD_FORM, Report, reporting
from core.types import Item
from framework.blueprints import unknown_in
from framework.expressions import expressions_in, formatted
from framework.identifiers import identifies
from framework.jq_guest import guest
from framework.jq_values import evaluate, in_short, literal_of
from framework.probe import DENIED, UNKNOWN, Verdict, ask_once, judge
from links.connections import Connections, connect_ocean
from links.jira_projects import JiraProjects
from links.products import products

# A person waits: a few kinds at a time, and none of them long.
AT_A_TIME = 4
PATIENCE_SECONDS = 30.0
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}

type Check = dict[str, Any]


async def try_mapping(
    mapping: PortAppConfig, blueprints: Mapping[str, Item]
) -> list[Check]:
    """Return what is wrong with each kind of a mapping, as checks of a probe."""
    # Connections of an earlier event loop are of no use in this one.
    connections = connect_ocean()
    signed_in = await _sign_in(connections)
    gate = asyncio.Semaphore(AT_A_TIME)

    async def find(config: ResourceConfig) -> list[Check]:
        async with gate:
            apis, resource, wrong = origin_of(config, connections)
            asked = [api for api in apis if api in signed_in]
            found = [v async for v in _verdicts(config, blueprints, asked, resource)]
            found += wrong
        if not found and asked:
            found = [judge(None)]
        return [_check(config.kind, *verdict) for verdict in dict.fromkeys(found)]

    found = await asyncio.gather(*map(find, mapping.resources))
    return [check for checks in found for check in checks]


def _check(kind: str, status: str, message: str) -> Check:
    return {"kind": kind, "status": status, "message": message, "scopes": {}}


async def _sign_in(connections: Connections) -> frozenset[Api]:
    """Return the clients whose sign-in succeeds; of the others all is told already."""
    signed_in = set()
    for product in products(connections):
        ask_once(product.api.http)
        try:
            await product.sign_in(product.api)
        except (ApiError, *ODD_FORM):
            continue
        signed_in.add(product.api)
    found = frozenset(signed_in)
    if found.intersection(connections.jira_apis):
        await JiraProjects(connections).learn(signed_in=found)
    return found


async def _verdicts(
    config: ResourceConfig,
    blueprints: Mapping[str, Item],
    apis: Sequence[Api],
    resource: Resource | None,
) -> AsyncIterator[Verdict]:
    """Yield what is wrong with one kind, by one item of each connection."""
    blueprint = _blueprint(config, blueprints)
    if isinstance(blueprint, str):
        yield DENIED, blueprint
    elif blueprint and (names := unknown_in(config, blueprint)):
        named = f"the blueprint {blueprint['identifier']} in Port has no"
        yield DENIED, f"{named} {', '.join(names)}"
    async for problem in _no_jq(config):
        yield DENIED, problem
    for api in apis:
        async for verdict in _of_one_item(config, blueprint, api, resource):
            yield verdict


async def _of_one_item(
    config: ResourceConfig,
    blueprint: Item | str | None,
    api: Api,
    resource: Resource | None,
) -> AsyncIterator[Verdict]:
    if resource is None:
        return
    item, trouble = await _one_item(api, resource, config.selector)
    for verdict in trouble:
        yield verdict
    if item is not None:
        async for problem in _misfits(config, api.site.mark(item), blueprint):
            yield DENIED, problem


def _blueprint(
    config: ResourceConfig, blueprints: Mapping[str, Item]
) -> Item | str | None:
    """Return the blueprint, what is wrong if there is none, None if items decide."""
    name = literal_of(config.port.entity.mappings.blueprint)
    if name is None:
        return None
    return blueprints.get(name) or f"Port has no blueprint {name}"


async def _no_jq(config: ResourceConfig) -> AsyncIterator[str]:
    """Yield which expressions are no jq, in jq's own words."""
    given = _expressions(config)
    texts = {formatted(text): text for text in given}
    await guest().run(list(texts), [{}, {}])  # two: one alone is not compiled together
    for text, problem in guest().problems.items():
        if text in texts:
            yield f"the expression {texts[text]!r} is no jq: {in_short(problem)}"


def _expressions(config: ResourceConfig) -> Iterator[str]:
    yield config.selector.query
    yield from expressions_in(config.port.entity.mappings.dict(exclude_none=True))
    if config.port.items_to_parse:
        yield config.port.items_to_parse


async def _one_item(
    api: Api, resource: Resource, selector: Any
) -> tuple[Item | None, list[Verdict]]:
    """Return the first item of a kind, and what went wrong on the way to it."""
    report = Report(resource.kind)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            item = await _first(api, resource, selector, report)
    except TimeoutError:
        return None, [(UNKNOWN, f"no item came in {PATIENCE_SECONDS:.0f} seconds")]
    except NotAvailable as reason:
        return None, [(UNKNOWN, f"it will be skipped: {reason}")]
    except (ApiError, *ODD_FORM) as error:
        return None, [judge(error)]
    lost = [t for t in report.troubles if t.value is None or not t.is_permanent]
    return item, [
        (DENIED if t.is_permanent else UNKNOWN, f"not all can be read: {t.reason}")
        for t in lost
    ]


async def _first(
    api: Api, resource: Resource, selector: Any, report: Report
) -> Item | None:
    async with aclosing(fetch_all(api, resource, selector)) as batches:
        while True:
            with reporting(report):
                items = await anext(batches, None)
            if items is None or items:
                return items[0] if items else None


async def _misfits(
    config: ResourceConfig, item: Item, blueprint: Item | str | None
) -> AsyncIterator[str]:
    """Yield what can't be made of an item: a query, an identifier, values that fit."""
    query = config.selector.query
    selected = await evaluate(query, item)
    is_jq = formatted(query) not in guest().problems
    if is_jq and not isinstance(selected, bool):
        yield f"selector.query has to give true or false: {query!r} gives {selected!r}"
    if config.port.items_to_parse:
        return  # what it becomes depends on its parts
    mappings = config.port.entity.mappings
    for name in ("identifier", "blueprint"):
        expression = getattr(mappings, name)
        found = await evaluate(expression, item)
        if selected is True and not await identifies(expression, found, item):
            yield f"an item has no {name}: {expression!r} gives none"
    schema = _schema(blueprint)
    for name, expression in mappings.properties.items():
        if problem := _misfit(await evaluate(expression, item), schema.get(name, {})):
            yield f"property {name}: {expression!r} gives {problem}"


def _schema(blueprint: Item | str | None) -> Mapping[str, Any]:
    found = blueprint.get("schema") if isinstance(blueprint, dict) else None
    return (found or {}).get("properties") or {}


def _misfit(value: Any, property_: Mapping[str, Any]) -> str | None:
    """Say why Port would refuse a value, None if it would not."""
    type_ = property_.get("type")
    if value is None or type_ not in TYPES:
        return None
    is_odd_number = type_ == "number" and isinstance(value, bool)
    if is_odd_number or not isinstance(value, TYPES[type_]):
        return f"{_short(value)}, which is no {type_}"
    allowed: Iterable[Any] = property_.get("enum") or ()
    if allowed and value not in allowed:
        return f"{_short(value)}, which is not one of {', '.join(map(str, allowed))}"
    return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
