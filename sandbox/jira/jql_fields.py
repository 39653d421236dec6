"""What each field of JQL means: its values on an issue, and what it may be compared to.

Jira checks operands: a project, status or issue that does not exist is an error.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from sandbox.company import Item
from sandbox.company.base import parse_time
from sandbox.jira.jql import JqlError, Operand, Predicate

# Returns what may be written for the field of an issue: ids, keys, names.
type Values = Callable[[Item], Iterable[Any]]

DATES = ("created", "updated", "resolved", "resolutiondate", "duedate")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_RELATIVE = re.compile(r"([+-]?\d+)([mhdw])")
_ABSOLUTE = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M")


def _of(name: str, *keys: str) -> Values:
    """Return the values of a field that holds an object, or null."""

    def values(issue: Item) -> Iterable[Any]:
        value = issue["fields"].get(name)
        return [value.get(key) for key in keys] if value else []

    return values


def _each(name: str, *keys: str) -> Values:
    """Return the values of a field that holds a list of objects."""

    def values(issue: Item) -> Iterable[Any]:
        found = issue["fields"].get(name) or []
        return [value.get(key) for value in found for key in keys]

    return values


def _project_type(issue: Item) -> Iterable[Any]:
    return [issue["fields"]["project"]["projectTypeKey"]]


def _category(issue: Item) -> Iterable[Any]:
    category = issue["fields"]["status"]["statusCategory"]
    return [category["name"], category["key"], category["id"]]


def _level(issue: Item) -> Iterable[Any]:
    return [issue["fields"]["issuetype"]["hierarchyLevel"]]


def _self(issue: Item) -> Iterable[Any]:
    return [issue["id"], issue["key"]]


FIELDS: dict[str, Values] = {
    "project": _of("project", "id", "key", "name"),
    "key": _self,
    "id": _self,
    "issue": _self,
    "issuekey": _self,
    "status": _of("status", "id", "name"),
    "statuscategory": _category,
    "issuetype": _of("issuetype", "id", "name"),
    "type": _of("issuetype", "id", "name"),
    "hierarchylevel": _level,
    "projecttype": _project_type,
    "assignee": _of("assignee", "accountId", "displayName", "emailAddress"),
    "reporter": _of("reporter", "accountId", "displayName", "emailAddress"),
    "priority": _of("priority", "id", "name"),
    "resolution": _of("resolution", "id", "name"),
    "parent": _of("parent", "id", "key"),
    "labels": lambda issue: issue["fields"].get("labels") or [],
    "component": _each("components", "id", "name"),
    "fixversion": _each("fixVersions", "id", "name"),
    "summary": lambda issue: [issue["fields"]["summary"]],
    "text": lambda issue: [issue["fields"]["summary"]],
}
RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
    "=": eq,
    "!=": ne,
}
# Fields whose operands must exist, with the collection they are of.
CHECKED = {
    "project": "project",
    "status": "status",
    "issuetype": "issuetype",
    "type": "issuetype",
    "priority": "priority",
    "resolution": "resolution",
}


def equals(values: Values, operands: list[Operand]) -> Predicate:
    """Return whether a value of an issue is one of the operands, whatever the case."""
    wanted = {operand.text.casefold() for operand in operands}
    return lambda issue: any(str(v).casefold() in wanted for v in values(issue))


def is_empty(values: Values) -> Predicate:
    """Return whether an issue has no value."""
    return lambda issue: not any(v is not None for v in values(issue))


def contains(values: Values, operand: Operand) -> Predicate:
    """Return whether any value of an issue contains a text."""
    wanted = operand.text.casefold().strip("*")
    return lambda issue: any(wanted in str(v).casefold() for v in values(issue))


def compares(values: Values, operator: str, bound: Any) -> Predicate:
    """Return whether any value of an issue stands in that relation to a bound."""
    accepted = RELATIONS[operator]
    return lambda issue: any(
        accepted(value, bound) for value in values(issue) if value is not None
    )


def dates(name: str) -> Values:
    """Return the moment in a date field; fields are parsed once and then remembered."""
    own = "resolutiondate" if name == "resolved" else name

    def values(issue: Item) -> Iterable[Any]:
        text = issue["fields"].get(own)
        return [_moment(text)] if text else []

    return values


_MOMENTS: dict[str, datetime] = {}
# Enough for the dates of a big site; then it begins anew.
_MOST_MOMENTS = 200_000


def _moment(text: str) -> datetime:
    moment = _MOMENTS.get(text)
    if moment is None:
        if len(_MOMENTS) > _MOST_MOMENTS:
            _MOMENTS.clear()
        moment = _MOMENTS[text] = parse_time(text)
    return moment


def parse_date(name: str, operand: Operand, now: datetime, zone: Any = UTC) -> datetime:
    """Return the moment that an operand means.

    Unquoted numbers are milliseconds; dates without a zone are in the account's.
    """
    text = operand.text
    if not operand.quoted and re.fullmatch(r"\d{5,}", text):
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    relative = _RELATIVE.fullmatch(text)
    if relative:
        amount, unit = relative.groups()
        return now + timedelta(**{_UNITS[unit]: int(amount)})
    if text.lower() == "now()":
        return now
    if text.lower() == "startofday()":
        return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    for form in _ABSOLUTE:
        try:
            return datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    raise JqlError(
        f"Date value '{text}' for field '{name}' is invalid. Valid formats include:"
        " 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a"
        " period format e.g. '-5d', '4w 2d'."
    )


def sort_key(name: str) -> Callable[[Item], Any]:
    """Return what to sort issues by; unknown fields do not sort at all."""
    if name in ("key", "issuekey", "id", "issue"):
        return _key_order
    if name in DATES:
        own = "resolutiondate" if name == "resolved" else name
        return lambda issue: issue["fields"].get(own) or ""
    values = FIELDS.get(name)
    if values is None:
        return lambda issue: ""
    return lambda issue: str(next(iter(values(issue)), ""))


def _key_order(issue: Item) -> tuple[str, int]:
    project, _, number = issue["key"].rpartition("-")
    return project, int(number)
