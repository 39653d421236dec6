"""What one mapping can't tell, another one must not delete."""

from typing import Any

import pytest
from port_ocean.core.handlers.webhook.webhook_event import WebhookEventRawResults

from framework.event_outcome import without_disputed_deletions
from integration import JiraOctopusPortAppConfig


def resource(blueprint: str, query: str = "true") -> Any:
    mappings = {"identifier": ".key", "blueprint": blueprint}
    parsed = {
        "kind": "jira-issue",
        "selector": {"query": query},
        "port": {"entity": {"mappings": mappings}},
    }
    return JiraOctopusPortAppConfig.parse_obj({"resources": [parsed]}).resources[0]


def brought(own: Any) -> WebhookEventRawResults:
    results = WebhookEventRawResults([{"key": "SHOP-1"}], [{"key": "SHOP-2"}])
    results.resource = own
    return results


def keys(results: WebhookEventRawResults) -> tuple[list[str], list[str]]:
    updated, deleted = results.updated_raw_results, results.deleted_raw_results
    return [item["key"] for item in updated], [item["key"] for item in deleted]


@pytest.mark.parametrize("other", ['"jiraIssue"', "'jiraIssue'", ".blueprint"])
def test_a_failed_mapping_of_the_blueprint_keeps_what_another_would_delete(
    other: str,
) -> None:
    own = brought(resource('"jiraIssue"'))
    assert keys(without_disputed_deletions(own, [resource(other)])) == (["SHOP-1"], [])
    assert keys(own) == (["SHOP-1"], ["SHOP-2"])


def test_what_a_query_may_refuse_waits_too() -> None:
    own = brought(resource('"jiraIssue"', query=".fields.done | not"))
    assert keys(without_disputed_deletions(own, [resource('"jiraIssue"')])) == ([], [])


@pytest.mark.parametrize("failed", [[], [None], [resource('"other"')]])
def test_what_nobody_disputes_is_written_as_it_is(failed: list[Any]) -> None:
    own = brought(resource('"jiraIssue"', query=".fields.done | not"))
    assert without_disputed_deletions(own, failed) is own


def test_a_mapping_that_names_its_blueprint_by_the_item_may_mean_any() -> None:
    own = brought(resource(".blueprint"))
    assert keys(without_disputed_deletions(own, [resource('"jiraIssue"')])) == (
        ["SHOP-1"],
        [],
    )


def test_what_is_of_no_mapping_deletes_nothing_either_way() -> None:
    own = WebhookEventRawResults([], [])
    assert without_disputed_deletions(own, [resource('"jiraIssue"')]) is own
