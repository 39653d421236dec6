"""Assign an issue to a person, or to nobody."""

from actions.failures import NOT_ALLOWED, NOTHING_CHANGED, ActionFailed
from actions.inputs import BOOLEAN, WRONG_INPUT, Input, Inputs
from actions.jira.base import API, ISSUE_KEY, JiraExecutor, issue_path, key_of
from actions.jira.issues import account_of, done, find_issue, read_issue
from actions.job import Job
from actions.outcome import Done


class AssignIssue(JiraExecutor):
    """Assign an issue.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-assignee-put
    """

    ACTION_NAME = "assign_issue"
    INPUTS = (
        ISSUE_KEY,
        Input(name="assigneeAccountId"),
        Input(name="unassign", type=BOOLEAN, default=False),
    )
    PERMISSIONS = ("ASSIGN_ISSUES",)

    async def perform(self, job: Job) -> Done:
        """Check that the person can have the issue, and assign it."""
        account = assignee_of(job.inputs)
        await read_issue(job, "assignee")
        if account:
            await _check_assignable(job, account)
        await job.log(f"Assigning {key_of(job.inputs)}", label="Assigning issue")
        path = issue_path(key_of(job.inputs), "assignee")
        await job.send("PUT", path, {"accountId": account})
        return assigned(job, account)

    async def look_up(self, job: Job) -> Done | None:
        """Look whose the issue is."""
        account = assignee_of(job.inputs)
        issue = await find_issue(job, "assignee")
        if issue is None:
            return None
        present = (issue["fields"].get("assignee") or {}).get("accountId")
        return assigned(job, account) if present == account else None


def assignee_of(inputs: Inputs) -> str | None:
    """Return the account to assign to, None for nobody; raise ActionFailed for both."""
    account, nobody = account_of(inputs), inputs.flag("unassign")
    if bool(account) == nobody:
        told = "Either assigneeAccountId must be given, or unassign be true"
        raise ActionFailed(told, WRONG_INPUT)
    return account or None


async def _check_assignable(job: Job, account: str) -> None:
    """Raise ActionFailed for somebody whom Jira would not take.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-user-search/#api-rest-api-3-user-assignable-search-get
    """
    params = {"issueKey": key_of(job.inputs), "accountId": account}
    people = await job.api.get_array(f"{API}/user/assignable/search", params)
    if any(one.get("accountId") == account for one in people):
        return
    told = (
        f"{account} can't have {key_of(job.inputs)}: the person is unknown, inactive,"
    )
    told += ' or lacks the permission "Assignable user" (ASSIGNABLE_USER)'
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_ALLOWED)


def assigned(job: Job, account: str | None) -> Done:
    """Return the end of a run whose issue is assigned as asked for."""
    told = f"{key_of(job.inputs)} is assigned to {account or 'nobody'}"
    return done(job, told, "Issue assigned", assigneeAccountId=account)
