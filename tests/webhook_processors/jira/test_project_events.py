"""An event leaves a project as a resync would: what is selected stays."""

from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent
from port_ocean.core.models import Entity
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.errors import ApiError
from core.fetch import fetch_all
from framework.entity_processor import GONE
from jira.resources import ISSUE, PROJECT
from jira.selectors import IssueSelector, JiraProjectResourceConfig
from sandbox.jira import JiraSandbox
from tests.webhook_processors.jira.test_events import resource_of
from webhook_processors.jira import projects
from webhook_processors.jira.base import JiraWebhookProcessor
from webhook_processors.jira.projects import ProjectWebhookProcessor

PORT = {"entity": {"mappings": {"identifier": ".id", "blueprint": '"jiraProject"'}}}
STATES = {
    "project_archived": {"archived": True},
    "project_soft_deleted": {"deleted": True},
    "project_restored_archived": {},
    "project_restored_deleted": {},
}


@pytest.fixture(autouse=True)
def client(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processors talk to the stand-in."""
    monkeypatch.setattr(JiraWebhookProcessor, "api", api)


async def ids_in_resync(api: ApiClient, resource: Any) -> set[str]:
    pages = fetch_all(api, PROJECT, resource.selector)
    return {item["id"] async for page in pages for item in page}


@pytest.mark.parametrize("name", STATES)
@pytest.mark.parametrize(
    "status",
    [["live"], ["live", "archived"], ["archived"], ["live", "archived", "deleted"]],
)
async def test_row_16_a_project_is_where_a_resync_would_have_it(
    api: ApiClient, site: JiraSandbox, name: str, status: list[str]
) -> None:
    id_ = next(iter(site.collections["project"]))
    project = site.collections["project"][id_]
    site.put("project", id_, {**project, **STATES[name]})
    selector = {"query": "true", "status": status}
    resource = JiraProjectResourceConfig.parse_obj(
        {"kind": "jira-project", "selector": selector, "port": PORT}
    )
    # Jira has it as a number here, and as text everywhere else.
    named = {"id": int(id_), "key": project["key"], "name": project["name"]}
    payload = {"webhookEvent": name, "project": named}
    processor = ProjectWebhookProcessor(WebhookEvent("1", payload, {}))

    results = await processor.handle_event(payload, resource)

    updated = {item["id"] for item in results.updated_raw_results}
    deleted = {item["id"] for item in results.deleted_raw_results if item[GONE]}
    wanted = id_ in await ids_in_resync(api, resource)
    assert (updated, deleted) == (({id_}, set()) if wanted else (set(), {id_}))


def processor_of(name: str, project: Any) -> tuple[ProjectWebhookProcessor, Any]:
    payload = {"webhookEvent": name, "project": dict(project)}
    return ProjectWebhookProcessor(WebhookEvent("1", payload, {})), payload


@pytest.fixture
def removed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the projects whose parts were removed from the catalog."""
    found: list[Any] = []

    async def remove(resource: Any, like: Any, kind: str, owner: Any) -> int:
        found.append(owner["id"])
        return 0

    monkeypatch.setattr(projects, "remove_dependents", remove)
    return found


LEAVING = ["project_archived", "project_soft_deleted", "project_deleted"]
PARTS = ["jira-version", "jira-component", "jira-issue", "jira-epic", "jira-request"]


@pytest.mark.parametrize("name", LEAVING)
@pytest.mark.parametrize("kind", PARTS)
async def test_row_a9_a_late_event_takes_nothing_from_a_project_that_is_there(
    site: JiraSandbox, removed: list[Any], name: str, kind: str
) -> None:
    project = next(iter(site.collections["project"].values()))
    processor, payload = processor_of(name, project)
    results = await processor.handle_event(payload, resource_of(kind))
    assert results.updated_raw_results == results.deleted_raw_results == removed == []


@pytest.mark.parametrize("name", [*LEAVING, "project_updated"])
@pytest.mark.parametrize("state", [{"archived": True}, {"deleted": True}, None])
async def test_what_is_in_a_project_leaves_with_it(
    site: JiraSandbox, removed: list[Any], name: str, state: Any
) -> None:
    id_ = next(iter(site.collections["project"]))
    project = site.collections["project"][id_]
    if state is None:
        site.delete("project", id_)
    else:
        site.put("project", id_, {**project, **state})
    processor, payload = processor_of(name, project)
    await processor.handle_event(payload, resource_of("jira-issue"))
    assert removed == [id_]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404, "body": "<html>default backend - 404</html>"},
        {"status": 503, "body": {"errorMessages": ["busy"]}},
        {"status": 403, "body": {"errorMessages": ["no"]}},
    ],
    ids=str,
)
async def test_row_a2_nothing_leaves_by_another_answer(
    site: JiraSandbox, removed: list[Any], answer: Any
) -> None:
    site.faults.add(path="rest/api/3/project", times=None, **answer)
    processor, payload = processor_of("project_deleted", {"id": 1, "key": "X"})
    with pytest.raises((RetryableError, ApiError)):
        await processor.handle_event(payload, resource_of("jira-issue"))
    assert removed == []


