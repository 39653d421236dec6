"""Issues, and the other things that a search for issues brings."""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from datetime import datetime
from typing import Any

from core.api import Api
from core.lookup import Absent
from core.resource import Resource
from core.trouble import Missing, with_values
from core.types import Item
from jira.adf import to_markdown
from jira.jql import both, in_projects
from jira.kinds import JiraKind
from jira.resources.census import read_issues
from jira.resources.changes import list_updated
from jira.resources.links import linked
from jira.resources.rows import known
from jira.resources.single import find_issue
from jira.resources.site import (
    CUSTOM_FIELD_ID,
    REQUEST_TYPE_FIELD,
    SLA_FIELD,
    SPRINT_FIELD,
    Fields,
    resolve_fields,
    try_fields,
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
    """Return ids of fields; our own additions take those that they are made of.

    Where the names of fields can't be read, what can be named without them.
    """
    named = await resolve_fields(api, selector.custom_fields)
    wanted: list[str] = []
    for name in selector.wanted_fields:
        if name in FIELDS_OF_TYPE:
            fields = await try_fields(api)
            if isinstance(fields, Fields):
                wanted += fields.of_type(FIELDS_OF_TYPE[name])
        elif not name.startswith("__") or name in MADE_OF:
            wanted.append(MADE_OF.get(name, name))
    if isinstance(named, dict):
        wanted += [id_ for ids in named.values() for id_ in ids]
    else:
        wanted += filter(CUSTOM_FIELD_ID.fullmatch, selector.custom_fields)
    # Jira would take no fields at all for its own choice of them.
    return list(dict.fromkeys(wanted)) or ["id"]


async def add_to_issue(
    api: Api, issues: list[Item], selector: IssueSelector
) -> list[Item]:
    """Add what mappings would otherwise have to search for.

    `__url` and `__siteUrl`; `__descriptionMarkdown`; `__sprintIds`, of the sprint field
    whose id differs on every site; `__fields`, the selector's custom fields by name;
    `__createdTimestamp` in Unix time, for Port calculates with numbers only.
    """
    named = await resolve_fields(api, selector.custom_fields)
    fields = await try_fields(api)
    return [_extended(api, issue, named, fields) for issue in issues]


def _extended(
    api: Api, issue: Item, named: dict[str, list[str]] | Missing, site: Fields | Missing
) -> Item:
    fields = issue.get("fields") or {}
    values: Item = {
        "__descriptionMarkdown": to_markdown(fields.get("description")),
        "__sprintIds": (
            site
            if isinstance(site, Missing)
            else _sprint_ids([fields.get(id_) for id_ in site.of_type(SPRINT_FIELD)])
        ),
        "__fields": (
            named
            if isinstance(named, Missing)
            else {name: first_value(fields, ids) for name, ids in named.items()}
        ),
        "__createdTimestamp": timestamp(fields.get("created")),
    }
    return linked(api, with_values(issue, values), f"browse/{known(issue, 'key')}")


def _sprint_ids(values: list[Any]) -> list[Any]:
    sprints = [s for value in values if isinstance(value, list) for s in value]
    ids = [sprint.get("id") for sprint in sprints if isinstance(sprint, dict)]
    return [id_ for id_ in ids if id_ is not None]


def first_value(fields: Item, ids: Iterable[str]) -> Any:
    """Return the value of the first of these fields that has one."""
    return next((fields[id_] for id_ in ids if fields.get(id_) is not None), None)


def timestamp(moment: Any) -> float | None:
    """Return a date of Jira in Unix time, whatever its time zone."""
    try:
        return datetime.fromisoformat(moment).timestamp()
    except (OverflowError, TypeError, ValueError):
        return None


def searched(kind: JiraKind, jql_of: Callable[[Any], str], **changes: Any) -> Resource:
    """Declare a kind that is made of issues; `jql_of` selects them by the selector."""

    async def list_with(
        api: Api, selector: IssueSelector, parent: Item
    ) -> AsyncGenerator[list[Item]]:
        fields = await _wanted_fields(api, selector)
        expand, jql = selector.expand, jql_of(selector)
        async with aclosing(read_issues(api, jql, fields, expand)) as pages:
            async for page in pages:
                yield page

    async def get_with(api: Api, ref: Item, selector: IssueSelector) -> Item | Absent:
        fields = await _wanted_fields(api, selector)
        expand, jql = selector.expand, jql_of(selector)
        return await find_issue(api, str(ref["id"]), jql, fields, expand)

    own = {
        "list_with": list_with,
        "get_with": get_with,
        "enrich": add_to_issue,
        "changed": list_updated,
    }
    return Resource(kind=kind, id_field="id", **{**own, **changes})


ISSUE = searched(JiraKind.ISSUE, issue_jql)
EPIC = searched(JiraKind.EPIC, epic_jql)
