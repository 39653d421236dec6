"""The shapes of Jira's replies: every paging style, and errors."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.company import SITE, Item

# Takes the request, all rows, the page size by default and at most.
type Style = Callable[[Request, list[Item], int, int], Any]


class Problem(Exception):
    """An answer other than success, with Jira's error body or another."""

    def __init__(self, status: int, *messages: str, body: Any = None) -> None:
        super().__init__(*messages)
        self.status = status
        self.body = body or {"errorMessages": list(messages), "errors": {}}


def reply(
    body: Any, site_url: str, api_url: str, status: int = 200, limit: int = 350
) -> Response:
    """Return JSON in which the site is ours; API links lead to where we are asked."""
    text = json.dumps(body, ensure_ascii=False)
    text = text.replace(f"{SITE}/rest/", f"{api_url}/rest/").replace(SITE, site_url)
    headers = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(limit - 1),
    }
    return Response(text.encode(), status, headers, "application/json")


def number(request: Request, name: str, default: int) -> int:
    """Return a number of the query; anything else is an error."""
    text = request.query_params.get(name, str(default))
    try:
        return max(int(text), 0)
    except ValueError:
        raise Problem(400, f"{name} must be a number, not '{text}'.") from None


def wanted(request: Request, name: str) -> list[str]:
    """Return the values of a parameter, given repeatedly or with commas between."""
    texts = request.query_params.getlist(name)
    return [part for text in texts for part in text.split(",") if part]


def _cut(
    request: Request, rows: list[Item], default: int, cap: int
) -> tuple[int, int, list[Item]]:
    start = number(request, "startAt", 0)
    size = min(number(request, "maxResults", default), cap)
    return start, size, rows[start : start + size]


def platform_page(request: Request, rows: list[Item], default: int, cap: int) -> Item:
    """Return `values` with total and isLast; wishes beyond the cap are clamped."""
    start, size, part = _cut(request, rows, default, cap)
    last = start + len(part) >= len(rows)
    body: Item = {
        "self": SITE + request.url.path,
        "maxResults": size,
        "startAt": start,
        "total": len(rows),
        "isLast": last,
        "values": part,
    }
    if not last:
        query = f"startAt={start + len(part)}&maxResults={size}"
        body["nextPage"] = f"{SITE}{request.url.path}?{query}"
    return body


def agile_page(request: Request, rows: list[Item], default: int, cap: int) -> Item:
    """Return `values` with isLast; sprint and board lists have a total too."""
    start, size, part = _cut(request, rows, default, cap)
    return {
        "maxResults": size,
        "startAt": start,
        "total": len(rows),
        "isLast": start + len(part) >= len(rows),
        "values": part,
    }


def array(request: Request, rows: list[Item], default: int, cap: int) -> list[Item]:
    """Return a part of the rows as a bare array; after the last it is empty."""
    return _cut(request, rows, default, cap)[2]


def whole(request: Request, rows: list[Item], default: int, cap: int) -> list[Item]:
    """Return all rows as a bare array."""
    return rows


def keyed_page(key: str) -> Style:
    """Return the style with the rows under a name of their own and no isLast."""

    def style(request: Request, rows: list[Item], default: int, cap: int) -> Item:
        start, size, part = _cut(request, rows, default, cap)
        return {
            "startAt": start,
            "maxResults": size,
            "total": len(rows),
            key: part,
        }

    return style


def service_page(request: Request, rows: list[Item], default: int, cap: int) -> Item:
    """Return the style of Jira Service Management: start, limit, isLastPage."""
    start = number(request, "start", 0)
    limit = min(number(request, "limit", default), cap)
    part = rows[start : start + limit]
    last = start + len(part) >= len(rows)
    here = SITE + request.url.path
    links = {"self": here, "base": SITE, "context": ""}
    if not last:
        links["next"] = f"{here}?start={start + limit}&limit={limit}"
    return {
        "_expands": [],
        "size": len(part),
        "start": start,
        "limit": limit,
        "isLastPage": last,
        "_links": links,
        "values": part,
    }
