"""What the actions in Octopus Deploy have in common."""

import re
from abc import ABC
from collections.abc import Iterable
from urllib.parse import quote

from port_ocean.core.models import IntegrationRun

from actions.failures import MAY_PASS, NOTHING_CHANGED, UNKNOWN, ActionFailed
from actions.inputs import BOOLEAN, Input, Inputs
from actions.job import Job
from actions.octopus.progress import SUCCESS, TasksStarted
from actions.octopus.watch import Watch
from actions.outcome import Failed, Outcome, Started
from actions.product import ProductExecutor
from actions.service import Actions
from client import ApiClient
from core.errors import ApiError, Forbidden, NotFound, Refused
from core.types import Item
from core.values import child, text
from octopus.connection import sign_in
from octopus.resources.spaces import PORTAL
from octopus.settings import PRODUCT

SPACE = Input(name="space")
PROJECT = Input(name="project", required=True, is_subject=True)
WAIT = Input(name="waitForCompletion", type=BOOLEAN, default=True)
_IN_LINK = re.compile(r"#/(Spaces-[0-9]+)/tasks/(ServerTasks-[0-9]+)$")


class OctopusExecutor(ProductExecutor, ABC):
    """Carry out one action in Octopus Deploy."""

    PRODUCT = PRODUCT
    # The state that the tasks of a run should end in, and the label if they do.
    GOAL, LABEL = SUCCESS, "Succeeded"

    def __init__(self, actions: Actions, api: ApiClient | None, watch: Watch) -> None:
        """Take what waits for tasks, besides what all executors take."""
        super().__init__(actions, api)
        self._watch = watch

    async def sign_in(self, api: ApiClient) -> None:
        """Find out whether the credential is good."""
        await sign_in(api)

    def object_of(self, inputs: Inputs) -> str | None:
        """Return the project: what one run deploys changes what the next may deploy."""
        return f"{PRODUCT}:{inputs.text(PROJECT.name).casefold()}"

    def where(self, job: Job) -> str:
        """Return the page that was found, or else the portal's first."""
        return job.page or f"{job.api.site_url}{PORTAL}"

    async def explain(self, job: Job, error: ApiError) -> str:
        """Name the permissions that the account lacks, for a 404 doesn't."""
        if not isinstance(error, Forbidden | NotFound | Refused) or not job.scope:
            return ""
        lacking = await self._lacking(job)
        return f"The account lacks {' and '.join(lacking)}" if lacking else ""

    async def follow(self, run: IntegrationRun, started: Started) -> None:
        """Wait for the tasks that a run has started."""
        if isinstance(started, TasksStarted):
            self._watch.add(run, started)

    async def take_up(self, run: IntegrationRun, link: str) -> None:
        """Wait for the tasks of a run that another process has started.

        The run's link names its task, if it has one; several are looked up.
        """
        if named := _IN_LINK.search(link):
            space, task = named.groups()
            started = TasksStarted(
                message="",
                link=link,
                space=space,
                tasks=(task,),
                goal=self.GOAL,
                done=self.LABEL,
            )
            self._watch.take_up(run, started)
            return
        found, why = await self._started_by(run)
        if isinstance(found, TasksStarted):
            self._watch.take_up(run, found)
            return
        told = f"Outcome unknown: {why}; look here: {link}"
        gone = Failed(message=told, link=link, label=UNKNOWN)
        await self.actions.report(run, found or gone)

    async def _started_by(self, run: IntegrationRun) -> tuple[Outcome | None, str]:
        """Return what a run has started, or why that can't be found.

        Raises ApiError, and ActionFailed for what may pass.
        """
        try:
            found = await self.look_up(await self.job_of(run))
        except ActionFailed as error:
            if error.status_label in MAY_PASS:
                raise
            why = str(error).removesuffix(NOTHING_CHANGED).rstrip(". ")
            return None, f"what this run has started can't be looked up: {why}"
        return found, "what this run has started is no longer found"

    async def _lacking(self, job: Job) -> list[str]:
        """Return the permissions of this action that the account does not have.

        https://octopus.com/docs/api/user-permissions
        """
        me = (await job.api.get("api/users/me"))["Id"]
        path = in_space(job.scope, "users", me, "permissions")
        answer = await job.api.get(path, {"includeSystem": "true"})
        names = lacking_in(answer, self.PERMISSIONS)
        return [f"the permission {name}" for name in names]


def lacking_in(answer: Item, names: Iterable[str]) -> list[str]:
    """Return which permissions a user lacks in a space, as far as the answer says."""
    if answer.get("IsPermissionsComplete") is False:
        return []
    held = child(answer, "SpacePermissions")
    on_server = answer.get("SystemPermissions") or ()
    return [name for name in names if not held.get(name) and name not in on_server]


def in_space(space: str, *parts: str) -> str:
    """Return the path of something in a space."""
    return "/".join(["api", space, *(quote(part, safe="") for part in parts)])


def page_of(api: ApiClient, space: str, *parts: str) -> str:
    """Return a page of the portal, as Octopus' own command line links to it.

    https://github.com/OctopusDeploy/cli
    """
    escaped = (quote(part, safe="") for part in parts)
    return "/".join([f"{api.site_url}{PORTAL}", space, *escaped])


def name_of(item: Item) -> str:
    """Return an item's name as people see it."""
    return text(item.get("Name")) or text(item.get("Version")) or str(item.get("Id"))
