"""The issues as searches see them: what JQL finds, in which order, how soon."""

import time
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.company import Company, Item
from sandbox.jira import jql_fields
from sandbox.jira.jql import (
    JqlError,
    OneOf,
    Operand,
    Predicate,
    Query,
    only_ids,
    parse,
)
from sandbox.jira.visibility import is_visible

# Results of so many searches are kept, so that pages need not search again.
SEARCHES_KEPT = 20
# Names of the field that is the issue itself.
ITSELF = ("key", "id", "issue", "issuekey")
SPRINTS = {
    "opensprints()": "active",
    "closedsprints()": "closed",
    "futuresprints()": "future",
}


class IssueIndex:
    """Search a company's issues; what was changed may take a while to be found."""

    def __init__(self, company: Company) -> None:
        self.company = company
        # How long the index lags behind the issues.
        self.lag_seconds = 0.0
        self.time_zone = "Etc/UTC"
        self._by_key: dict[str, str] = {}
        self._by_key_version = -1
        # Issues as they were before a change that searches don't see yet.
        self._stale: dict[str, tuple[float, Item | None]] = {}
        self._results: dict[Any, list[Item]] = {}

    def put(self, id_: str, item: Item) -> None:
        """Store an issue; searches find it after the lag."""
        self._outdate(id_)
        before = self.company.jira["issue"].get(id_, item)
        if before["key"] != item["key"]:
            self.company.moved_issues[before["key"]] = id_
        self.company.jira["issue"][id_] = item

    def delete(self, id_: str) -> Item | None:
        """Remove an issue; searches miss it after the lag."""
        self._outdate(id_)
        item: Item | None = self.company.jira["issue"].pop(id_, None)
        return item

    def _outdate(self, id_: str) -> None:
        before = self.company.jira["issue"].get(id_)
        if self.lag_seconds and id_ not in self._stale:
            self._stale[id_] = (time.monotonic() + self.lag_seconds, before)

    def find(self, id_or_key: str) -> Item | None:
        """Return an issue by id, key, or a key it had before it moved."""
        issues = self.company.jira["issue"]
        if id_or_key in issues:
            return issues[id_or_key]
        if self._by_key_version != issues.version:
            self._by_key = {issue["key"]: id_ for id_, issue in issues.items()}
            self._by_key_version = issues.version
        key = id_or_key.upper()
        found = self._by_key.get(key) or self.company.moved_issues.get(key)
        return issues.get(found) if found else None

    def is_visible(self, issue: Item) -> bool:
        """Tell whether the account may see an issue if it asks for it alone."""
        return is_visible(self.company, "issue", issue)

    def is_searchable(self, issue: Item) -> bool:
        """Tell whether searches may find an issue: not in archived projects."""
        if not self.is_visible(issue):
            return False
        project = self.company.jira["project"][issue["fields"]["project"]["id"]]
        return not project.get("archived")

    def search(self, jql: str, reconcile: tuple[str, ...] = ()) -> list[Item]:
        """Return the issues that JQL selects, in its order; raise JqlError."""
        self._expire()
        issues = self.company.jira["issue"]
        # Relative dates move, so a result is only good for the minute.
        versions = issues.version, self.company.jira["project"].version
        key = (jql, reconcile, versions, len(self._stale), int(time.time() // 60))
        if key not in self._results:
            query = parse(jql, self._compare)
            if not query.bounded:
                raise JqlError(
                    "Unbounded JQL queries are not allowed here. Please add a search"
                    " restriction to your query."
                )
            if len(self._results) >= SEARCHES_KEPT:
                self._results.clear()
            rows = self._indexed(reconcile, only_ids(query.matches))
            self._results[key] = self._ordered(query, rows)
        return self._results[key]

    def _indexed(
        self, reconcile: tuple[str, ...], only: frozenset[str] | None
    ) -> list[Item]:
        """Return the issues as the index has them; reconciled ones as they are."""
        issues = self.company.jira["issue"]
        found = dict(issues)
        if only is not None:
            found = {id_: issues[id_] for id_ in only if id_ in issues}
        for id_, (_, before) in self._stale.items():
            if id_ in reconcile or (only is not None and id_ not in only):
                continue
            if before is None:
                found.pop(id_, None)
            else:
                found[id_] = before
        return [issue for issue in found.values() if self.is_searchable(issue)]

    def _expire(self) -> None:
        now = time.monotonic()
        for id_ in [id_ for id_, (until, _) in self._stale.items() if until <= now]:
            del self._stale[id_]

    @staticmethod
    def _ordered(query: Query, issues: list[Item]) -> list[Item]:
        rows = [issue for issue in issues if query.matches(issue)]
        rows.sort(key=lambda issue: int(issue["id"]), reverse=True)
        for name, descending in reversed(query.order):
            rows.sort(key=jql_fields.sort_key(name), reverse=descending)
        return rows

    def _compare(self, name: str, operator: str, operands: list[Operand]) -> Predicate:
        """Return the predicate for one clause, or refuse it as Jira would."""
        values = self._values(name)
        key = name.lower()
        if operator in ("is", "is not"):
            empty = jql_fields.is_empty(values)
            return empty if operator == "is" else lambda issue: not empty(issue)
        if key in jql_fields.DATES or operator in (">", "<", ">=", "<="):
            return jql_fields.compares(values, operator, self._bound(name, operands[0]))
        if operator in ("~", "!~"):
            found = jql_fields.contains(values, operands[0])
            return found if operator == "~" else lambda issue: not found(issue)
        self._check(key, operands)
        if key in ITSELF and operator in ("=", "in"):
            return OneOf(operand.text for operand in self._resolved(key, operands))
        same = jql_fields.equals(values, self._resolved(key, operands))
        return same if operator in ("=", "in") else _differs(values, same)

    def _values(self, name: str) -> jql_fields.Values:
        key = name.lower()
        if key in jql_fields.DATES:
            return jql_fields.dates(key)
        if key in jql_fields.FIELDS:
            return jql_fields.FIELDS[key]
        for field in self.company.jira["field"].values():
            names = {field["name"].casefold(), *map(str.casefold, field["clauseNames"])}
            if field["custom"] and key in names:
                return _custom(field["id"])
        raise JqlError(
            f"Field '{name}' does not exist or you do not have permission to view it."
        )

    def _bound(self, name: str, operand: Operand) -> Any:
        if name.lower() in jql_fields.DATES:
            zone = ZoneInfo(self.time_zone)
            return jql_fields.parse_date(name, operand, self.company.present(), zone)
        try:
            return float(operand.text)
        except ValueError:
            raise JqlError(
                f"The value '{operand.text}' is not a number for field '{name}'."
            ) from None

    def _check(self, key: str, operands: list[Operand]) -> None:
        for operand in operands:
            if key in (*ITSELF, "parent"):
                issue = self.find(operand.text)
                if issue is None or not self.is_visible(issue):
                    shown = "id" if operand.text.isdecimal() else "key"
                    raise JqlError(
                        f"An issue with key '{operand.text}' does not exist for field"
                        f" '{shown}'."
                    )
            elif key in jql_fields.CHECKED:
                self._check_name(key, operand.text)

    def _check_name(self, key: str, text: str) -> None:
        wanted = text.casefold()
        for item in self.company.jira[jql_fields.CHECKED[key]].values():
            names = (item["id"], item["name"], item.get("key", item["name"]))
            if wanted in map(str.casefold, names):
                hidden = key == "project" and item["id"] in self.company.hidden_projects
                if not hidden:
                    return
        raise JqlError(f"The value '{text}' does not exist for the field '{key}'.")

    def _resolved(self, key: str, operands: list[Operand]) -> list[Operand]:
        """Put ids in the place of keys that issues had before they moved.

        A function that names sprints becomes the state that they are in.
        """
        if key == "sprint":
            return [Operand(SPRINTS.get(o.text.lower(), o.text)) for o in operands]
        if key not in (*ITSELF, "parent"):
            return operands
        found = [self.find(operand.text) for operand in operands]
        return [Operand(issue["id"]) for issue in found if issue is not None]


def _differs(values: jql_fields.Values, same: Predicate) -> Predicate:
    """Return the opposite of `same`; what is empty differs from nothing, says Jira."""
    empty = jql_fields.is_empty(values)
    return lambda issue: not same(issue) and not empty(issue)


def _custom(id_: str) -> Callable[[Item], list[Any]]:
    def values(issue: Item) -> list[Any]:
        value = issue["fields"].get(id_)
        found = value if isinstance(value, list) else [] if value is None else [value]
        return [
            part
            for own in found
            for part in (
                (own.get("id"), own.get("name"), own.get("state"))
                if isinstance(own, dict)
                else (own,)
            )
        ]

    return values
