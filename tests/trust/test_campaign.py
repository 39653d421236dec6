"""Whatever goes wrong: the catalog lacks nothing that the vendor has, and keeps nothing
that is proven to be gone, except what is named as protected, which stays as it was.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jira.kinds import JiraKind
from octopus.kinds import OctopusKind
from tests.trust.events import names_of, processor_of, told
from tests.trust.faults import EVERY, OWN_WORDS, PASSING, STRANGER
from tests.trust.vendors import ANY, Fault
from tests.trust.worlds import Outcome, World, resynced
from tests.virtual_time import run

KINDS = [str(kind) for kind in (*JiraKind, *OctopusKind)]
WITH_EVENTS = [kind for kind in KINDS if processor_of(kind)]
# Forty kinds together try many times more examples than one law does elsewhere.
FEW = settings(max_examples=max(settings().max_examples // 10, 1))

type Worlds = Callable[[str], World]


def check(world: World, outcome: Outcome) -> None:
    """Raise AssertionError unless the catalog equals the vendor, or says why not."""
    assert world.truth.keys() - outcome.catalog.keys() == set()
    assert outcome.catalog.keys() <= {*world.truth, world.ghost_key}
    if not outcome.names_values:
        for key, entity in world.truth.items():
            assert outcome.catalog[key] == entity
    if world.ghost_key in outcome.catalog:
        assert outcome.error or outcome.kept


def draw_fault(data: Any, endpoints: tuple[str, ...]) -> Fault:
    return Fault(
        spoil=EVERY[data.draw(st.sampled_from([*EVERY]))],
        path=data.draw(st.sampled_from([*endpoints, ANY])),
        times=data.draw(st.sampled_from([None, 1])),
        skip=data.draw(st.integers(0, 2)),
    )


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(st.data())
def test_a_fault_in_a_resync_costs_nothing(
    world_of: Worlds, kind: str, data: Any
) -> None:
    world = world_of(kind)
    check(world, run(resynced(world, draw_fault(data, world.endpoints))))


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(st.sampled_from([*PASSING]), st.data())
def test_what_passes_costs_nothing_but_time(
    world_of: Worlds, kind: str, name: str, data: Any
) -> None:
    world = world_of(kind)
    path = data.draw(st.sampled_from(world.endpoints))
    outcome = run(resynced(world, Fault(spoil=PASSING[name], path=path, times=1)))
    assert outcome.is_clean
    assert outcome.catalog == world.truth


@pytest.mark.parametrize("kind", [str(kind) for kind in JiraKind])
@FEW
@given(st.sampled_from([*STRANGER]), st.integers(0, 12))
def test_a_token_that_is_lost_on_the_way_costs_nothing(
    world_of: Worlds, kind: str, name: str, skip: int
) -> None:
    world = world_of(kind)
    check(world, run(resynced(world, Fault(spoil=STRANGER[name], skip=skip))))


@pytest.mark.parametrize("kind", WITH_EVENTS)
@FEW
@given(st.data())
def test_a_fault_in_a_live_event_costs_nothing(
    world_of: Worlds, kind: str, data: Any
) -> None:
    world, processor = world_of(kind), processor_of(kind)
    assert processor
    name = data.draw(st.sampled_from(names_of(processor)))
    item = world.ghost if data.draw(st.booleans()) else world.model
    is_last = data.draw(st.booleans())
    calm = run(told(world, name, item, None, is_last=is_last))
    assert calm.error is None
    assert calm.catalog.keys() == {*world.truth, world.ghost_key} - (
        {world.ghost_key} if item is world.ghost else set()
    )
    sorts = {n: s for n, s in {**EVERY, **STRANGER}.items() if n not in OWN_WORDS}
    names = [n for n in sorts if n not in STRANGER or kind in {*JiraKind}]
    spoil = sorts[data.draw(st.sampled_from(names))]
    path = data.draw(st.sampled_from([*calm.endpoints, ANY]))
    fault = Fault(spoil=spoil, path=path if spoil not in STRANGER.values() else ANY)
    outcome = run(told(world, name, item, fault, is_last=is_last))
    # What trouble hides is tried again.
    hides = any(report.hidden for report in outcome.reports)
    if item is world.ghost and outcome.error is None and not hides:
        assert world.ghost_key not in outcome.catalog
    outcome.kept.append("an event is about one item only")
    forget_what_a_resync_left_open(world, calm, outcome)
    check(world, outcome)


def forget_what_a_resync_left_open(
    world: World, calm: Outcome, outcome: Outcome
) -> None:
    """Remove what an event adds to an entity, with or without a fault.

    A resync of one kind leaves open what another kind tells; an event reads that, too.
    """
    for key, entity in outcome.catalog.items():
        known, own = world.truth.get(key, entity).properties, entity.properties
        added = {name: own[name] for name in own.keys() - known.keys()}
        assert added.items() <= calm.catalog.get(key, entity).properties.items()
        rest = {name: own[name] for name in own.keys() & known.keys()}
        outcome.catalog[key] = entity.copy(update={"properties": rest})
