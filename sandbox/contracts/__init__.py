"""The contract tables: what the vendors take and answer, endpoint by endpoint.

The tables are the YAML files beside this one; each says how to read it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Self

import yaml

# A type is the name of a shape or of one of these, a list with one type, or fields.
SCALARS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "time": str,
    "flag": bool,
    "number": (int, float),
    "any": object,
}
ARRAY, ROWS, ANY_NAME, MAYBE = "array", "rows", "*", "~"
# What has nothing in it, by the type.
EMPTY: dict[str, Callable[[], Any]] = {"text": str, "flag": bool, "number": int}

type Fields = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One endpoint; `most` is the largest page, `take` the page unless asked."""

    method: str
    path: str
    source: str
    query: frozenset[str]
    body: frozenset[str]
    page: str = ""
    rows: str = ""
    reply: str = ""
    most: int = 0
    take: int
    permission: str | None = None

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What the paths of this endpoint look like, without the first slash."""
        return re.compile(re.sub(r"{\w+}", "[^/]+", self.path.replace(".", r"\.")))

    @classmethod
    def of(cls, source: str, name: str, row: Fields, table: Fields) -> Self:
        """Return the endpoint that a row of a table describes."""
        paging, take = table["paging"], {"take": table["take"]}
        method, _, path = name.partition(" ")
        query = {*row.get("query", ()), *paging.get(row.get("page", ""), ())}
        sets = {"query": frozenset(query), "body": frozenset(row.get("body", ()))}
        return cls(method=method, path=path, source=source, **{**take, **row, **sets})


class Contract:
    """The table of one vendor."""

    def __init__(self, table: Fields) -> None:
        self.sources: Mapping[str, str] = table["sources"]
        self.alone: Mapping[str, str] = table["alone"]
        self.event_categories: list[str] = table.get("event categories", [])
        self.shapes: Mapping[str, Mapping[str, Fields]] = table["shapes"]
        rows = [
            Endpoint.of(source, name, row, table)
            for source, own in table["endpoints"].items()
            for name, row in own.items()
        ]
        # The more of a path is fixed, the better it fits.
        self.endpoints = sorted(rows, key=lambda row: row.path.count("{"))
        self._known: dict[tuple[str, str], Endpoint | None] = {}
        self._names: dict[str, set[str]] = {}
        self._empty: dict[str, dict[str, Callable[[], Any]]] = {}

    def most(self, name: str) -> int:
        """Return the largest page of an endpoint, as `GET rest/api/3/filter/search`."""
        return next(r.most for r in self.endpoints if f"{r.method} {r.path}" == name)

    def endpoint(self, method: str, path: str) -> Endpoint | None:
        """Return the endpoint of a request, None if the table lacks it."""
        if (request := (method, path)) not in self._known:
            own = (row for row in self.endpoints if row.method == method)
            fitting = (row for row in own if row.pattern.fullmatch(path.strip("/")))
            self._known[request] = next(fitting, None)
        return self._known[request]

    def fields(self, shape: str) -> dict[str, Any]:
        """Return the fields of a shape, whatever their source, with their types."""
        groups = self.shapes[shape].values()
        return {name: kind for group in groups for name, kind in group.items()}

    def keep(self, shape: str, item: Fields) -> dict[str, Any]:
        """Return an item with the fields alone that a shape has."""
        if shape not in self._names:
            self._names[shape] = {name.rstrip(MAYBE) for name in self.fields(shape)}
        return {name: item[name] for name in item if name in self._names[shape]}

    def empty(self, shape: str) -> dict[str, Any]:
        """Return an item that has nothing in each field that must be there.

        It lacks times and what has a shape of its own: these can't be empty.
        """
        if shape not in self._empty:
            needed = {n: k for n, k in self.fields(shape).items() if n[-1] != MAYBE}
            makers = {name: _maker(kind) for name, kind in needed.items()}
            self._empty[shape] = {name: make for name, make in makers.items() if make}
        return {name: make() for name, make in self._empty[shape].items()}

    def problems(self, endpoint: Endpoint, reply: Any) -> set[str]:
        """Return what of a reply the table lacks, or has in another form."""
        if endpoint.page == ARRAY:
            return {*self._check([ROWS], reply, "", endpoint.rows)}
        kind = endpoint.page or endpoint.reply
        return {*self._check(kind, reply, "", endpoint.rows)} if kind else set()

    def item_problems(self, shape: str, item: Any) -> set[str]:
        """Return what of an item its shape lacks, or has in another form."""
        return {*self._check(shape, item, "", "")}

    def _check(self, kind: Any, value: Any, where: str, rows: str) -> Iterator[str]:
        if kind == ROWS:
            kind = rows
        if isinstance(kind, list):
            yield from self._check_list(kind[0], value, where, rows)
        elif isinstance(kind, dict) or kind in self.shapes:
            fields = kind if isinstance(kind, dict) else self.fields(kind)
            yield from self._check_fields(fields, value, where, rows)
        elif not isinstance(value, SCALARS[kind]):
            yield f"{where} is no {kind}"

    def _check_list(self, kind: Any, value: Any, at: str, rows: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at} is no list"
            return
        for item in value:
            yield from self._check(kind, item, at, rows)

    def _check_fields(
        self, fields: Fields, value: Any, where: str, rows: str
    ) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where} is no object"
            return
        for name, own in value.items():
            kind, may_be_null = field_of(fields, name)
            if kind is None:
                yield f"{where}.{name} is unknown"
            elif own is not None or not may_be_null:
                yield from self._check(kind, own, f"{where}.{name}", rows)
        for name in fields:
            if not name.endswith((MAYBE, ANY_NAME)) and name not in value:
                yield f"{where}.{name} is missing"


def _maker(kind: Any) -> Callable[[], Any] | None:
    if isinstance(kind, str):
        return EMPTY.get(kind)
    return list if isinstance(kind, list) else dict


def field_of(fields: Fields, name: str) -> tuple[Any, bool]:
    """Return the type of a field, None for an unknown one; and if it may be null."""
    if name in fields:
        return fields[name], False
    if name + MAYBE in fields:
        return fields[name + MAYBE], True
    for known, kind in fields.items():
        if known.endswith(ANY_NAME) and name.startswith(known[:-1]):
            return kind, True
    return None, True


@cache
def contract(vendor: str) -> Contract:
    """Return the table of `jira` or `octopus`."""
    path = Path(__file__).with_name(f"{vendor}.yml")
    return Contract(yaml.safe_load(path.read_text(encoding="utf-8")))
