"""Put JQL together from the user's without understanding more of it than needed."""

import re
from collections.abc import Sequence

from core.errors import Refused

# Jira refuses a search without a restriction; this one matches every issue.
EVERY_ISSUE = "project is not EMPTY"
# By key, not by update time: an issue edited meanwhile must not change its place.
STABLE_ORDER = "ORDER BY key ASC"

_TOKEN = re.compile(
    r"""(?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<order>\border\s+by\b)|.""",
    re.IGNORECASE | re.DOTALL,
)


def split_order(jql: str) -> tuple[str, str]:
    """Split JQL into its where clause and its `ORDER BY …`; either may be empty.

    The words may occur inside a quoted text, where they mean nothing.
    """
    for token in _TOKEN.finditer(jql):
        if token["order"]:
            return jql[: token.start()].strip(), jql[token.start() :].strip()
    return jql.strip(), ""


def bounded(jql: str) -> str:
    """Return JQL that Jira accepts: with a where clause and a stable order.

    The user's own order is dropped, for the catalog has none.
    """
    where, _ = split_order(jql)
    return f"{where or EVERY_ISSUE} {STABLE_ORDER}"


def both(first: str, second: str) -> str:
    """Return JQL for what both where clauses match; an empty one matches everything."""
    clauses = [
        where for where in (split_order(first)[0], split_order(second)[0]) if where
    ]
    return " AND ".join(f"({where})" for where in clauses)


def in_projects(names: list[str]) -> str:
    """Return JQL for the issues of some projects, named by key, id or name."""
    return f"project in ({', '.join(map(quote, names))})" if names else ""


def with_issues(jql: str, issue_ids: Sequence[str]) -> str:
    """Return JQL that matches those of some issues, by numeric id, that `jql` selects.

    Raises Refused for anything that is no id.
    """
    for issue_id in issue_ids:
        if not re.fullmatch(r"[0-9]+", issue_id):
            raise Refused(f"{issue_id!r} is not the id of a Jira issue")
    return both(jql, f"id in ({', '.join(issue_ids)})")


def quote(value: str) -> str:
    """Return a literal that can't end early and continue as JQL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
