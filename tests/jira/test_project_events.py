"""An event leaves a project as a resync would: what is selected stays."""

from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEvent
from port_ocean.exceptions.webhook_processor import RetryableError

from client import ApiClient
from core.errors import ApiError
from core.mapping import GONE
from core.resource import fetch_all
from jira.resources import ISSUE, PROJECT
from jira.selectors import IssueSelector, JiraProjectResourceConfig
from sandbox.jira import JiraSandbox
from tests.jira.test_events import resource_of
from webhook_processors.jira_event import JiraWebhookProcessor
from webhook_processors.jira_project import ProjectWebhookProcessor

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
    monkeypatch.setattr(JiraWebhookProcessor, "client", lambda self: api)


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

    site.faults.forget_requests()
    results = await processor.handle_event(payload, resource)

    asked = len(site.faults.requests)
    updated = {item["id"] for item in results.updated_raw_results}
    deleted = {item["id"] for item in results.deleted_raw_results if item[GONE]}
    wanted = id_ in await ids_in_resync(api, resource)
    assert (updated, deleted) == (({id_}, set()) if wanted else (set(), {id_}))
    if name in ProjectWebhookProcessor.gone_on and not wanted:
        assert asked == 0


@pytest.mark.parametrize("status", [["live"], ["live", "archived"]])
async def test_a_deleted_project_is_gone_without_a_question(
    site: JiraSandbox, status: list[str]
) -> None:
    resource = JiraProjectResourceConfig.parse_obj(
        {"kind": "jira-project", "selector": {"query": "true", "status": status}}
        | {"port": PORT}
    )
    payload = {"webhookEvent": "project_deleted", "project": {"id": 1, "key": "X"}}
    processor = ProjectWebhookProcessor(WebhookEvent("1", payload, {}))
    results = await processor.handle_event(payload, resource)
    assert [item["id"] for item in results.deleted_raw_results] == ["1"]
    assert not site.faults.requests


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
    path = "rest/api/3/project/.*/version|rest/api/3/search/jql"
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
