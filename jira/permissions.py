"""What each kind of Jira needs of the account, and of a token that has scopes.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/
"""

from collections.abc import Mapping

from jira.kinds import JiraKind
from jira.scopes import AGILE, API, scopes_of

# "Browse projects", in any project, and "Browse users and groups".
BROWSE = ("BROWSE_PROJECTS",)
PEOPLE = ("USER_PICKER",)
# "Administer Jira", which registers live events.
SUBSCRIBE = ("ADMINISTER",)

PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(JiraKind, BROWSE),
    JiraKind.USER: PEOPLE,
    JiraKind.GROUP: PEOPLE,
    # Whoever can sign in sees teams, and the filters that are shared with them.
    JiraKind.TEAM: (),
    JiraKind.FILTER: (),
}

# Without this, not even the sign-in works.
SIGN_IN_SCOPES = scopes_of(f"{API}/myself")

_ISSUES = (
    f"{API}/search/jql",
    f"{API}/issue/bulkfetch",
    f"{API}/issue/{{id}}",
    f"{API}/field",
)
_PROJECTS = (f"{API}/project/search", f"{API}/project/{{id}}")
_BOARDS = (f"{AGILE}/board", f"{AGILE}/board/{{id}}")
# What resyncs and live events of each kind request.
CALLS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(JiraKind, _ISSUES),
    JiraKind.PROJECT: _PROJECTS,
    JiraKind.VERSION: (
        *_PROJECTS,
        f"{API}/project/{{id}}/version",
        f"{API}/version/{{id}}",
    ),
    JiraKind.COMPONENT: (
        *_PROJECTS,
        f"{API}/project/{{id}}/component",
        f"{API}/component",
        f"{API}/component/{{id}}",
    ),
    JiraKind.ISSUE_LINK: (*_ISSUES, f"{API}/issueLink/{{id}}"),
    JiraKind.ISSUE_CHANGELOG: (
        *_ISSUES,
        f"{API}/changelog/bulkfetch",
        f"{API}/issue/{{id}}/changelog",
        f"{API}/status",
    ),
    JiraKind.WORKLOG: (
        *_ISSUES,
        f"{API}/worklog/updated",
        f"{API}/worklog/list",
        f"{API}/issue/{{id}}/worklog/{{worklog}}",
    ),
    JiraKind.BOARD: (*_BOARDS, f"{AGILE}/board/{{id}}/project"),
    JiraKind.SPRINT: (
        *_BOARDS,
        f"{AGILE}/board/{{id}}/sprint",
        f"{AGILE}/sprint/{{id}}",
    ),
    JiraKind.BACKLOG: (*_ISSUES, *_BOARDS, "rest/software/1.0/board/{id}/backlog"),
    JiraKind.USER: (f"{API}/users/search", f"{API}/user"),
    JiraKind.GROUP: (f"{API}/group/bulk", f"{API}/group/member"),
    JiraKind.FILTER: (f"{API}/filter/search", f"{API}/filter/{{id}}"),
    # The gateway has no teams at all.
    JiraKind.TEAM: (),
}

SCOPES: Mapping[str, tuple[str, ...]] = {
    kind: scopes_of(*endpoints) for kind, endpoints in CALLS.items()
}
