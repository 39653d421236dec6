"""A kind is one `Resource`; core/fetch.py brings its items."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

from core.api import Api
from core.errors import ApiError, Refused
from core.lookup import Absent
from core.paging import Paging, SinglePage
from core.trouble import INCOMPLETE
from core.types import Item, Params

SINGLE_PAGE = SinglePage()

# What the user set for a kind: a pydantic model of `<vendor>/selectors.py`. That of a
# kind with a parent also understands what the parent's declaration reads.
type Selector = Any
type Enrich = Callable[[Api, list[Item], Selector], Awaitable[list[Item]]]
type Relate = Callable[
    [Api, AsyncGenerator[list[Item]], Selector], AsyncGenerator[list[Item]]
]
type ListWith = Callable[[Api, Selector, Item], AsyncGenerator[list[Item]]]
# Yields what may have changed since a moment, accepted and enriched.
type ListChanged = Callable[
    [Api, "Resource", Selector, datetime], AsyncGenerator[list[Item]]
]
type GetWith = Callable[[Api, Item, Selector], Awaitable[Item | Absent]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Let a selector pick from a short list by name, and refuse names that fit nothing.

    Without that refusal a misspelt name would select nothing, and all would be deleted.
    """

    setting: str
    wanted: Callable[[Selector], list[str]]
    names: Callable[[Item], set[str]]

    def pick(self, selector: Selector, items: list[Item]) -> list[Item]:
        """Return the chosen items, or all; raise Refused for a name that fits none."""
        given = self.wanted(selector)
        if not given:
            return items
        wanted = {name.casefold() for name in given}
        names = [{name.casefold() for name in self.names(item)} for item in items]
        if wanted.difference(*names):
            visible = {name for item in items for name in self.names(item)}
            lacking = unknown_names(given, visible)
            raise Refused(
                f"selector.{self.setting} names {lacking}: no such name is visible to"
                " this credential"
            )
        return [i for i, own in zip(items, names, strict=True) if own & wanted]


def unknown_names(given: Iterable[str], visible: Collection[str]) -> str:
    """Return the names that nothing visible has, as written, and close ones."""
    # Of a name and its slug, the one with capitals.
    known = {name.casefold(): name for name in sorted(visible, reverse=True)}
    unknown = [name for name in dict.fromkeys(given) if name.casefold() not in known]
    close = [get_close_matches(name.casefold(), known, n=1) for name in unknown]
    return ", ".join(
        f"{name} (did you mean {known[like[0]]}?)" if like else name
        for name, like in zip(unknown, close, strict=True)
    )


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Declare where the items of a kind are and which of them the selector accepts.

    Paths are relative to the API's base and may name fields of the parent (`list_path`)
    or of the item (`item_path`), as in `api/{SpaceId}/releases/{Id}`.
    """

    kind: str
    id_field: str
    list_path: str = ""
    item_path: str = ""
    paging: Paging = SINGLE_PAGE
    query: Callable[[Selector], Params] = lambda selector: {}
    accepts: Callable[[Selector, Item], bool] = lambda selector, item: True
    # Makes this a list short enough to be kept whole and to choose from by name.
    choice: Choice | None = None
    # Whether other kinds need the whole list, so that it is kept once it was read.
    is_shared: bool = False
    # Whether an item's id begins with a scope already: it may be of any site.
    is_of_any_site: bool = False
    # Adds `__` keys to a batch, be it a page of a list or a single item, and leaves out
    # what only a lookup shows not to be selected.
    enrich: Enrich | None = None
    # Adds to enriched items what only others of their list tell, and may keep them back
    # until these have come. A single item comes as a list.
    relate: Relate | None = None
    # Of what is added, what only history tells; reading the item again does not help.
    historic: tuple[str, ...] = ()
    # The item's date, and the moment before which the selector leaves items out.
    dated_by: str | None = None
    since: Callable[[Selector], datetime | None] = lambda selector: None

    parent: "Resource | None" = None
    # The item's field that holds its parent's id, where an item has exactly one parent.
    parent_field: str | None = None
    # The reply by which a parent says that it has no such children, by declaration.
    refused_by: Callable[[ApiError], bool] = lambda error: False

    # For kinds that don't fit: plain coroutines instead of the paths above.
    list_with: ListWith | None = None
    get_with: GetWith | None = None

    # For incremental looks; None where the vendor can't say what has changed.
    changed: ListChanged | None = None

    def lacking(self, item: Item) -> list[str]:
        """Return the values that an item lacks, and may have if it is read again."""
        unknown = item.get(INCOMPLETE, ())
        return [name for name in unknown if name not in self.historic]


def fill(path: str, fields: Item) -> str:
    """Put fields into a path, encoded, so that no value can change where it leads."""
    filled = path.format_map({k: quote(str(v), safe="") for k, v in fields.items()})
    if not {"", ".", ".."}.isdisjoint(filled.split("/")):
        raise Refused(f"{path} can't be filled in: {filled!r} leads elsewhere")
    return filled
