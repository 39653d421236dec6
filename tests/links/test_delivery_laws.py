"""Laws of the delivery of issues: shortcuts change nothing, and little is kept."""

import gc
import tracemalloc
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from links.reaching import Reach, Timeline, surely_has, surely_lacks
from octopus.resources.delivery_log import DeliveryLog, Release
from octopus.resources.places import Deployed, Place

VERSIONS = ["1.0", "1.1", "1.1-rc", "2.0", "blue"]
MEGABYTE = 1_000_000

releases = st.lists(
    st.builds(
        Release,
        space=st.just("s"),
        project=st.just("p"),
        channel=st.sampled_from("ab"),
        version=st.sampled_from(VERSIONS),
        assembled=st.integers(0, 20).map(float),
        keys=st.just(()),
    ),
    min_size=1,
    max_size=6,
)


@given(releases, st.lists(st.integers(0, 5), max_size=8), st.data())
def test_what_is_skipped_has_no_influence(
    known: list[Release], deployed: list[int], data: st.DataObject
) -> None:
    by_number = dict(enumerate(known))
    place, created = Place(space="s", project="p", environment="e", tenant="t"), 0.0
    for number, release in enumerate(n % len(known) for n in deployed):
        created = max(created, by_number[release].assembled) + 1
        place.put(Deployed(number, release, created, created))
    carriers = data.draw(st.sets(st.sampled_from(range(len(known))), min_size=1))
    named = [by_number[number] for number in carriers]

    assert Timeline(place, by_number).reach(named) == _slowly(place, by_number, named)


def _slowly(place: Place, known: dict[int, Release], named: list[Release]) -> Reach:
    reach = Reach()
    for one in place:
        release = known[one.release]
        if not reach.is_there and any(surely_has(release, n) for n in named):
            reach = Reach(reach.first or one, one, is_there=True)
        elif reach.is_there and all(surely_lacks(release, n) for n in named):
            reach = Reach(reach.first, reach.last, back=one.completed)
    return reach


def test_a_large_history_takes_less_than_120_megabytes() -> None:
    """A tenth of 120,000 deployments, and of 200,000 issues in 40,000 releases."""
    gc.collect()
    tracemalloc.start()
    log = DeliveryLog()
    for number in range(4_000):
        keys = tuple(f"SHOP-{number * 5 + n}" for n in range(5))
        project = f"Projects-{number % 40}"
        own = Release("Spaces-1", project, "Channels-1", f"1.{number}", number, keys)
        log.put_release(number, own)
    for team, environment in product(range(40), range(3)):
        place = Place(
            space="Spaces-1",
            project=f"Projects-{team}",
            environment=f"Env-{environment}",
            tenant="none",
        )
        log.places[f"{team}/{environment}"] = place
        for number in range(100):
            at = 1_700_000_000.0 + number
            place.put(Deployed(number * 40 + team, number, at, at + 1))
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(log.carriers) == 20_000
    assert sum(map(len, log.places.values())) == 12_000
    assert size < 12 * MEGABYTE
    assert size / 32_000 < 200
