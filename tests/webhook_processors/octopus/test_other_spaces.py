"""An event of one space removes nothing of another one from the catalog."""

from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import (
    WebhookEvent,
    WebhookEventRawResults,
)
from port_ocean.core.models import Entity

from client import ApiClient
from core.types import Item
from integration import JiraOctopusPortAppConfig
from live_events import belonging
from octopus.kinds import OctopusKind
from sandbox.company import Company
from sandbox.events import audit_event
from webhook_processors.octopus import owners
from webhook_processors.octopus.base import OctopusWebhookProcessor
from webhook_processors.octopus.deployments import DeploymentWebhookProcessor
from webhook_processors.octopus.owners import ProjectWebhookProcessor

RELATIONS = {
    "space": ".SpaceId",
    "project": ".ProjectId",
    "tenant": '.TenantId // "none"',
}


def entity(**relations: Any) -> Entity:
    return Entity(
        identifier="1", blueprint="x", title=None, icon=None, relations=relations
    )


class Catalog:
    """Has one entity, which leads to a space; counts what it is asked for."""

    def __init__(self, **relations: Any) -> None:
        self.entity = entity(**relations)
        self.searches: list[Any] = []

    async def search_entities(
        self, agent: Any, query: Any, included: Any
    ) -> list[Entity]:
        self.searches.append(query)
        return [self.entity]


@pytest.fixture(autouse=True)
def client(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processors talk to the stand-in."""
    monkeypatch.setattr(OctopusWebhookProcessor, "api", api)


def have(monkeypatch: pytest.MonkeyPatch, **relations: Any) -> Catalog:
    """Have a catalog with an entity of these relations."""
    catalog = Catalog(**relations)
    monkeypatch.setattr(belonging, "ocean", SimpleNamespace(port_client=catalog))
    return catalog


async def deal(
    processor: type[OctopusWebhookProcessor],
    kind: str,
    *documents: str,
    relations: Item = RELATIONS,
    category: str = "Deleted",
) -> WebhookEventRawResults:
    """Deal with an event of the second space."""
    event = audit_event(1, category, "Spaces-2", documents, documents[0])
    payload = {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}
    mappings = {"identifier": ".Id", "blueprint": '"x"', "relations": relations}
    resource = {
        "kind": kind,
        "selector": {"query": "true"},
        "port": {"entity": {"mappings": mappings}},
    }
    config = JiraOctopusPortAppConfig.parse_obj({"resources": [resource]})
    dealing = processor(WebhookEvent("1", payload, {}))
    return await dealing.handle_event(payload, config.resources[0])


def in_first_space(company: Company, collection: str) -> str:
    items = company.octopus[collection].values()
    return str(next(i["Id"] for i in items if i["SpaceId"] == "Spaces-1"))


async def test_a_document_of_another_space_stays(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = have(monkeypatch, space="Spaces-1", tenant="Tenants-1")
    project = in_first_space(company, "projects")
    results = await deal(ProjectWebhookProcessor, OctopusKind.PROJECT, project)
    assert (results.updated_raw_results, results.deleted_raw_results) == ([], [])
    rules = catalog.searches[0]["rules"]
    assert [rule["value"] for rule in rules] == ["x", [project]]


async def test_what_an_event_concerns_besides_stays_in_another_space(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, space="Spaces-1")
    release = in_first_space(company, "releases")
    results = await deal(
        DeploymentWebhookProcessor,
        OctopusKind.RELEASE,
        "Deployments-1",
        release,
        category="DeploymentStarted",
    )
    assert results.deleted_raw_results == []


@pytest.mark.parametrize(
    "known",
    [
        {"space": "Spaces-2", "project": "Projects-7", "tenant": "Tenants-1"},
        {"space": ["Spaces-1", "Spaces-2"]},
        {"space": None},
        {},
    ],
    ids=str,
)
async def test_what_is_gone_from_its_own_space_goes(
    monkeypatch: pytest.MonkeyPatch, known: Item
) -> None:
    have(monkeypatch, **known)
    results = await deal(ProjectWebhookProcessor, OctopusKind.PROJECT, "Projects-99999")
    assert [gone["Id"] for gone in results.deleted_raw_results] == ["Projects-99999"]


async def test_without_a_relation_to_spaces_what_is_gone_goes_unasked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalog = have(monkeypatch, space="Spaces-1")
    for relations in ({}, {"source": '"octopus"'}, {"project": ".ProjectId"}):
        results = await deal(
            ProjectWebhookProcessor,
            OctopusKind.PROJECT,
            "Projects-99999",
            relations=relations,
        )
        assert len(results.deleted_raw_results) == 1
    assert catalog.searches == []


@pytest.mark.parametrize(("space", "number"), [("Spaces-1", 0), ("Spaces-2", 1)])
async def test_a_project_of_another_space_keeps_what_is_in_it(
    company: Company, monkeypatch: pytest.MonkeyPatch, space: str, number: int
) -> None:
    release = entity(space=space)
    removed: list[Entity] = []

    async def find(*asked: Any) -> list[Entity]:
        return [release]

    async def remove(entities: list[Entity]) -> None:
        removed.extend(entities)

    monkeypatch.setattr(owners, "find_dependents", find)
    monkeypatch.setattr(owners, "remove_entities", remove)
    project = in_first_space(company, "projects")
    await deal(ProjectWebhookProcessor, OctopusKind.RELEASE, project)
    assert len(removed) == number
