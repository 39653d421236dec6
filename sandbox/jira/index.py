"""The issues as searches see them: what JQL finds, in which order, how soon."""

import time
from functools import lru_cache
from typing import Any

from sandbox.company import Company, Item
from sandbox.company.base import parse_time
from sandbox.jira.jql import Condition, JqlError, Query, Token, parse
from sandbox.jira.jql_fields import (
    DATES,
    FIELDS,
    RELATIONS,
    Values,
    field_of,
    parse_date,
    sort_key,
    values_of,
)
from sandbox.jira.visibility import is_visible

# Results of so many searches are kept, so that pages need not search again.
SEARCHES_KEPT = 20
# Fields whose operands must exist; collections have the same names.
CHECKED = ("project", "status", "issuetype", "priority", "resolution")
# The states of sprints that functions stand for.
SPRINTS = {
    "opensprints()": "active",
    "closedsprints()": "closed",
    "futuresprints()": "future",
}
# Enough for the dates of a big site, which many searches read.
moment = lru_cache(200_000)(parse_time)


class IssueIndex:
    """Search a company's issues; what was changed may take a while to be found."""

    def __init__(self, company: Company) -> None:
        self.company = company
        # How long the index lags behind the issues.
        self.lag_seconds = 0.0
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

    def is_searchable(self, issue: Item) -> bool:
        """Tell whether searches may find an issue: not in archived projects."""
        if not is_visible(self.company, "issue", issue):
            return False
        project = self.company.jira["project"][issue["fields"]["project"]["id"]]
        return not project.get("archived")

    def search(self, jql: str, reconcile: tuple[str, ...] = ()) -> list[Item]:
        """Return the issues that JQL selects, in its order; raise JqlError."""
        now = time.monotonic()
        self._stale = {id_: own for id_, own in self._stale.items() if own[0] > now}
        # Relative dates move, so a result is only good for the minute.
        versions = [self.company.jira[name].version for name in ("issue", "project")]
        key = (jql, reconcile, *versions, len(self._stale), int(time.time() // 60))
        if key not in self._results:
            query = parse(jql, self._condition)
            if len(self._results) >= SEARCHES_KEPT:
                self._results.clear()
            self._results[key] = self._found(query, reconcile)
        return self._results[key]

    def _found(self, query: Query, reconcile: tuple[str, ...]) -> list[Item]:
        """Return issues as the index has them, reconciled ones as they are."""
        issues, only = self.company.jira["issue"], query.condition.only
        stale = {id_: old for id_, (_, old) in self._stale.items()}
        for id_ in reconcile:
            stale.pop(id_, None)
        if only is None:
            indexed = {**issues, **stale}
        else:
            indexed = {id_: stale.get(id_, issues.get(id_)) for id_ in only}
        rows = [
            issue
            for issue in indexed.values()
            if issue and self.is_searchable(issue) and query.condition.fits(issue)
        ]
        rows.sort(key=lambda issue: int(issue["id"]), reverse=True)
        for name, descending in reversed(query.order):
            rows.sort(key=sort_key(name), reverse=descending)
        return rows

    def _condition(self, name: str, operator: str, operands: list[Token]) -> Condition:
        """Return the condition of one clause, or refuse it as Jira would."""
        key, values = field_of(name), self._values(name)
        if operator == "is":
            return Condition(lambda issue: not values(issue))
        if operator == "is not":
            return Condition(lambda issue: bool(values(issue)))
        if key in DATES or operator in (">", "<", ">=", "<="):
            return self._relation(name, values, operator, operands[0])
        if operator in ("~", "!~"):
            return _contains(values, operands[0], wanted=operator == "~")
        texts = self._checked(key, operands)
        if key == "key" and operator in ("=", "in"):
            return Condition(lambda issue: issue["id"] in texts, frozenset(texts))
        return _equals(values, texts, wanted=operator in ("=", "in"))

    def _values(self, name: str) -> Values:
        if field_of(name) in FIELDS:
            return FIELDS[field_of(name)]
        for field in self.company.jira["field"].values():
            names = {field["name"].casefold(), *map(str.casefold, field["clauseNames"])}
            if field["custom"] and name.casefold() in names:
                return values_of(field["id"], "id", "name", "state")
        raise JqlError(
            f"Field '{name}' does not exist or you do not have permission to view it."
        )

    def _relation(
        self, name: str, values: Values, operator: str, operand: Token
    ) -> Condition:
        """Return whether any value stands in a relation to a moment or a number."""
        accepts, bound = RELATIONS[operator], self._bound(name, operand)
        read = moment if field_of(name) in DATES else lambda value: value
        return Condition(
            lambda issue: any(accepts(read(value), bound) for value in values(issue))
        )

    def _bound(self, name: str, operand: Token) -> Any:
        if field_of(name) in DATES:
            return parse_date(name, operand, self.company.present())
        try:
            return float(operand.text)
        except ValueError:
            raise JqlError(
                f"The value '{operand.text}' is not a number for field '{name}'."
            ) from None

    def _checked(self, key: str, operands: list[Token]) -> set[str]:
        """Return what a value has to be one of; raise JqlError for what is not there.

        Issues become their ids, and functions the states of sprints.
        """
        texts = [operand.text for operand in operands]
        if key in ("key", "parent"):
            return {self._visible_id(text) for text in texts}
        if key in CHECKED:
            for text in texts:
                self._check_name(key, text)
        return {SPRINTS.get(text.lower(), text.casefold()) for text in texts}

    def _visible_id(self, text: str) -> str:
        issue = self.find(text)
        if issue is None or not is_visible(self.company, "issue", issue):
            shown = "id" if text.isdecimal() else "key"
            raise JqlError(
                f"An issue with key '{text}' does not exist for field '{shown}'."
            )
        return str(issue["id"])

    def _check_name(self, key: str, text: str) -> None:
        hidden = self.company.hidden_projects if key == "project" else ()
        for item in self.company.jira[key].values():
            names = (item["id"], item["name"], item.get("key", item["name"]))
            is_named = text.casefold() in map(str.casefold, names)
            if is_named and item["id"] not in hidden:
                return
        raise JqlError(f"The value '{text}' does not exist for the field '{key}'.")


def _contains(values: Values, operand: Token, *, wanted: bool) -> Condition:
    """Return whether any value contains a text, or none does."""
    text = operand.text.casefold().strip("*")
    return Condition(
        lambda issue: any(text in str(v).casefold() for v in values(issue)) is wanted
    )


def _equals(values: Values, texts: set[str], *, wanted: bool) -> Condition:
    """Return whether a value is one of some texts, whatever the case, or none is.

    What is empty differs from nothing, says Jira.
    """

    def fits(issue: Item) -> bool:
        own = [str(value).casefold() for value in values(issue)]
        return bool(own) and any(value in texts for value in own) is wanted

    return Condition(fits)
