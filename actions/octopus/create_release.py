"""Create a release; Octopus chooses its version and packages unless they are given."""

from actions.failures import NOTHING_CHANGED, REFUSED, ActionFailed
from actions.inputs import ARRAY, BOOLEAN, WRONG_INPUT, Input
from actions.job import Job
from actions.octopus.base import (
    PROJECT,
    SPACE,
    OctopusExecutor,
    in_space,
    name_of,
    page_of,
)
from actions.octopus.find import find_project, matching
from actions.outcome import Done
from core.types import Item
from octopus.paging import PAGE

VERSION, GIT_REF = Input(name="version"), Input(name="gitRef", is_text=True)
IF_NEW = Input(name="ignoreIfExists", type=BOOLEAN, default=False)
# The names of the optional inputs, as the request has them.
FIELDS = {
    "version": "ReleaseVersion",
    "channel": "ChannelName",
    "packageVersion": "PackageVersion",
    "gitRef": "GitRef",
    "gitCommit": "GitCommit",
    "releaseNotes": "ReleaseNotes",
}


class CreateRelease(OctopusExecutor):
    """Create a release.

    https://octopus.com/docs/api/releases (releases/create/v1)
    """

    ACTION_NAME = "create_release"
    INPUTS = (
        PROJECT,
        VERSION,
        Input(name="channel"),
        Input(name="packageVersion"),
        Input(name="packages", type=ARRAY, is_text=True),
        GIT_REF,
        Input(name="gitCommit"),
        Input(name="releaseNotes", is_text=True),
        IF_NEW,
        SPACE,
    )
    PERMISSIONS = ("ReleaseCreate",)

    async def perform(self, job: Job) -> Done:
        """Create the release, unless there is one of this version."""
        project = await find_project(job)
        job.page = _page(job, project)
        _check_git(job, project)
        if found := await _existing(job, project):
            if not job.inputs.flag(IF_NEW.name):
                told = f"Release {found['Version']} exists already"
                page = _page(job, project, found)
                raise ActionFailed(f"{told}: {page}. {NOTHING_CHANGED}", REFUSED)
            return _done(job, project, found, "Exists already")
        path = in_space(job.scope, "releases", "create", "v1")
        created = await job.send("POST", path, _body(job, project))
        release = {"Id": created["ReleaseId"], "Version": created["ReleaseVersion"]}
        return _done(job, project, release, "Release created")

    async def look_up(self, job: Job) -> Done | None:
        """Look for the version; without one, nothing tells a release from another's."""
        project = await find_project(job)
        job.page = _page(job, project)
        found = await _existing(job, project)
        return _done(job, project, found, "Release created") if found else None


def _body(job: Job, project: Item) -> Item:
    given = {FIELDS[k]: job.inputs.text(k) for k in FIELDS if k in job.inputs}
    return {
        "SpaceId": job.scope,
        "SpaceIdOrName": job.scope,
        "ProjectName": name_of(project),
        **given,
        "Packages": job.inputs.texts("packages"),
    }


def _check_git(job: Job, project: Item) -> None:
    """Raise ActionFailed if a Git reference is missing, or makes no sense."""
    in_git, has_ref = project.get("IsVersionControlled"), GIT_REF.name in job.inputs
    if in_git is True and not has_ref:
        told = f"{name_of(project)} is kept in Git: give gitRef, such as main"
    elif in_git is False and has_ref:
        told = f"{name_of(project)} is not kept in Git: leave gitRef out"
    else:
        return
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", WRONG_INPUT)


async def _existing(job: Job, project: Item) -> Item | None:
    """Return the release of the version that is given, if there is one."""
    version = job.inputs.text(VERSION.name)
    if not version:
        return None
    path = in_space(job.scope, "projects", project["Id"], "releases")
    async for page in job.api.pages(path, PAGE, {"searchByVersion": version}):
        if found := matching(page, version):
            return found[0]
    return None


def _page(job: Job, project: Item, release: Item | None = None) -> str:
    """Return the page of a release, or of a project's releases."""
    slug = str(project.get("Slug") or project["Id"])
    parts = ["projects", slug, "deployments", "releases"]
    own = [str(release["Version"])] if release else []
    return page_of(job.api, job.scope, *parts, *own)


def _done(job: Job, project: Item, release: Item, label: str) -> Done:
    url = _page(job, project, release)
    version = str(release["Version"])
    return Done(
        message=f"{label}: {name_of(project)} {version}. {url}",
        link=url,
        label=label,
        output={"releaseId": str(release["Id"]), "version": version, "url": url},
    )
