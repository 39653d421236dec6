"""Searches: pages by token, and issues and changes in bulk."""

import base64
import json
from typing import Any
from zlib import crc32

from starlette.requests import Request

from sandbox.company import Item
from sandbox.company.base import milliseconds, parse_time
from sandbox.contracts import contract
from sandbox.jira.agile_rows import is_planned, on_board
from sandbox.jira.issue_rows import names_and_schema, show, visible_issue
from sandbox.jira.jql import JqlError
from sandbox.jira.replies import Problem, as_list
from sandbox.jira.sign_in import is_anonymous
from sandbox.jira.state import JiraState

# What a page holds at most: ids and keys alone, or whole issues.
MOST_KEYS, MOST_ISSUES = contract("jira").most("POST rest/api/3/search/jql"), 100
MOST_RECONCILED = 50
# Bulk requests: issues, changes on a page, issues for changes, fields.
MOST_FETCHED = contract("jira").most("POST rest/api/3/issue/bulkfetch")
MOST_CHANGES = contract("jira").most("POST rest/api/3/changelog/bulkfetch")
MOST_CHANGED, MOST_FIELDS = 1000, 10


async def search(state: JiraState, request: Request) -> Any:
    """Return a page of issues; only the last has no token."""
    asked = await request.json()
    rows = _found(state, request, asked)
    body = await _token_page(state, rows, asked)
    if state.search_warnings:
        body["warnings"] = state.search_warnings
    return body


async def backlog(state: JiraState, request: Request) -> Any:
    """Return what is planned on a board, but in no sprint yet."""
    query = request.query_params
    asked = {"fields": "*navigable"} | {n: ",".join(query.getlist(n)) for n in query}
    rows = on_board(state, request)
    if asked.get("jql"):
        chosen = {issue["id"]: issue for issue in _found(state, request, asked)}
        rows = [chosen[issue["id"]] for issue in rows if issue["id"] in chosen]
    rows = [issue for issue in rows if is_planned(issue)]
    return {"expand": "names,schema", **await _token_page(state, rows, asked)}


def _found(state: JiraState, request: Request, asked: Item) -> list[Item]:
    """Return all issues that the JQL selects; strangers find none."""
    if is_anonymous(request):
        return []
    reconcile = as_list(asked.get("reconcileIssues"))
    if len(reconcile) > MOST_RECONCILED:
        raise Problem(400, "The number of reconcileIssues must not exceed 50.")
    if not all(id_.isdecimal() for id_ in reconcile):
        raise Problem(400, "reconcileIssues must be numeric issue ids.")
    try:
        return state.index.search(asked.get("jql") or "", tuple(sorted(reconcile)))
    except JqlError as error:
        raise Problem(400, str(error)) from None


async def _token_page(state: JiraState, rows: list[Item], asked: Item) -> Item:
    """Return the part of the rows that a token leads to, and the next token."""
    are_keys = {*as_list(asked.get("fields"))} <= {"id", "key"}
    size = min(_page_size(asked), MOST_KEYS if are_keys else MOST_ISSUES)
    start = _position(asked)
    part = rows[start : start + size]
    await state.faults.spend(0 if are_keys else len(part))
    return {
        "issues": [show(issue, state, asked) for issue in part],
        **names_and_schema(state, as_list(asked.get("expand"))),
        "isLast": start + size >= len(rows),
        **_next(start + size, rows, asked),
    }


async def bulkfetch(state: JiraState, request: Request) -> Any:
    """Return issues by id or key; what is missing or hidden is simply not there."""
    asked = {"fields": "*navigable", **await request.json()}
    refs = as_list(asked.get("issueIdsOrKeys"))
    if len(refs) > MOST_FETCHED:
        raise Problem(400, "A maximum of 100 issues can be fetched in a request.")
    rows = sorted(_visible(state, request, refs), key=lambda issue: int(issue["id"]))
    await state.faults.spend(len(rows))
    return {"issues": [show(row, state, asked) for row in rows], "issueErrors": []}


async def changes(state: JiraState, request: Request) -> Any:
    """Return the changes of issues by id or key, a page of changes at a time."""
    asked = await request.json()
    refs = as_list(asked.get("issueIdsOrKeys"))
    fields = as_list(asked.get("fieldIds"))
    if not refs or len(refs) > MOST_CHANGED or len(fields) > MOST_FIELDS:
        raise Problem(400, "1 to 1000 issues and at most 10 fields are allowed.")
    rows = _changes_of(state, _visible(state, request, refs), set(fields))
    size = min(int(asked.get("maxResults") or 1000), MOST_CHANGES)
    start = _position(asked)
    by_issue: dict[str, list[Item]] = {}
    for change in rows[start : start + size]:
        # Here, and only here, times are milliseconds.
        at = milliseconds(parse_time(change["created"]))
        shown = {**contract("jira").keep("change", change), "created": at}
        by_issue.setdefault(change["issueId"], []).append(shown)
    logs = [{"issueId": id_, "changeHistories": own} for id_, own in by_issue.items()]
    return {"issueChangeLogs": logs, **_next(start + size, rows, asked)}


def _changes_of(state: JiraState, issues: list[Item], fields: set[str]) -> list[Item]:
    """Return the changes of any of the fields, or of all, oldest first."""
    found = [
        change
        for issue in issues
        for change in state.groups.of("changelog", issue["id"])
        if not fields or fields & {item["fieldId"] for item in change["items"]}
    ]
    return sorted(found, key=lambda change: str(change["created"]))


def _visible(state: JiraState, request: Request, refs: list[str]) -> list[Item]:
    if is_anonymous(request):
        return []
    found = [visible_issue(state, ref) for ref in refs]
    return [*{issue["id"]: issue for issue in found if issue is not None}.values()]


def _page_size(asked: Item) -> int:
    size = asked.get("maxResults", 50)
    if not str(size).isdecimal() or not 1 <= int(size) <= MOST_KEYS:
        raise Problem(400, "The max results parameter has to be between 1 and 5,000.")
    return int(size)


def _position(asked: Item) -> int:
    """Return the row that the token of a request leads to."""
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


def _next(position: int, rows: list[Item], asked: Item) -> Item:
    """Return the token of the next page, nothing after the last."""
    if position >= len(rows):
        return {}
    text = json.dumps([position, _fingerprint(asked)])
    return {"nextPageToken": base64.urlsafe_b64encode(text.encode()).decode()}


def _fingerprint(asked: Item) -> int:
    """Return a number for what must be the same on every page of a search."""
    same = ("jql", "reconcileIssues", "issueIdsOrKeys", "fieldIds")
    return crc32(repr([asked.get(key) for key in same]).encode())
