"""Which fields of issues a mapping needs."""

from collections.abc import Iterable

from framework.expressions import paths_read

ALL = "*all"
# What has something by the names of fields, but only of those that Jira was asked for.
BY_FIELD = {"fields", "renderedFields", "versionedRepresentations"}


def fields_read(expressions: Iterable[str]) -> list[str]:
    """Return the names of the fields that some expressions read, or `*all`.

    Names that begin with `__` are those of our own additions.
    """
    paths = paths_read(expressions)
    if paths is None or any((name,) in paths for name in BY_FIELD):
        return [ALL]
    fields = {path[1] for path in paths if path[0] in BY_FIELD}
    return sorted(fields | {path[0] for path in paths if path[0].startswith("__")})
