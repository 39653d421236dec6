"""What each field of JQL means: its values on an issue, and what orders issues."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sandbox.company import Item
from sandbox.jira.jql import JqlError, Token

# Returns what may be written for the field of an issue: ids, keys, names.
type Values = Callable[[Item], list[Any]]

# Other names of fields, in lower case.
ALIASES = {
    **dict.fromkeys(("id", "issue", "issuekey"), "key"),
    "type": "issuetype",
    "text": "summary",
    "resolved": "resolutiondate",
}
DATES = ("created", "updated", "resolutiondate", "duedate")
PERSON = ("accountId", "displayName", "emailAddress")
RELATIONS = {">": gt, ">=": ge, "<": lt, "<=": le, "=": eq, "!=": ne}
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_RELATIVE = re.compile(r"([+-]?\d+)([mhdw])")
_ABSOLUTE = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M")


def values_of(path: str, *keys: str) -> Values:
    """Return the values of a field, or of its keys if it holds one or more objects."""
    parts = path.split(".")

    def values(issue: Item) -> list[Any]:
        found = issue["fields"]
        for part in parts:
            found = (found or {}).get(part)
        each = found if isinstance(found, list) else [found]
        written = [
            own
            for value in each
            for own in (map(value.get, keys) if isinstance(value, dict) else [value])
        ]
        return [own for own in written if own is not None]

    return values


FIELDS: dict[str, Values] = {
    **{name: values_of(name) for name in (*DATES, "labels", "summary")},
    "key": lambda issue: [issue["id"], issue["key"]],
    "project": values_of("project", "id", "key", "name"),
    "projecttype": values_of("project.projectTypeKey"),
    "status": values_of("status", "id", "name"),
    "statuscategory": values_of("status.statusCategory", "name", "key", "id"),
    "issuetype": values_of("issuetype", "id", "name"),
    "hierarchylevel": values_of("issuetype.hierarchyLevel"),
    "assignee": values_of("assignee", *PERSON),
    "reporter": values_of("reporter", *PERSON),
    "priority": values_of("priority", "id", "name"),
    "resolution": values_of("resolution", "id", "name"),
    "parent": values_of("parent", "id", "key"),
    "component": values_of("components", "id", "name"),
    "fixversion": values_of("fixVersions", "id", "name"),
}


def field_of(name: str) -> str:
    """Return the field that a name stands for, whatever its case."""
    return ALIASES.get(name.lower(), name.lower())


def parse_date(name: str, operand: Token, now: datetime) -> datetime:
    """Return the moment that an operand means.

    Unquoted numbers are milliseconds; dates are in the account's zone, here UTC.
    """
    text = operand.text
    if not operand.quoted and re.fullmatch(r"\d{5,}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    if relative := _RELATIVE.fullmatch(text):
        amount, unit = relative.groups()
        return now + timedelta(**{_UNITS[unit]: int(amount)})
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    functions = {"now()": now, "startofday()": midnight}
    if text.lower() in functions:
        return functions[text.lower()]
    for form in _ABSOLUTE:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise JqlError(
        f"Date value '{text}' for field '{name}' is invalid. Valid formats include:"
        " 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a"
        " period format e.g. '-5d', '4w 2d'."
    )


def sort_key(name: str) -> Callable[[Item], Any]:
    """Return what to sort issues by; unknown fields do not sort at all."""
    field = field_of(name)
    if field == "key":
        return _key_order
    values = FIELDS.get(field)
    if values is None:
        return lambda issue: ""
    return lambda issue: str(next(iter(values(issue)), ""))


def _key_order(issue: Item) -> tuple[str, int]:
    project, _, number = issue["key"].rpartition("-")
    return project, int(number)
