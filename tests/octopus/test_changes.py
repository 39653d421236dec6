"""What has changed in Octopus since a moment is listed, and what is gone is proven."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from client import ApiClient
from core.trouble import Report, reporting
from core.types import Item
from framework.entity_processor import GONE
from octopus.kinds import OctopusKind
from octopus.resources import RESOURCES
from octopus.resources.progression import place_of
from sandbox.company import Company
from sandbox.octopus import OctopusSandbox
from tests.octopus.test_kinds import COLLECTIONS, read, selector

BY_TASKS = {
    OctopusKind.DEPLOYMENT,
    OctopusKind.RUNBOOK_RUN,
    OctopusKind.TASK,
    OctopusKind.CURRENT_RELEASE,
}
DOCUMENTS = [kind for kind in COLLECTIONS if kind not in BY_TASKS]
# Later than anything in the company.
SINCE = datetime(2040, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
AFTER = (SINCE + timedelta(minutes=1)).isoformat()


async def changed(
    api: ApiClient, kind: str, since: datetime = SINCE, **wanted: Any
) -> list[Item]:
    resource = RESOURCES[kind]
    assert resource.changed is not None
    batches = resource.changed(api, resource, selector(kind, **wanted), since)
    return [item async for batch in batches for item in batch]


def log(
    server: OctopusSandbox, category: str, item: Item, number: int = 1, **more: Any
) -> None:
    """Put an event about a document into the audit log."""
    pattern = next(iter(server.collections["events"].values()))
    own: Item = {
        "Id": f"Events-{90_000 + number}",
        "Category": category,
        "SpaceId": item.get("SpaceId"),
        "Occurred": AFTER,
        "RelatedDocumentIds": [item["Id"]],
        "MessageReferences": [{"ReferencedDocumentId": item["Id"]}],
        "ChangeDetails": {"DocumentContext": None},
    }
    server.put("events", own["Id"], {**pattern, **own, **more})


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_a_document_that_the_audit_log_names_comes_whole(
    api: ApiClient, server: OctopusSandbox, kind: OctopusKind
) -> None:
    assert await changed(api, kind) == []
    api.forget()
    first, *_ = await read(api, kind)
    log(server, "Modified", first)
    assert await changed(api, kind) == [first]


async def test_all_kinds_share_one_reading_of_the_audit_log(
    api: ApiClient, server: OctopusSandbox
) -> None:
    for kind in DOCUMENTS:
        await changed(api, kind)
    assert server.faults.by_pattern["GET /api/events"] == 1


@pytest.mark.parametrize("kind", [OctopusKind.MACHINE, OctopusKind.PROJECT])
async def test_what_is_gone_is_told_only_if_octopus_says_so(
    api: ApiClient, server: OctopusSandbox, kind: OctopusKind
) -> None:
    first, second, *_ = await read(api, kind)
    for number, item in enumerate((first, second)):
        log(server, "Deleted", item, number)
    server.delete(COLLECTIONS[kind], first["Id"])
    gone, there = sorted(await changed(api, kind), key=lambda i: GONE not in i)
    assert (gone["Id"], gone[GONE]) == (first["Id"], True)
    assert there == second


async def test_a_document_that_can_not_be_read_hides_only_itself(
    api: ApiClient, server: OctopusSandbox
) -> None:
    first, second, *_ = await read(api, OctopusKind.MACHINE)
    for number, item in enumerate((first, second)):
        log(server, "MachineUnhealthy", item, number)
    path = f"machines/{first['Id']}$"
    server.faults.add(path=path, status=503, body="{}", times=None)
    with reporting(Report("machines")) as report:
        assert await changed(api, OctopusKind.MACHINE) == [second]
    (trouble,) = report.hidden
    assert trouble.item is not None
    assert trouble.item["Id"] == first["Id"]
    assert not trouble.is_permanent


async def test_an_event_that_only_names_a_document_reads_nothing(
    api: ApiClient, server: OctopusSandbox
) -> None:
    project, *_ = await read(api, OctopusKind.PROJECT)
    log(server, "DeploymentStarted", project)
    assert await changed(api, OctopusKind.PROJECT) == []


async def test_new_releases_come_without_an_event(
    api: ApiClient, server: OctopusSandbox
) -> None:
    old, *_ = await read(api, OctopusKind.RELEASE)
    new = {**server.collections["releases"][old["Id"]], "Id": "Releases-90001"}
    server.put("releases", new["Id"], {**new, "Assembled": AFTER})
    found = await changed(api, OctopusKind.RELEASE)
    assert [release["Id"] for release in found] == [new["Id"]]


async def test_a_new_release_changes_what_the_places_of_its_project_lack(
    api: ApiClient, server: OctopusSandbox
) -> None:
    tasks = server.collections["tasks"]
    for id_, task in list(tasks.items()):
        server.put("tasks", id_, {**task, "IsCompleted": True})
    places = await read(api, OctopusKind.CURRENT_RELEASE)
    api.forget()
    release = server.collections["releases"][places[0]["ReleaseId"]]
    related = [release["Id"], release["ProjectId"]]
    log(server, "Created", release, RelatedDocumentIds=related)

    found = await changed(api, OctopusKind.CURRENT_RELEASE)

    of_project = {p["__id"] for p in places if p["ProjectId"] == release["ProjectId"]}
    assert {place["__id"] for place in found} == of_project


async def test_a_hidden_audit_log_costs_no_place_that_deployed(
    api: ApiClient, server: OctopusSandbox
) -> None:
    server.revoked = {("*", "EventView")}

    with reporting(Report("places")) as report:
        found = await changed(api, OctopusKind.CURRENT_RELEASE, LONG_AGO)

    assert found
    assert not report.hidden
    assert {t.value for t in report.troubles} == {"projects with new releases"}


@pytest.mark.parametrize("is_active", [True, False])
async def test_executions_come_with_their_tasks(
    api: ApiClient, server: OctopusSandbox, company: Company, is_active: bool
) -> None:
    tasks = company.octopus["tasks"]
    for id_, task in tasks.items():
        server.put("tasks", id_, {**task, "IsCompleted": True})
    for kind in sorted(BY_TASKS):
        assert await changed(api, kind) == []
    api.forget()
    argument = "DeploymentId"
    task = next(
        t
        for t in tasks.values()
        if t["Arguments"].get(argument) in company.octopus["deployments"]
    )
    changes = {"IsCompleted": False} if is_active else {"CompletedTime": AFTER}
    server.put("tasks", task["Id"], {**task, "IsCompleted": True, **changes})
    id_ = task["Arguments"][argument]
    own, *others = await changed(api, OctopusKind.DEPLOYMENT)
    assert own["Id"] == id_
    # Their figures may depend on how it ended.
    assert {place_of(other) for other in others} <= {place_of(own)}
    assert [t["Id"] for t in await changed(api, OctopusKind.TASK)] == [task["Id"]]
    places = await changed(api, OctopusKind.CURRENT_RELEASE)
    project = company.octopus["deployments"][id_]["ProjectId"]
    assert {place["ProjectId"] for place in places} <= {project}
    assert await changed(api, OctopusKind.RUNBOOK_RUN) == []


async def test_a_selector_counts_in_a_look_too(
    api: ApiClient, server: OctopusSandbox
) -> None:
    machine, *_ = await read(api, OctopusKind.MACHINE)
    spaces = {m["SpaceId"] for m in await read(api, OctopusKind.MACHINE)}
    other, *_ = spaces - {machine["SpaceId"]}
    log(server, "Modified", machine)
    # Not even as something that is gone: another mapping may select it.
    assert await changed(api, OctopusKind.MACHINE, spaces=[other]) == []


async def test_an_event_without_a_space_proves_nothing(
    api: ApiClient, server: OctopusSandbox
) -> None:
    machine, *_ = await read(api, OctopusKind.MACHINE)
    log(server, "Deleted", {**machine, "SpaceId": None})
    assert await changed(api, OctopusKind.MACHINE) == []


def test_every_kind_can_say_what_changed() -> None:
    assert [k for k in OctopusKind if not RESOURCES[k].changed] == []


@pytest.mark.parametrize("is_gone", [True, False])
async def test_a_project_that_is_gone_stops_no_look_at_places(
    api: ApiClient, server: OctopusSandbox, is_gone: bool
) -> None:
    """Nothing says whether its dashboard is empty then, or an error."""
    tasks = server.collections["tasks"]
    for id_, task in list(tasks.items()):
        server.put("tasks", id_, {**task, "IsCompleted": True})
    release = next(iter(server.collections["releases"].values()))
    related = [release["Id"], release["ProjectId"]]
    log(server, "Deleted", release, RelatedDocumentIds=related)
    if is_gone:
        server.delete("projects", release["ProjectId"])
    body: Item = {"Items": [], "Projects": []}
    server.faults.add(path="dashboard", status=200, body=body, times=None)

    with reporting(Report("places")) as report:
        assert await changed(api, OctopusKind.CURRENT_RELEASE) == []

    assert bool(report.hidden) is not is_gone
