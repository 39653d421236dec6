"""What is gone but still referred to loses its content, and nothing else does."""

from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.clients.port.types import UserAgentType
from port_ocean.context.event import event
from port_ocean.context.ocean import PortOceanContext
from port_ocean.core.models import Entity

from framework import stubs
from framework.state_applier import CautiousStateApplier
from tests.framework.resyncs import entity, jq_rules, mapped, resync

pytestmark = pytest.mark.usefixtures(jq_rules.__name__)

ISSUES = mapped("issue", '"issue"', properties={"status": ".s"})
RELEASES = mapped("release", '"release"', relations={"issues": ".keys"})
RELEASE = entity("release", "R", issues=["A-1", "A-2"])


class Port:
    """Keeps entities, and what is deleted and overwritten."""

    def __init__(self, *known: Entity) -> None:
        self.known = {(e.blueprint, e.identifier): e for e in known}
        self.deleted: list[str] = []
        self.asked: list[Any] = []
        self.auth = self.client = None

    async def get_blueprint(self, name: str) -> Any:
        relations = {"issues": SimpleNamespace(target="issue")}
        return SimpleNamespace(
            identifier=name, relations=relations if name == "release" else {}
        )

    async def search_entities(
        self, agent: UserAgentType, query: Any, include: list[str]
    ) -> list[Entity]:
        self.asked.append((query, include))
        own = query["rules"][0]["value"]
        return [e for e in self.known.values() if e.blueprint in own]

    async def bulk_delete_entities(
        self, blueprint: str, names: list[str], *rest: Any, **options: Any
    ) -> list[str]:
        self.deleted += names
        return names


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], bool]]:
    """Collect what is sent to Port, and whether it is to be merged."""
    sent: list[tuple[dict[str, Any], bool]] = []

    class Writer:
        def __init__(self, port: Any) -> None:
            self.refused: dict[Any, str] = {}

        async def upsert_entities_in_batches(
            self, entities: list[Entity], options: Any, *rest: Any
        ) -> None:
            parts = [e.dict(exclude_unset=True) for e in entities]
            sent.extend((part, options["merge"]) for part in parts)

    monkeypatch.setattr(stubs, "PortWriter", Writer)
    return sent


def issue(name: str, status: str | None) -> Entity:
    made = entity("issue", name)
    made.properties = {"status": status}
    return made


DONE, STUB, ALONE = issue("A-1", "Done"), issue("A-2", None), issue("A-3", "Done")


async def delete(port: Port, *, makes_stubs: bool = True) -> None:
    app: Any = SimpleNamespace(port_client=port)
    async with resync(ISSUES, RELEASES):
        event.port_app_config.create_missing_related_entities = makes_stubs
        event.port_app_config.delete_dependent_entities = True
        await CautiousStateApplier(PortOceanContext(app))._safe_delete(
            [DONE, STUB, ALONE], [RELEASE], UserAgentType.exporter
        )


async def test_what_is_referred_to_is_emptied_and_the_rest_deleted(
    written: list[Any],
) -> None:
    await delete(port := Port(DONE, STUB))

    assert port.deleted == ["A-3"]
    assert written == [({"identifier": "A-1", "blueprint": "issue"}, False)]
    query, include = port.asked[0]
    assert query["rules"][1]["value"] == ["A-1", "A-2"]
    assert include == ["blueprint", "identifier", "properties.status"]


async def test_where_port_makes_no_stubs_all_is_deleted(written: list[Any]) -> None:
    await delete(port := Port(), makes_stubs=False)

    assert port.deleted == ["A-1", "A-2", "A-3"]
    assert written == []


@pytest.mark.parametrize(
    ("gone", "refers"), [(DONE, True), (ALONE, False), (RELEASE, False)]
)
async def test_only_a_direct_reference_counts(gone: Entity, refers: bool) -> None:
    port: Any = Port(RELEASE)
    async with resync(ISSUES, RELEASES):
        names = [gone.identifier, "none"]
        found = await stubs.referred_to(port, gone.blueprint, names)
        assert found == ({gone.identifier} if refers else set())

    # Nothing leads to a release, so nothing is asked for.
    assert bool(port.asked) == (gone is not RELEASE)
