"""Kinds that only the mapping knows: any list of Octopus, by its path.

https://octopus.com/docs/api
"""

from dataclasses import dataclass
from typing import Any

from core.errors import MalformedReply
from core.paging import SkipTakePaging
from core.resource import Resource
from core.types import Item, Params
from octopus.paging import PAGE
from octopus.resources.operations import without_secrets
from octopus.resources.spaces import in_space, of_server
from octopus.selectors import CustomSelector

TOTALS = ("TotalResults", "TotalCount", "Count")


@dataclass(frozen=True)
class AnyPaging:
    """An array, the usual envelope, or an envelope that names its rows otherwise.

    Ends by the evidence of the envelope; an array, or a list without a total that is
    shorter than asked for, came whole.
    """

    # Of an array, it is unknown whether the server knows pages.
    window: tuple[str, str] | None = None

    def first(self) -> Params:
        return PAGE.first()

    def check(self, params: Params, reply: Any) -> None:
        if not isinstance(reply, list):
            _envelope(reply).check(params, reply)

    def rows(self, reply: Any) -> list[Item]:
        return reply if isinstance(reply, list) else _envelope(reply).rows(reply)

    def promised(self, reply: Any) -> int | None:
        return None if isinstance(reply, list) else _envelope(reply).promised(reply)

    def next(self, params: Params, reply: Any) -> Params | None:
        if isinstance(reply, list):
            return None
        envelope = _envelope(reply)
        links, is_short = reply.get("Links"), len(self.rows(reply)) < params["take"]
        if envelope.total is None and is_short and not links:
            return None
        return envelope.next(params, reply)


def _envelope(reply: Any) -> SkipTakePaging:
    """Return the paging of this very envelope, which may have no total."""
    parts = reply.items() if isinstance(reply, dict) else ()
    lists = [key for key, part in parts if isinstance(part, list)]
    key = "Items" if "Items" in lists else lists[0] if len(lists) == 1 else None
    if key is None:
        raise MalformedReply("expected an array, or an object with one list of items")
    total = next((name for name in TOTALS if name in reply), None)
    return SkipTakePaging(key=key, total=total)


def build_custom(kind: str, selector: CustomSelector) -> Resource:
    """Return the declaration of a kind that the mapping describes."""
    declare: Any = in_space if selector.space_scoped else of_server
    resource: Resource = declare(
        kind, selector.path, paging=AnyPaging(), enrich=without_secrets()
    )
    return resource
