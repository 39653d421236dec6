"""The scopes that the gateway asks tokens for.

https://developer.atlassian.com/cloud/jira/software/scopes-for-oauth-2-3LO-and-forge-apps/
"""

import re

SCOPE_MISSING = "Unauthorized; scope does not match"
BOARD = {"read:board-scope:jira-software"}
# The first row whose expression begins the path counts.
SCOPES: tuple[tuple[str, set[str]], ...] = (
    (r"/rest/agile/1.0/(board/[^/]+/)?sprint", {"read:sprint:jira-software"}),
    (r"/rest/agile/1.0/board", BOARD | {"read:project:jira"}),
    (r"/rest/software/1.0/board", BOARD | {"read:issue-details:jira", "read:jql:jira"}),
    (r"/rest/api/3/group", {"read:group:jira"}),
    (r"/rest/api/3/(myself|users?)\b", {"read:jira-user"}),
    (r"/rest/api/3/", {"read:jira-work"}),
)


def needed(path: str) -> set[str]:
    """Return the scopes without which a path is refused."""
    return next((scopes for start, scopes in SCOPES if re.match(start, path)), set())
