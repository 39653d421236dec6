"""What each kind of Jira needs of the account, and of a token that has scopes.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/
https://developer.atlassian.com/cloud/jira/software/scopes-for-oauth-2-3LO-and-forge-apps/
"""

from collections.abc import Mapping

from jira.kinds import JiraKind

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

WORK = ("read:jira-work",)
# Without these, not even the sign-in works.
SIGN_IN_SCOPES = ("read:jira-user", *WORK)
BOARDS = (
    *WORK,
    "read:board-scope:jira-software",
    "read:project:jira",
    "read:issue-details:jira",
)

SCOPES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(JiraKind, WORK),
    JiraKind.BOARD: BOARDS,
    JiraKind.SPRINT: (*BOARDS, "read:sprint:jira-software"),
    JiraKind.BACKLOG: (*BOARDS, "read:jql:jira"),
    JiraKind.USER: ("read:jira-user",),
    JiraKind.GROUP: ("read:group:jira",),
    # The gateway has no teams at all.
    JiraKind.TEAM: (),
}
