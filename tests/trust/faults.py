"""What can go wrong with a reply, as functions of the request and the true reply."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx

from core.types import Item
from jira.replies import ACCOUNT, LOGIN
from tests.trust.vendors import Reply, Spoil

HTML = b"<html>default backend - 404</html>"
# Each vendor's own form of an error.
OWN_ERROR = json.dumps({"errorMessages": ["no"], "ErrorMessage": "no"}).encode()
# Where the vendors' lists have their rows.
ROWS = ("values", "issues", "Items", "results", "entities", "worklogs", "Environments")
# What the vendors write beside the rows of a page when there is more.
PROMISES = ("total", "TotalResults", "isLast", "pageInfo", "lastPage")
WHOAMI = ("/myself", "/users/me")


def status(code: int, body: bytes) -> Spoil:
    """Answer with a status."""
    return lambda request, reply: (code, {}, body)


def body(text: bytes) -> Spoil:
    """Answer 200 with a body of another form."""
    return lambda request, reply: (reply[0], reply[1], text)


def edit(change: Callable[[Any], Any]) -> Spoil:
    """Change the parsed body."""

    def spoil(request: httpx.Request, reply: Reply) -> Reply:
        code, headers, raw = reply
        if code != 200:
            return reply
        return code, headers, json.dumps(change(json.loads(raw))).encode()

    return spoil


def rows_of(parsed: Any) -> list[Any] | None:
    """Return the rows of a list, None if it is none."""
    if isinstance(parsed, list):
        return parsed
    found = [parsed[n] for n in ROWS if isinstance(parsed.get(n), list)]
    return found[0] if found else None


def with_rows(parsed: Any, rows: list[Any]) -> Any:
    """Return a list's body with other rows."""
    if isinstance(parsed, list):
        return rows
    name = next(n for n in ROWS if isinstance(parsed.get(n), list))
    return {**parsed, name: rows}


def contradictory(keep: int) -> Callable[[Any], Any]:
    """Return a change that leaves some rows of a page that promises more."""

    def change(parsed: Any) -> Any:
        rows = rows_of(parsed)
        if not rows or isinstance(parsed, list) or not parsed.keys() & {*PROMISES}:
            return parsed
        more: Item = {}
        if "isLast" in parsed:
            more |= {"isLast": False, "nextPageToken": None}
        if "pageInfo" in parsed:
            more |= {"pageInfo": {"hasNextPage": True}}
        if "lastPage" in parsed:
            more |= {"lastPage": False, "until": None}
        return {**with_rows(parsed, rows[:keep]), **more}

    return change


def linked(parsed: Any) -> Any:
    """Leave nothing of a page but the link to the next one."""
    if rows_of(parsed) is None or "TotalResults" not in parsed:
        return parsed
    links = {"Page.Next": "/api/things?skip=30&take=30"}
    return {**with_rows(parsed, []), "Links": links, "TotalResults": 0}


def odd(row: Any) -> Callable[[Any], Any]:
    """Return a change that puts something else in the place of the first row."""

    def change(parsed: Any) -> Any:
        rows = rows_of(parsed)
        return with_rows(parsed, [row, *rows[1:]]) if rows else parsed

    return change


def swapped(parsed: Any) -> Any:
    """Return another object than was asked for."""
    if not isinstance(parsed, dict) or rows_of(parsed) is not None:
        return parsed
    ids = {"id": "424242", "Id": "Things-424242"}
    return {**parsed, **{name: ids[name] for name in ids if name in parsed}}


def left_out(request: httpx.Request, reply: Reply) -> Reply:
    """Leave out all that was asked for by ids."""
    asked = re.search(rb"[?&]ids=", request.url.raw_path) or (
        request.method == "POST"
        and re.search(rb'"(ids|issueIdsOrKeys)"', _sent(request))
    )
    return (
        edit(lambda parsed: with_rows(parsed, []))(request, reply) if asked else reply
    )


def _sent(request: httpx.Request) -> bytes:
    return request.content


def time_out(request: httpx.Request, reply: Reply) -> Reply:
    """Give no answer."""
    raise httpx.ReadTimeout("no answer", request=request)


def truncated(request: httpx.Request, reply: Reply) -> Reply:
    """Answer with half of the body."""
    return reply[0], reply[1], reply[2][: len(reply[2]) // 2]


def emptied(parsed: Any) -> Any:
    """Return a body as one who may see nothing gets it."""
    rows = rows_of(parsed)
    if rows is None:
        return parsed
    end: Item = {}
    if isinstance(parsed, dict):
        ends = {"total": 0, "TotalResults": 0, "isLast": True, "nextPageToken": None}
        end = {k: v for k, v in ends.items() if k in parsed}
    empty = with_rows(parsed, [])
    return {**empty, **end} if end else empty


def revoked(headers: dict[str, str]) -> Spoil:
    """Answer as to a stranger, whom only the own account refuses."""

    def spoil(request: httpx.Request, reply: Reply) -> Reply:
        if request.url.path.endswith(WHOAMI):
            return 401, {}, OWN_ERROR
        code, known, raw = edit(emptied)(request, reply)
        own = {k: v for k, v in known.items() if k.lower() not in HEADERS}
        return code, {**own, **headers}, raw

    return spoil


HEADERS = {ACCOUNT.lower(), LOGIN.lower()}

# What a repetition may mend: the vendor didn't say anything.
PASSING: dict[str, Spoil] = {
    "500": status(500, HTML),
    "503": status(503, HTML),
    "time-out": time_out,
    "truncated": truncated,
    "null": body(b"null"),
    "text": body(b'"text"'),
    "number": body(b"5"),
    "html": body(HTML),
    "empty page that promises more": edit(contradictory(0)),
    "empty page with a link": edit(linked),
}
# What is trouble at once.
REFUSALS: dict[str, Spoil] = {
    "400": status(400, OWN_ERROR),
    "401": status(401, OWN_ERROR),
    "403": status(403, OWN_ERROR),
    "404 of a proxy": status(404, HTML),
    "404 of somebody": status(404, b'{"message": "no Route matched"}'),
    "410 of a proxy": status(410, HTML),
}
# The vendor's own word that something is gone.
OWN_WORDS: dict[str, Spoil] = {
    "404": status(404, OWN_ERROR),
    "410": status(410, OWN_ERROR),
}
ODD_ROWS: dict[str, Spoil] = {
    "row null": edit(odd(None)),
    "row text": edit(odd("text")),
    "row empty": edit(odd({})),
    "row number": edit(odd(5)),
}
# What another product, or a server of another version, answers.
OF_OTHERS: dict[str, Spoil] = {
    "200 of another product": body(b'{"status": "ok"}'),
    "200 with an error": body(OWN_ERROR),
    "204": lambda request, reply: (204, {}, b""),
    "another object": edit(swapped),
}
LEFT_OUT: dict[str, Spoil] = {
    "short page": edit(contradictory(1)),
    "asked for and left out": left_out,
}
# Jira answers strangers, Octopus refuses them.
STRANGER: dict[str, Spoil] = {
    "stranger by header": revoked({LOGIN: "AUTHENTICATED_FAILED"}),
    "stranger without a header": revoked({}),
}
EVERY = {**PASSING, **REFUSALS, **OWN_WORDS, **ODD_ROWS, **OF_OTHERS, **LEFT_OUT}
