"""Delete an issue, if the installation allows that."""

from actions.inputs import BOOLEAN, Input
from actions.jira.base import ISSUE_KEY, JiraExecutor, issue_path, key_of
from actions.jira.issues import find_issue, read_issue
from actions.job import Job
from actions.outcome import Done


class DeleteIssue(JiraExecutor):
    """Delete an issue, and its sub-tasks only if that is asked for.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-delete
    """

    ACTION_NAME = "delete_issue"
    INPUTS = (ISSUE_KEY, Input(name="deleteSubtasks", type=BOOLEAN, default=False))
    PERMISSIONS = ("DELETE_ISSUES",)
    SETTING = "allowIssueDeletion"

    async def perform(self, job: Job) -> Done:
        """Delete the issue; one that isn't there is a mistake, and fails."""
        key = key_of(job.inputs)
        await read_issue(job, "summary")
        subtasks = "true" if job.inputs.flag("deleteSubtasks") else "false"
        await job.log(f"Deleting {key}", label="Deleting issue")
        await job.send("DELETE", f"{issue_path(key)}?deleteSubtasks={subtasks}")
        return deleted(key)

    async def look_up(self, job: Job) -> Done | None:
        """Look whether the issue is gone, whoever may have deleted it."""
        if await find_issue(job, "summary"):
            return None
        key = key_of(job.inputs)
        return deleted(key, f"{key} is gone. No reply says that this run deleted it")


def deleted(key: str, message: str = "") -> Done:
    """Return the end of a run whose issue is gone."""
    return Done(
        message=message or f"Deleted {key}",
        label="Issue deleted",
        output={"issueKey": key},
    )
