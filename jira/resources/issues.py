"""Issues, and the other things that a search for issues brings."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any

from core.resource import Resource
from core.types import Api, Item
from jira.adf import to_markdown
from jira.jql import both, in_projects
from jira.kinds import JiraKind
from jira.resources.census import read_issues
from jira.resources.links import linked
from jira.resources.single import find_issue
from jira.resources.site import (
    REQUEST_TYPE_FIELD,
    SLA_FIELD,
    SPRINT_FIELD,
    fields_of_type,
    resolve_fields,
)
from jira.selectors import EpicSelector, IssueSearchSelector, IssueSelector

EPICS = "hierarchyLevel = 1"

# What our additions to an issue are made of.
MADE_OF = {
    "__descriptionMarkdown": "description",
    "__createdTimestamp": "created",
}
FIELDS_OF_TYPE = {
    "__sprintIds": SPRINT_FIELD,
    "__requestType": REQUEST_TYPE_FIELD,
    "__slas": SLA_FIELD,
}


def issue_jql(selector: IssueSearchSelector) -> str:
    """Return the selector's JQL, within its projects."""
    return both(in_projects(selector.projects), selector.jql)


def epic_jql(selector: EpicSelector) -> str:
    """Return JQL for the epics: team-managed projects have no others."""
    done = {None: "", True: "statusCategory = Done", False: "statusCategory != Done"}
    return both(both(EPICS, done[selector.done]), issue_jql(selector))


async def _wanted_fields(api: Api, selector: IssueSelector) -> list[str]:
    """Return ids of fields; our own additions take those that they are made of."""
    named = await resolve_fields(api, selector.custom_fields)
    wanted: list[str] = []
    for name in selector.wanted_fields:
        if name in FIELDS_OF_TYPE:
            wanted += await fields_of_type(api, FIELDS_OF_TYPE[name])
        elif not name.startswith("__") or name in MADE_OF:
            wanted.append(MADE_OF.get(name, name))
    # Jira would take no fields at all for its own choice of them.
    return list(dict.fromkeys([*wanted, *named.values()])) or ["id"]


async def add_to_issue(
    api: Api, issues: list[Item], selector: IssueSelector
) -> list[Item]:
    """Add what mappings would otherwise have to search for.

    `__url` and `__siteUrl`; `__descriptionMarkdown`; `__sprintIds`, of the sprint field
    whose id differs on every site; `__fields`, the selector's custom fields by name;
    `__createdTimestamp` in Unix time, for Port calculates with numbers only.
    """
    named = await resolve_fields(api, selector.custom_fields)
    sprint_fields = await fields_of_type(api, SPRINT_FIELD)
    return [_extended(api, issue, named, list(sprint_fields)) for issue in issues]


def _extended(
    api: Api, issue: Item, named: dict[str, str], sprint_fields: list[str]
) -> Item:
    fields = issue.get("fields") or {}
    sprints = [s for name in sprint_fields for s in fields.get(name) or []]
    extended = {
        **issue,
        "__descriptionMarkdown": to_markdown(fields.get("description")),
        "__sprintIds": [sprint["id"] for sprint in sprints],
        "__fields": {name: fields.get(id_) for name, id_ in named.items()},
        "__createdTimestamp": timestamp(fields.get("created")),
    }
    return linked(api, extended, f"browse/{issue['key']}")


def timestamp(moment: str | None) -> float | None:
    """Return a date of Jira in Unix time, whatever time zone it is told in."""
    return datetime.fromisoformat(moment).timestamp() if moment else None


def searched(kind: JiraKind, jql_of: Callable[[Any], str], **changes: Any) -> Resource:
    """Declare a kind that is made of issues; `jql_of` tells by the selector which."""

    async def list_with(
        api: Api, selector: IssueSelector, parent: Item
    ) -> AsyncGenerator[list[Item]]:
        fields = await _wanted_fields(api, selector)
        expand, jql = selector.expand, jql_of(selector)
        async with aclosing(read_issues(api, jql, fields, expand)) as pages:
            async for page in pages:
                yield page

    async def get_with(api: Api, ref: Item, selector: IssueSelector) -> Item | None:
        fields = await _wanted_fields(api, selector)
        expand, jql = selector.expand, jql_of(selector)
        return await find_issue(api, str(ref["id"]), jql, fields, expand)

    own = {"list_with": list_with, "get_with": get_with, "enrich": add_to_issue}
    return Resource(kind=kind, id_field="id", **{**own, **changes})


ISSUE = searched(JiraKind.ISSUE, issue_jql)
EPIC = searched(JiraKind.EPIC, epic_jql)
