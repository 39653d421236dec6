"""Move an issue to a status, by the one transition that leads there."""

from actions.failures import NOTHING_CHANGED, ActionFailed
from actions.inputs import OBJECT, Input
from actions.jira.base import ISSUE_KEY, JiraExecutor, issue_path, key_of, named
from actions.jira.fields import check_required
from actions.jira.issues import done, find_issue, read_issue
from actions.job import Job
from actions.outcome import Done
from core.types import Item

NO_WAY, MANY_WAYS = "No transition", "Several transitions"


class ChangeIssueStatus(JiraExecutor):
    """Change the status of an issue.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-transitions-post
    """

    ACTION_NAME = "change_issue_status"
    INPUTS = (
        ISSUE_KEY,
        Input(name="status", required=True, is_text=True),
        Input(name="transition", is_text=True),
        Input(name="fields", type=OBJECT),
    )
    PERMISSIONS = ("TRANSITION_ISSUES",)

    async def perform(self, job: Job) -> Done:
        """Find the transition, check what its screen requires, and take it."""
        status = status_of(await read_issue(job, "status"))
        if is_wanted(job, status):
            told = f"{key_of(job.inputs)} is in {status} already"
            return done(job, told, "Nothing changed", status=status)
        transition = await self._transition(job, status)
        fields = job.inputs.object("fields")
        known = (transition.get("fields") or {}).items()
        check_required([{**field, "fieldId": id_} for id_, field in known], fields)
        body: Item = {"transition": {"id": transition["id"]}}
        body |= {"fields": fields} if fields else {}
        await job.log(f"{status} → {transition['to']['name']}", label="Changing status")
        await job.send("POST", issue_path(key_of(job.inputs), "transitions"), body)
        return changed(job, str(transition["to"]["name"]))

    async def look_up(self, job: Job) -> Done | None:
        """Look whether the issue is in the status."""
        issue = await find_issue(job, "status")
        status = status_of(issue) if issue else ""
        return changed(job, status) if is_wanted(job, status) else None

    async def _transition(self, job: Job, status: str) -> Item:
        """Return the transition to take; raise ActionFailed unless there is one."""
        path = issue_path(key_of(job.inputs), "transitions")
        reply = await job.api.get(path, {"expand": "transitions.fields"})
        ways: list[Item] = reply["transitions"]
        found = [way for way in ways if is_wanted(job, str(way["to"]["name"]))]
        if name := job.inputs.text("transition").casefold():
            names = ("name", "id")
            found = [w for w in found if name in [str(w[n]).casefold() for n in names]]
        if len(found) == 1:
            return found[0]
        raise await self._no_single_way(job, status, found or ways, bool(found))

    async def _no_single_way(
        self, job: Job, status: str, ways: list[Item], is_choice: bool
    ) -> ActionFailed:
        """Return the failure that names what can be chosen, or reached."""
        wanted = job.inputs.text("status")
        if is_choice:
            several = named([f"{way['name']} ({way['id']})" for way in ways])
            told = f"Several transitions lead to {wanted}, name one of them: {several}"
            return ActionFailed(f"{told}. {NOTHING_CHANGED}", MANY_WAYS)
        lacking = " and ".join(await self.lacking(job))
        why = f"This account lacks {lacking}. " if lacking else ""
        reachable = named([f"{way['to']['name']} (by {way['name']})" for way in ways])
        told = f"{key_of(job.inputs)} can't go from {status} to {wanted}"
        told += f", only to: {reachable}. {why}{NOTHING_CHANGED}"
        return ActionFailed(told, NO_WAY)


def status_of(issue: Item) -> str:
    """Return the name of an issue's status."""
    return str(issue["fields"]["status"]["name"])


def is_wanted(job: Job, status: str) -> bool:
    """Return whether a status is the one that was asked for."""
    return status.casefold() == job.inputs.text("status").casefold()


def changed(job: Job, status: str) -> Done:
    """Return the end of a run whose issue is in the status."""
    told = f"{key_of(job.inputs)} is in {status}"
    return done(job, told, "Status changed", status=status)
