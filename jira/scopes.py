"""What the gateway asks a token's scopes for, endpoint by endpoint.

From the OpenAPI documents of the platform (February 2026) and of Jira Software (May
2026), of each reference page's "OAuth scopes required". Where an endpoint has classic
and granular scopes, the classic ones are here unless they allow to change things.
"""

import re
from collections.abc import Mapping

PLATFORM = "https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-"
SOFTWARE = "https://developer.atlassian.com/cloud/jira/software/rest/api-group-"

WORK, USER = ("read:jira-work",), ("read:jira-user",)
BOARD, SPRINT = ("read:board-scope:jira-software",), ("read:sprint:jira-software",)
# Without this, Jira can be read only.
WRITE = ("write:jira-work",)
PROJECT, DETAILS = ("read:project:jira",), ("read:issue-details:jira",)

API, AGILE = "rest/api/3", "rest/agile/1.0"
# Endpoint: its scopes, and the page that names them.
ENDPOINTS: Mapping[str, tuple[tuple[str, ...], str]] = {
    f"{API}/myself": (USER, f"{PLATFORM}myself/"),
    f"{API}/mypermissions": (WORK, f"{PLATFORM}permissions/"),
    f"{API}/project/search": (WORK, f"{PLATFORM}projects/"),
    f"{API}/project/{{id}}": (WORK, f"{PLATFORM}projects/"),
    f"{API}/project/{{id}}/version": (WORK, f"{PLATFORM}project-versions/"),
    f"{API}/version/{{id}}": (WORK, f"{PLATFORM}project-versions/"),
    f"{API}/project/{{id}}/component": (WORK, f"{PLATFORM}project-components/"),
    f"{API}/component": (WORK, f"{PLATFORM}project-components/"),
    f"{API}/component/{{id}}": (WORK, f"{PLATFORM}project-components/"),
    f"{API}/field": (WORK, f"{PLATFORM}issue-fields/"),
    f"{API}/status": (WORK, f"{PLATFORM}workflow-statuses/"),
    f"{API}/search/jql": (WORK, f"{PLATFORM}issue-search/"),
    f"{API}/issue/bulkfetch": (WORK, f"{PLATFORM}issues/"),
    f"{API}/issue/{{id}}": (WORK, f"{PLATFORM}issues/"),
    f"{API}/issue/{{id}}/changelog": (WORK, f"{PLATFORM}issues/"),
    f"{API}/issue": (WRITE, f"{PLATFORM}issues/"),
    f"{API}/issue/{{id}}/assignee": (WRITE, f"{PLATFORM}issues/"),
    f"{API}/issue/{{id}}/properties/{{key}}": (WORK, f"{PLATFORM}issue-properties/"),
    f"{API}/issue/{{id}}/transitions": (WRITE, f"{PLATFORM}issues/"),
    f"{API}/issue/{{id}}/comment": (WRITE, f"{PLATFORM}issue-comments/"),
    f"{API}/comment/{{id}}/properties/{{key}}": (
        WORK,
        f"{PLATFORM}issue-comment-properties/",
    ),
    f"{API}/user/assignable/search": (USER, f"{PLATFORM}user-search/"),
    f"{API}/issueLinkType": (WORK, f"{PLATFORM}issue-link-types/"),
    f"{API}/issueLink": (WRITE, f"{PLATFORM}issue-links/"),
    f"{API}/issue/createmeta/{{id}}/issuetypes": (WORK, f"{PLATFORM}issues/"),
    f"{API}/issue/createmeta/{{id}}/issuetypes/{{type}}": (WORK, f"{PLATFORM}issues/"),
    f"{API}/changelog/bulkfetch": (WORK, f"{PLATFORM}issues/"),
    f"{API}/issueLink/{{id}}": (WORK, f"{PLATFORM}issue-links/"),
    f"{API}/worklog/updated": (WORK, f"{PLATFORM}issue-worklogs/"),
    f"{API}/worklog/list": (WORK, f"{PLATFORM}issue-worklogs/"),
    f"{API}/issue/{{id}}/worklog/{{worklog}}": (WORK, f"{PLATFORM}issue-worklogs/"),
    f"{API}/filter/search": (WORK, f"{PLATFORM}filters/"),
    f"{API}/filter/{{id}}": (WORK, f"{PLATFORM}filters/"),
    f"{API}/users/search": (USER, f"{PLATFORM}users/"),
    f"{API}/user": (USER, f"{PLATFORM}users/"),
    f"{API}/group/bulk": (("read:group:jira",), f"{PLATFORM}groups/"),
    # The classic one would be manage:jira-configuration.
    f"{API}/group/member": (
        ("read:group:jira", "read:user:jira", "read:avatar:jira"),
        f"{PLATFORM}groups/",
    ),
    f"{AGILE}/board": ((*BOARD, *PROJECT), f"{SOFTWARE}board/"),
    f"{AGILE}/board/{{id}}": ((*BOARD, *DETAILS), f"{SOFTWARE}board/"),
    f"{AGILE}/board/{{id}}/project": (
        ("read:board-scope.admin:jira-software", *PROJECT),
        f"{SOFTWARE}board/",
    ),
    f"{AGILE}/board/{{id}}/sprint": (SPRINT, f"{SOFTWARE}board/"),
    f"{AGILE}/sprint/{{id}}": (SPRINT, f"{SOFTWARE}sprint/"),
    "rest/software/1.0/board/{id}/backlog": (
        (*BOARD, *DETAILS),
        f"{SOFTWARE}board/",
    ),
}
_PATTERNS = {
    path: re.compile(re.sub(r"{\w+}", "[^/]+", path.replace(".", r"\.")))
    for path in sorted(ENDPOINTS, key=lambda path: path.count("{"))
}


def endpoint_of(path: str) -> str | None:
    """Return the endpoint that a path is of, None if the table lacks it."""
    found = (e for e, known in _PATTERNS.items() if known.fullmatch(path.strip("/")))
    return next(found, None)


def scopes_of(*endpoints: str) -> tuple[str, ...]:
    """Return the scopes of endpoints, each once."""
    scopes = (scope for endpoint in endpoints for scope in ENDPOINTS[endpoint][0])
    return tuple(dict.fromkeys(scopes))
