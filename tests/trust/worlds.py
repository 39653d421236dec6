"""One kind as a vendor has it and as the catalog has it; what a run makes of both."""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from port_ocean.context.event import EventType, event_context
from port_ocean.context.resource import resource_context
from port_ocean.core.handlers.entity_processor import (
    jq_entity_processor,
    jq_entity_processor_sync,
)
from port_ocean.core.handlers.port_app_config.models import PortAppConfig
from port_ocean.core.models import Entity
from port_ocean.core.ocean_types import EntitySelectorDiff

from client import ApiClient
from core.resource import Resource
from core.trouble import Report
from core.types import Item
from framework import resync as reading_kinds
from framework.entity_processor import CombinedJQEntityProcessor
from framework.resync_run import Key, ResyncRun, key_of
from framework.sign_in import sign_in_to_each
from integration import JiraOctopusPortAppConfig
from sandbox.port.search import matches
from tests.framework.resyncs import FakePort, delete, resync
from tests.test_documents import ROOT
from tests.trust.vendors import Fault, Site

EXAMPLES = ROOT / ".port/examples"
# What an entity consists of, besides what names it.
PARTS = ("properties", "relations")
CONTEXT: Any = SimpleNamespace(
    config=SimpleNamespace(allow_environment_variables_jq_access=False),
    integration_config={},
)
# It compiles the expressions of a mapping once.
PROCESSOR = CombinedJQEntityProcessor(CONTEXT)

type Catalog = dict[Key, Entity]


@contextmanager
def without_ocean() -> Iterator[None]:
    """Let resyncs and mappings run without an initialised application."""

    async def is_dsp() -> bool:
        return False

    with pytest.MonkeyPatch.context() as patch:
        for module in (jq_entity_processor, jq_entity_processor_sync):
            patch.setattr(module, "ocean", CONTEXT)
        patch.setattr(reading_kinds, "is_dsp_mode_enabled", is_dsp)
        yield


class CatalogPort(FakePort):
    """Finds the entities of one kind by the rules of Port."""

    def __init__(self, kind: str, catalog: Catalog) -> None:
        super().__init__(*catalog.values())
        text = (EXAMPLES / kind / "blueprint.json").read_text("utf-8")
        self._blueprint = json.loads(text)

    async def get_blueprint(self, identifier: str) -> Any:
        relations = {
            name: SimpleNamespace(target=relation["target"])
            for name, relation in self._blueprint["relations"].items()
        }
        return SimpleNamespace(identifier=identifier, relations=relations)

    async def search_entities(self, *asked: Any) -> list[Entity]:
        query = asked[1]
        return [e for e in self.known if self._fits(e, query)]

    def _fits(self, entity: Entity, query: Item) -> bool:
        return all(
            (
                rule["value"] in _ends(entity)
                if rule["operator"] == "relatedTo"
                else matches(entity.dict(), rule, _read)
            )
            for rule in query["rules"]
        )


def _ends(entity: Entity) -> list[Any]:
    values = entity.relations.values()
    return [e for v in values for e in (v if isinstance(v, list) else [v])]


def _read(entity: Item, name: str) -> Any:
    if name.startswith("$"):
        return entity[name[1:]]
    return entity["properties"].get(name)


@dataclass(frozen=True, kw_only=True)
class World:
    """A kind of a vendor, and the catalog that equals it."""

    kind: str
    site: Site
    resource: Resource
    mapping: Any
    items: list[Item] = field(default_factory=list)
    truth: Catalog = field(default_factory=dict)
    # One of them, and one like it that the vendor has deleted, and its entity.
    model: Item = field(default_factory=dict)
    ghost: Item = field(default_factory=dict)
    ghost_key: Key = ("", "")
    # The endpoints that a resync asks for.
    endpoints: tuple[str, ...] = ()

    @property
    def catalog(self) -> Catalog:
        """Return what is in the catalog before anything happens."""
        known = next(iter(self.truth.values()))
        blueprint, identifier = self.ghost_key
        ghost = known.copy(update={"blueprint": blueprint, "identifier": identifier})
        return {**self.truth, self.ghost_key: ghost}


