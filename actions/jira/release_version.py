"""Release a version of a project."""

import re
from datetime import UTC, datetime
from urllib.parse import quote

from actions.failures import NOT_FOUND, NOTHING_CHANGED, ActionFailed
from actions.inputs import WRONG_INPUT, Input, Inputs
from actions.jira.base import API, JiraExecutor, named
from actions.jira.create_issue import project_of
from actions.jira.fields import read_all
from actions.job import Job
from actions.outcome import Done
from core.lookup import Absent, get_own
from core.types import Item
from jira.settings import PRODUCT

UNFIXED_TO = "moveUnfixedIssuesTo"


class ReleaseVersion(JiraExecutor):
    """Release a version, the release that people see in Jira.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/#api-rest-api-3-version-id-put
    """

    ACTION_NAME = "release_version"
    INPUTS = (
        Input(name="version", required=True, is_subject=True),
        Input(name="project"),
        Input(name="releaseDate"),
        Input(name=UNFIXED_TO),
    )
    PERMISSIONS = ("ADMINISTER_PROJECTS",)

    def object_of(self, inputs: Inputs) -> str | None:
        """Return the version."""
        return f"{PRODUCT}:version:{inputs.text('project')}:{inputs.text('version')}"

    def context_of(self, inputs: Inputs) -> Item:
        """Return the project, if it is given."""
        if "project" not in inputs:
            return {}
        project = project_of(inputs)
        return {"projectId" if project.isdecimal() else "projectKey": project}

    def where(self, job: Job) -> str:
        """Return the page of the versions, or where projects are found."""
        if "project" not in job.inputs:
            return f"{job.api.site_url}/projects"
        return f"{job.api.site_url}/projects/{project_of(job.inputs)}/versions"

    async def perform(self, job: Job) -> Done:
        """Release the version, unless it is released already."""
        date = date_of(job.inputs)
        version = await self._version(job, job.inputs.text("version"))
        if version["released"]:
            return released(job, version, "Nothing changed")
        body: Item = {"released": True, "releaseDate": date}
        if UNFIXED_TO in job.inputs:
            other = await self._version(job, job.inputs.text(UNFIXED_TO))
            body[UNFIXED_TO] = other["self"]
        await job.log(f"Releasing {version['name']}", label="Releasing version")
        path = f"{API}/version/{quote(str(version['id']), safe='')}"
        return released(job, await job.send("PUT", path, body) or version)

    async def look_up(self, job: Job) -> Done | None:
        """Look whether the version is released."""
        version = await self._version(job, job.inputs.text("version"))
        return released(job, version) if version["released"] else None

    async def _version(self, job: Job, name: str) -> Item:
        """Return a version by its id, or by its name in the project."""
        if "project" not in job.inputs:
            return await _by_id(job, name)
        project = project_of(job.inputs)
        path = f"{API}/project/{quote(project, safe='')}/version"
        versions = await read_all(job.api, path, "values")
        for version in versions:
            if name in (str(version["id"]), version["name"]):
                return version
        open_ones = [str(v["name"]) for v in versions if not v["released"]]
        told = f"{project} has no version {name!r}. Not released: {named(open_ones)}"
        raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_FOUND)


async def _by_id(job: Job, id_: str) -> Item:
    if not id_.isdecimal():
        told = f"version {id_!r} is not an id, so its project must be given"
        raise ActionFailed(told, WRONG_INPUT)
    found = await get_own(job.api, f"{API}/version/{id_}")
    if isinstance(found, Absent):
        told = f"There is no version {id_}, or this account may not see it"
        raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_FOUND)
    return found


def date_of(inputs: Inputs) -> str:
    """Return the date of the release, today's if none is given."""
    given = inputs.text("releaseDate")[:10]
    if not given:
        return datetime.now(UTC).date().isoformat()
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", given):
        raise ActionFailed("releaseDate must be like 2026-11-29", WRONG_INPUT)
    return given


def released(job: Job, version: Item, label: str = "Version released") -> Done:
    """Return the end of a run whose version is released."""
    url = f"{job.api.site_url}/projects/{version['projectId']}/versions/{version['id']}"
    return Done(
        message=f"Version {version['name']} is released: {url}",
        link=url,
        label=label,
        output={
            "versionId": str(version["id"]),
            "versionName": version["name"],
            "versionUrl": url,
        },
    )
