"""Which fields of issues a mapping needs."""

from collections.abc import Iterable

from core.expressions import paths_read

ALL = "*all"


def fields_read(expressions: Iterable[str]) -> list[str]:
    """Return the names of the fields that some expressions read, or `*all`.

    Names that begin with `__` are those of our own additions.
    """
    paths = paths_read(expressions)
    if paths is None or ("fields",) in paths:
        return [ALL]
    fields = {path[1] for path in paths if path[0] == "fields"}
    return sorted(fields | {path[0] for path in paths if path[0].startswith("__")})