@dataclass(kw_only=True)
class Outcome:
    """What a run left in the catalog, brought, and told."""

    catalog: Catalog
    reports: list[Report] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    # What ended it as a whole.
    error: Exception | None = None
    endpoints: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing went wrong by its own word."""
        return self.error is None and not any(r.troubles for r in self.reports)

    @property
    def names_values(self) -> bool:
        """Tell whether it says of a value that it can't be had."""
        troubles = [t for report in self.reports for t in report.troubles]
        return any(t.value is not None and t.is_permanent for t in troubles)


async def build_world(kind: str, site: Site, resource: Resource) -> World:
    """Read a kind without a fault; raise AssertionError for an empty one."""
    text = (EXAMPLES / kind / "mapping.yml").read_text("utf-8")
    config = JiraOctopusPortAppConfig.parse_obj({"resources": [yaml.safe_load(text)]})
    mapping = config.resources[0]
    bare = World(kind=kind, site=site, resource=resource, mapping=mapping)
    calm = await resynced(bare, None)
    assert calm.items
    assert calm.is_clean
    id_ = resource.id_field
    # Events name documents of Octopus by such ids only.
    named = [i for i in calm.items if re.fullmatch(r"[A-Za-z]+-\d+", str(i[id_]))]
    ghost = ghost_of(model := (named or calm.items)[0], id_)
    async with as_event(bare):
        found = await mapped(bare, [ghost])
    (key,) = map(key_of, found.passed)
    assert key not in calm.catalog
    return World(
        kind=kind,
        site=site,
        resource=resource,
        mapping=mapping,
        items=calm.items,
        model=model,
        truth=calm.catalog,
        ghost=ghost,
        ghost_key=key,
        endpoints=calm.endpoints,
    )


def ghost_of(item: Item, id_field: str) -> Item:
    """Return an item like another one, by ids that nothing has."""
    names = {id_field, "id", "Id", "key", "__id"} & item.keys()
    return {**deepcopy(item), **{name: _unknown(item[name]) for name in names}}


def _unknown(id_: Any) -> Any:
    if isinstance(id_, int):
        return 999_999
    if re.search(r"\d$", id_):
        return re.sub(r"\d+$", "999999", id_)
    return f"{id_[:-4]}{id_[-4:][::-1]}x"


@asynccontextmanager
async def as_event(world: World) -> AsyncIterator[None]:
    """Run the body as the framework runs a live event."""
    async with event_context(EventType.HTTP_REQUEST) as event:
        event.port_app_config = PortAppConfig.construct(resources=[world.mapping])
        yield


async def mapped(
    world: World, items: list[Item], *, parse_all: bool = False
) -> EntitySelectorDiff:
    """Return what the mapping makes of items."""
    result = await PROCESSOR.parse_items(world.mapping, items, parse_all)
    assert not result.errors
    return result.entity_selector_diff


def merge(catalog: Catalog, entities: Iterable[Entity]) -> None:
    """Put entities into the catalog; what they leave out stays as it is."""
    for entity in entities:
        known = catalog.get(key_of(entity), entity)
        parts = {p: {**getattr(known, p), **getattr(entity, p)} for p in PARTS}
        sent = entity.dict(exclude_unset=True)
        catalog[key_of(entity)] = known.copy(update={**sent, **parts})


async def resynced(world: World, fault: Fault | None) -> Outcome:
    """Resync the kind under a fault, as the framework does."""
    api, network = world.site.connect(fault)
    catalog = world.catalog if world.truth else {}
    outcome = Outcome(catalog=catalog)
    before, passed = list(catalog.values()), list[Entity]()
    async with resync(world.mapping) as run:
        try:
            await sign_in_to_each(run, [world.site.product(api)])
            async with resource_context(world.mapping, 0):
                async for items in reading_kinds.read([api], world.resource):
                    outcome.items += items
                    passed += (await mapped(world, items)).passed
        except Exception as error:
            outcome.error = error
        else:
            merge(catalog, passed)
            for key in await delete(before, passed, CatalogPort(world.kind, catalog)):
                del catalog[key]
        _conclude(outcome, run)
    outcome.endpoints = tuple(network.asked)
    await api.http.aclose()
    return outcome


def _conclude(outcome: Outcome, run: ResyncRun) -> None:
    outcome.reports = [reading.report for reading in run.readings]
    outcome.kept = [reason for _, reason in run.kept]


def client_of(world: World, fault: Fault | None) -> ApiClient:
    """Return a client that knows nothing yet."""
    return world.site.connect(fault)[0]
