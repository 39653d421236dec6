"""Change fields of an issue."""

from actions.failures import ActionFailed
from actions.inputs import MISSING_INPUT, OBJECT, Input, Inputs
from actions.jira.base import ISSUE_KEY, JiraExecutor, issue_path, key_of, marks
from actions.jira.fields import fields_of
from actions.jira.issues import done
from actions.job import Job
from actions.outcome import Done
from core.lookup import Absent, get_own
from core.types import Item

# The run that changed an issue last; `create_issue` has a mark of its own.
UPDATED_BY = "port-action-update"


class UpdateIssue(JiraExecutor):
    """Change fields of an issue; what is not given stays.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-put
    """

    ACTION_NAME = "update_issue"
    INPUTS = (
        ISSUE_KEY,
        Input(name="summary", is_text=True),
        Input(name="description", is_text=True),
        Input(name="priority", is_text=True),
        Input(name="assigneeAccountId"),
        Input(name="fields", type=OBJECT),
    )
    PERMISSIONS = ("EDIT_ISSUES",)

    async def perform(self, job: Job) -> Done:
        """Send the fields, and with them the mark of the run."""
        body: Item = {
            "fields": changed(job.inputs),
            "properties": marks(job, UPDATED_BY),
        }
        await job.log(f"Updating {key_of(job.inputs)}", label="Updating issue")
        await job.send("PUT", issue_path(key_of(job.inputs)), body)
        return updated(job)

    async def look_up(self, job: Job) -> Done | None:
        """Look for the mark at the issue."""
        path = issue_path(key_of(job.inputs), "properties", UPDATED_BY)
        found = await get_own(job.api, path)
        if isinstance(found, Absent) or found.get("value") != {"run": job.id}:
            return None
        return updated(job)


def changed(inputs: Inputs) -> Item:
    """Return the fields to change; raise ActionFailed if there are none."""
    fields = fields_of(inputs)
    if not fields:
        raise ActionFailed("At least one field to change must be given", MISSING_INPUT)
    return fields


def updated(job: Job) -> Done:
    """Return the end of a run that changed fields."""
    names = sorted(changed(job.inputs))
    told = f"Updated {', '.join(names)} of {key_of(job.inputs)}"
    return done(job, told, "Issue updated", updatedFields=names)