async def test_the_key_of_a_deleted_project_stays_if_another_has_it(
    site: JiraSandbox,
) -> None:
    key = next(iter(site.collections["project"].values()))["key"]
    processor, payload = processor_of("project_deleted", {"id": 1, "key": key})
    results = await processor.handle_event(payload, resource_of("jira-project"))
    (item,) = results.deleted_raw_results
    assert (item["id"], "key" in item) == ("1", False)


@pytest.fixture
def catalog(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the identifiers of the catalog's issues of a project."""
    held: list[str] = []

    async def find(resource: Any, like: Any, kind: str, owner: Any) -> list[Entity]:
        return [
            Entity(identifier=name, blueprint="jiraIssue", title=None, icon=None)
            for name in held
        ]

    async def remove(entities: list[Entity]) -> None:
        for entity in entities:
            held.remove(entity.identifier)

    monkeypatch.setattr(projects, "find_dependents", find)
    monkeypatch.setattr(projects, "remove_entities", remove)
    return held


async def test_row_a12_issues_follow_a_project_to_its_new_key(
    site: JiraSandbox, catalog: list[str]
) -> None:
    found = site.collections["project"].values()
    project = next(p for p in found if p["key"] == "SHOP")
    site.put("project", project["id"], {**project, "key": "STORE"})
    catalog += ["SHOP-1", "SHOP-2", "STORE-1", "PAY-1"]
    processor, payload = processor_of("project_updated", {**project, "key": "STORE"})
    results = await processor.handle_event(payload, resource_of("jira-issue"))
    keys = {item["key"] for item in results.updated_raw_results}
    assert len(keys) > 20
    assert {key.rpartition("-")[0] for key in keys} == {"STORE"}
    # PAY is the key of another project.
    assert catalog == ["STORE-1", "PAY-1"]


async def test_old_keys_stay_as_long_as_the_new_ones_are_not_all_there(
    site: JiraSandbox, catalog: list[str]
) -> None:
    found = site.collections["project"].values()
    project = next(p for p in found if p["key"] == "SHOP")
    site.put("project", project["id"], {**project, "key": "STORE"})
    catalog += ["SHOP-1"]
    unreadable = site.groups.of("issue", project["id"])[0]["id"]
    path = f"rest/api/3/issue/{unreadable}"
    body: Any = {"issues": []}
    site.faults.add(path="bulkfetch", times=1, status=200, body=body)
    site.faults.add(path=path, times=None, status=400, body={"errorMessages": ["no"]})
    processor, payload = processor_of("project_updated", project)
    results = await processor.handle_event(payload, resource_of("jira-issue"))
    assert results.updated_raw_results
    assert catalog == ["SHOP-1"]


async def test_an_edited_project_brings_no_issues(
    site: JiraSandbox, catalog: list[str]
) -> None:
    project = next(iter(site.collections["project"].values()))
    catalog += [f"{project['key']}-1", "not a key"]
    processor, payload = processor_of("project_updated", project)
    results = await processor.handle_event(payload, resource_of("jira-issue"))
    assert results.updated_raw_results == results.deleted_raw_results == []
    assert site.faults.total == 1


@pytest.mark.parametrize("kind", ["jira-version", "jira-issue"])
@pytest.mark.parametrize(
    ("projects", "is_wanted"), [([], True), (["shop"], True), (["PAY"], False)]
)
async def test_a_restored_project_comes_back_where_it_is_selected(
    site: JiraSandbox, kind: str, projects: list[str], is_wanted: bool
) -> None:
    found = site.collections["project"].values()
    payload = {
        "webhookEvent": "project_restored_deleted",
        "project": dict(next(p for p in found if p["key"] == "SHOP")),
    }
    processor = ProjectWebhookProcessor(WebhookEvent("1", payload, {}))
    resource = resource_of(kind, projects=projects)
    results = await processor.handle_event(payload, resource)
    assert bool(results.updated_raw_results) is is_wanted


@pytest.mark.parametrize(("status", "passes"), [(503, True), (403, False)])
@pytest.mark.parametrize("kind", ["jira-version", "jira-issue"])
async def test_what_a_restored_project_has_is_asked_for_again_after_trouble(
    site: JiraSandbox, kind: str, status: int, passes: bool
) -> None:
    named = dict(next(iter(site.collections["project"].values())))
    payload = {"webhookEvent": "project_restored_archived", "project": named}
    processor = ProjectWebhookProcessor(WebhookEvent("1", payload, {}))
    path = "rest/api/3/project/[0-9]+$|rest/api/3/search/jql"
    site.faults.add(path=path, times=None, status=status, body="{}")
    with pytest.raises((RetryableError, ApiError)) as raised:
        await processor.handle_event(payload, resource_of(kind))
    assert isinstance(raised.value, RetryableError) is passes


async def test_no_selector_brings_issues_of_an_archived_project(
    api: ApiClient, site: JiraSandbox
) -> None:
    """This is why the event that archives a project removes its issues."""
    projects = site.collections["project"].values()
    project = next(p for p in projects if p["key"] == "SHOP")
    selector = IssueSelector(query="true")

    async def keys() -> set[str]:
        pages = fetch_all(api, ISSUE, selector)
        found = {issue["key"] async for page in pages for issue in page}
        return {key for key in found if key.startswith("SHOP-")}

    assert await keys()
    site.put("project", project["id"], {**project, "archived": True})
    assert not await keys()
