"""Create an issue, with every field that its type requires, once."""

import re

from actions.failures import ActionFailed
from actions.inputs import OBJECT, WRONG_INPUT, Input, Inputs
from actions.jira.base import (
    API,
    MARKER,
    JiraExecutor,
    is_marked,
    issue_path,
    issue_url,
    marks,
)
from actions.jira.fields import check_required, fields_of, find_type, read_fields
from actions.job import Job
from actions.outcome import Done
from core.lookup import Absent, get_own
from core.types import Item
from jira.jql import quote as quoted
from jira.resources.search import SEARCH

# So many of the newest issues are looked at, and so many keys after the newest.
NEWEST, KEYS_AHEAD, KEYS_MISSING = 50, 20, 3
_PROJECT = re.compile(r"[A-Za-z][A-Za-z0-9_]*|[0-9]+")


class CreateIssue(JiraExecutor):
    """Create an issue.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-post
    """

    ACTION_NAME = "create_issue"
    INPUTS = (
        Input(name="project", required=True, is_subject=True),
        Input(name="issueType", required=True, is_text=True),
        Input(name="summary", required=True, is_text=True),
        Input(name="description", is_text=True),
        Input(name="priority", is_text=True),
        Input(name="assigneeAccountId"),
        Input(name="fields", type=OBJECT),
    )
    PERMISSIONS = ("CREATE_ISSUES",)

    def object_of(self, inputs: Inputs) -> str | None:
        """Return nothing: new issues don't get in each other's way."""
        return None

    def context_of(self, inputs: Inputs) -> Item:
        """Return the project."""
        project = project_of(inputs)
        name = "projectId" if project.isdecimal() else "projectKey"
        return {name: project}

    def where(self, job: Job) -> str:
        """Return the list of the project's newest issues."""
        jql = f"project%20%3D%20{project_of(job.inputs)}%20ORDER%20BY%20created%20DESC"
        return f"{job.api.site_url}/issues/?jql={jql}"

    async def perform(self, job: Job) -> Done:
        """Check what the type requires, and create the issue with the run's mark."""
        project = project_of(job.inputs)
        type_ = await find_type(job.api, project, job.inputs.text("issueType"))
        fields = fields_of(job.inputs)
        check_required(await read_fields(job.api, project, type_["id"]), fields)
        named = {"id" if project.isdecimal() else "key": project}
        own = {"project": named, "issuetype": {"id": type_["id"]}}
        await job.log(f"Creating an issue in {project}", label="Creating issue")
        body = {"fields": {**fields, **own}, "properties": marks(job)}
        created = await job.send("POST", f"{API}/issue", body)
        return done(job, created)

    async def look_up(self, job: Job) -> Done | None:
        """Look for the mark among the newest issues, and at the keys after them.

        Searches lag behind; an issue that is asked for by its key is always there.
        """
        project = project_of(job.inputs)
        body: Item = {
            "jql": f"project = {quoted(project)} ORDER BY key DESC",
            "fields": ["summary"],
            "properties": [MARKER],
            "maxResults": NEWEST,
        }
        newest = (await job.api.read(SEARCH, body))["issues"]
        for issue in newest:
            if is_marked(issue.get("properties"), job):
                return done(job, issue)
        if newest:
            project, _, number = str(newest[0]["key"]).rpartition("-")
            return await self._look_ahead(job, project, int(number))
        return await self._look_ahead(job, project, 0)

    async def _look_ahead(self, job: Job, project: str, last: int) -> Done | None:
        missing = 0
        for number in range(last + 1, last + 1 + KEYS_AHEAD):
            path = issue_path(f"{project}-{number}")
            params = {"fields": "summary", "properties": MARKER}
            issue = await get_own(job.api, path, params)
            if isinstance(issue, Absent):
                missing += 1
                if missing == KEYS_MISSING:
                    return None
            elif is_marked(issue.get("properties"), job):
                return done(job, issue)
        return None


def project_of(inputs: Inputs) -> str:
    """Return the key or the id of the project; raise ActionFailed for anything else.

    The catalog knows projects by their ids.
    """
    key = inputs.text("project").upper()
    if not _PROJECT.fullmatch(key):
        told = f"project must be a key like SHOP, not {inputs.text('project')!r}"
        raise ActionFailed(told, WRONG_INPUT)
    return key


def done(job: Job, issue: Item) -> Done:
    """Return the end of a run whose issue is known."""
    key = str(issue["key"])
    url = issue_url(job.api, key)
    return Done(
        message=f"Created issue {key}: {url}",
        link=url,
        label="Issue created",
        output={"issueKey": key, "issueId": str(issue["id"]), "issueUrl": url},
    )
