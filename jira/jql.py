"""Take the user's JQL apart without understanding more of it than needed."""

import re

from core.errors import Refused

# Jira refuses a search without a restriction; this one matches every issue.
EVERY_ISSUE = "project is not EMPTY"

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
    """Return JQL that Jira accepts: with a where clause and a stable order."""
    where, order = split_order(jql)
    # By key, not by update time: an issue edited meanwhile must not change its place.
    return f"{where or EVERY_ISSUE} {order or 'ORDER BY key ASC'}"


def with_issue(jql: str, issue_id: str) -> str:
    """Return JQL that matches one issue, by its numeric id, if `jql` selects it."""
    if not re.fullmatch(r"\d+", issue_id):
        raise Refused(f"{issue_id!r} is not the id of a Jira issue")
    where, _ = split_order(jql)
    return f"({where}) AND id = {issue_id}" if where else f"id = {issue_id}"
