"""A storm about one issue costs few requests, also where its backlogs are mapped."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from core.types import Item
from jira.kinds import JiraKind
from sandbox.everything import write_resources
from sandbox.servers import Stands
from tests.live_events.running import Running, filled

pytestmark = pytest.mark.process

EVENTS = 50
# The looks read issues, too.
NO_LOOKS = {"OCEAN__INTEGRATION__CONFIG__INCREMENTAL_LOOK_SECONDS": "0"}
# The first event and what came since; on a busy machine the storm takes longer.
MOST_ISSUE_READS = 4


async def test_a_storm_reads_each_backlog_once_when_it_is_over(tmp_path: Path) -> None:
    write_resources(tmp_path, {JiraKind.ISSUE, JiraKind.BACKLOG})
    settings = {**NO_LOOKS, "OCEAN__RESOURCES_PATH": str(tmp_path)}
    async with filled(settings) as running:
        jira = running.stands.jira
        entity, issue = waiting_issue(running)
        fields = {**issue["fields"], "summary": "After the storm"}
        jira.put("issue", issue["id"], {**issue, "fields": fields})
        jira.faults.forget_requests()
        named = {"id": issue["id"], "key": issue["key"]}
        telling = (
            running.emit.jira("jira:issue_updated", issue=named) for _ in range(EVENTS)
        )
        await asyncio.gather(*telling)
        await running.until(
            lambda: title(running, entity) == fields["summary"]
            and running.entity("jiraIssue", issue["key"])["title"] == fields["summary"]  # type: ignore[index]
        )
        asked = Counter(jira.faults.by_pattern)
        boards = len(boards_of(running.stands, issue))
        assert asked["GET /rest/software/1.0/board/{id}/backlog"] == boards
        assert asked["POST /rest/api/3/search/jql"] <= MOST_ISSUE_READS


def waiting_issue(running: Running) -> tuple[str, Item]:
    """Return an entity of a backlog, and its issue."""
    name = next(iter(running.stands.port.entities["jiraBacklogItem"]))
    issue: Item = running.stands.jira.collections["issue"][name.partition("-")[2]]
    return name, issue


def title(running: Running, name: str) -> str | None:
    entity = running.entity("jiraBacklogItem", name)
    return str(entity["title"]) if entity else None


def boards_of(stands: Stands, issue: Item) -> list[str]:
    project = issue["fields"]["project"]["id"]
    return [b for b, ids in stands.company.board_projects.items() if project in ids]
