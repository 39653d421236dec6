"""What all parts of the stand-in share."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

type Item = dict[str, Any]
# Blueprint and identifier.
type Key = tuple[str, str]


class Rejected(Exception):
    """Refuse a request, or one entity of it, with Port's status and error name."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error

    def body(self) -> Item:
        """Return the reply that tells the caller."""
        return {"ok": False, "error": self.error, "message": str(self)}


def related_keys(blueprint: Item, entity: Item) -> Iterator[tuple[str, Key]]:
    """Yield each relation of the entity with what it leads to."""
    for name, relation in blueprint["relations"].items():
        value = entity["relations"].get(name)
        for identifier in [value] if isinstance(value, str) else value or ():
            yield name, (relation["target"], identifier)


def refuse(problems: Iterable[str]) -> None:
    """Raise if there is anything to complain about."""
    if complaints := "; ".join(problems):
        raise Rejected(422, "invalid_request", complaints)


def now() -> str:
    """Return this moment as Port writes it."""
    return timestamp(datetime.now(UTC))


def timestamp(moment: datetime) -> str:
    """Return a moment so that later ones sort after it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
