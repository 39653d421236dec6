"""Searches: pages by token, and issues and changes in bulk."""

import base64
import json
from collections.abc import Iterator
from typing import Any
from zlib import crc32

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import milliseconds, parse_time
from sandbox.contracts import contract
from sandbox.jira.issue_rows import with_properties
from sandbox.jira.issues import as_list, without_issue
from sandbox.jira.jql import JqlError
from sandbox.jira.replies import Problem
from sandbox.jira.sign_in import is_anonymous
from sandbox.jira.state import API, JiraState
from sandbox.serving import Part, Row

# What a page holds at most: ids and keys alone, or whole issues.
MOST_KEYS, MOST_ISSUES = contract("jira").most("POST rest/api/3/search/jql"), 100
MOST_RECONCILED = 50
# Bulk requests: issues, issues for changes, changes on a page, fields.
MOST_FETCHED = contract("jira").most("POST rest/api/3/issue/bulkfetch")
MOST_CHANGES = contract("jira").most("POST rest/api/3/changelog/bulkfetch")
MOST_CHANGED, MOST_FIELDS = 1000, 10


class Search(Part[JiraState]):
    """Answer searches as the enhanced search does."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "POST", f"{API}/search/jql", self.search
        yield "POST", f"{API}/issue/bulkfetch", self.bulkfetch
        yield "POST", f"{API}/changelog/bulkfetch", self.changes

    async def search(self, request: Request) -> Any:
        """Return a page of issues; only the last has no token."""
        asked = await _asked(request)
        rows = self.found(request, asked)
        body = await self.token_page(rows, asked, default_fields=["id"])
        if self._state.search_warnings:
            body["warnings"] = self._state.search_warnings
        return body

    def found(self, request: Request, asked: Item) -> list[Item]:
        """Return all issues that the JQL selects; strangers find none."""
        if is_anonymous(request):
            return []
        reconcile = as_list(asked.get("reconcileIssues"))
        if len(reconcile) > MOST_RECONCILED:
            raise Problem(400, "The number of reconcileIssues must not exceed 50.")
        if not all(id_.isdecimal() for id_ in reconcile):
            raise Problem(400, "reconcileIssues must be numeric issue ids.")
        try:
            index = self._state.index
            return index.search(asked.get("jql") or "", tuple(sorted(reconcile)))
        except JqlError as error:
            raise Problem(400, str(error)) from None

    async def token_page(
        self, rows: list[Item], asked: Item, *, default_fields: list[str]
    ) -> Item:
        """Return the part of the rows that a token leads to, and the next token."""
        fields = as_list(asked.get("fields")) or default_fields
        cap = MOST_KEYS if set(fields) <= {"id", "key"} else MOST_ISSUES
        size = min(_page_size(asked), cap)
        start = self._position(asked)
        part = rows[start : start + size]
        full = 0 if cap == MOST_KEYS else len(part)
        await self._state.faults.spend(full)
        expand = as_list(asked.get("expand"))
        properties = asked.get("properties")
        show = self._state.view.show
        body: Item = {
            "issues": [
                with_properties(show(issue, fields, expand), properties, self._state)
                for issue in part
            ],
            "isLast": start + len(part) >= len(rows),
            **self._state.view.names_and_schema(expand),
        }
        if not body["isLast"]:
            body["nextPageToken"] = _token(start + len(part), asked)
        return body

    def _position(self, asked: Item) -> int:
        token = asked.get("nextPageToken")
        if not token:
            return 0
        try:
            start, fingerprint = json.loads(base64.urlsafe_b64decode(token))
        except ValueError:
            raise Problem(400, "The provided next page token is invalid.") from None
        if fingerprint != _fingerprint(asked):
            raise Problem(400, "The provided next page token is of another search.")
        return int(start)

    async def bulkfetch(self, request: Request) -> Any:
        """Return issues by id or key; what is missing or hidden is simply not there."""
        asked = await request.json()
        refs = as_list(asked.get("issueIdsOrKeys"))
        if len(refs) > MOST_FETCHED:
            raise Problem(400, "A maximum of 100 issues can be fetched in a request.")
        state = self._state
        rows = sorted(self._visible(request, refs), key=lambda issue: int(issue["id"]))
        fields = as_list(asked.get("fields")) or ["*navigable"]
        await state.faults.spend(len(rows))
        expand = as_list(asked.get("expand"))
        return {
            "issues": [state.view.show(issue, fields, expand) for issue in rows],
            "issueErrors": [],
        }

    async def changes(self, request: Request) -> Any:
        """Return the changes of issues by id or key, a page of changes at a time."""
        asked = await request.json()
        refs = as_list(asked.get("issueIdsOrKeys"))
        fields = as_list(asked.get("fieldIds"))
        if not refs or len(refs) > MOST_CHANGED or len(fields) > MOST_FIELDS:
            raise Problem(400, "1 to 1000 issues and at most 10 fields are allowed.")
        rows = self._changes_of(self._visible(request, refs), set(fields))
        size = min(int(asked.get("maxResults") or 1000), MOST_CHANGES)
        start = self._position(asked)
        by_issue: dict[str, list[Item]] = {}
        for change in rows[start : start + size]:
            own = by_issue.setdefault(change["issueId"], [])
            # Here, and only here, times are milliseconds.
            at = milliseconds(parse_time(change["created"]))
            own.append({**without_issue(change, "changelog"), "created": at})
        body: Item = {
            "issueChangeLogs": [
                {"issueId": id_, "changeHistories": own}
                for id_, own in by_issue.items()
            ]
        }
        if start + size < len(rows):
            body["nextPageToken"] = _token(start + size, asked)
        return body

    def _changes_of(self, issues: list[Item], fields: set[str]) -> list[Item]:
        """Return the changes of any of the fields, or of all, oldest first."""
        found = [
            change
            for issue in issues
            for change in self._state.groups.of("changelog", issue["id"])
            if not fields or fields & {item["fieldId"] for item in change["items"]}
        ]
        return sorted(found, key=lambda change: str(change["created"]))

    def _visible(self, request: Request, refs: list[str]) -> list[Item]:
        if is_anonymous(request):
            return []
        index = self._state.index
        found = {i["id"]: i for ref in refs if (i := index.find(ref))}
        return [issue for issue in found.values() if index.is_visible(issue)]


async def _asked(request: Request) -> Item:
    try:
        asked = await request.json()
    except json.JSONDecodeError:
        raise Problem(400, "There was an error parsing JSON.") from None
    return asked if isinstance(asked, dict) else {}


def query_of(request: Request) -> Item:
    """Return the query; what is repeated is a list with commas."""
    names = request.query_params.keys()
    return {name: ",".join(request.query_params.getlist(name)) for name in names}


def _page_size(asked: Item) -> int:
    size = asked.get("maxResults", 50)
    if not str(size).isdecimal() or not 1 <= int(size) <= MOST_KEYS:
        raise Problem(400, "The max results parameter has to be between 1 and 5,000.")
    return int(size)


def _fingerprint(asked: Item) -> int:
    """Return a number for what must be the same on every page of a search."""
    same = ("jql", "reconcileIssues", "issueIdsOrKeys", "fieldIds")
    return crc32(repr([asked.get(key) for key in same]).encode())


def _token(start: int, asked: Item) -> str:
    text = json.dumps([start, _fingerprint(asked)])
    return base64.urlsafe_b64encode(text.encode()).decode()
