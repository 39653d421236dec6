"""What the actions in Jira have in common."""

import re
from abc import ABC
from collections.abc import Sequence
from urllib.parse import quote

from actions.failures import ActionFailed
from actions.inputs import WRONG_INPUT, Input, Inputs
from actions.job import Job
from actions.product import ProductExecutor
from client import ApiClient
from core.errors import ApiError, Forbidden, NotFound, Refused
from core.types import Item
from jira.connection import SCOPE_MISSING, sign_in
from jira.scopes import WRITE
from jira.settings import PRODUCT

API = "rest/api/3"
# What a run creates carries the run under this key. Nobody sees it in Jira.
# https://developer.atlassian.com/cloud/jira/platform/jira-entity-properties/
MARKER = "port-action-run"
# An issue as people and the catalog name it; Jira also takes its number.
ISSUE_KEY = Input(name="issueKey", required=True, is_subject=True)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*-[0-9]+|[0-9]+")


class JiraExecutor(ProductExecutor, ABC):
    """Carry out one action in Jira."""

    PRODUCT = PRODUCT

    async def sign_in(self, api: ApiClient) -> None:
        """Find out where the credential is good."""
        await sign_in(api)

    def object_of(self, inputs: Inputs) -> str | None:
        """Return the issue: Jira limits the writes to one, and refuses parallel."""
        return f"{PRODUCT}:{key_of(inputs)}"

    def where(self, job: Job) -> str:
        """Return the page of the issue."""
        return issue_url(job.api, key_of(job.inputs))

    async def explain(self, job: Job, error: ApiError) -> str:
        """Name the permissions that the account lacks, for Jira often doesn't."""
        if not isinstance(error, Forbidden | NotFound | Refused):
            return ""
        if SCOPE_MISSING in error.words:
            return f"Changes need the scope {', '.join(WRITE)}"
        lacking = await self.lacking(job)
        return f"The account lacks {' and '.join(lacking)}" if lacking else ""

    def context_of(self, inputs: Inputs) -> Item:
        """Return the query that says where the permissions are asked for."""
        return {"issueKey": key_of(inputs)}

    async def lacking(self, job: Job) -> list[str]:
        """Return the permissions of this action that the account does not have.

        https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-permissions/
        """
        params = {
            "permissions": ",".join(self.PERMISSIONS),
            **self.context_of(job.inputs),
        }
        found = (await job.api.get(f"{API}/mypermissions", params))["permissions"]
        return [
            f'the permission "{found[name]["name"]}" ({name})'
            for name in self.PERMISSIONS
            if name in found and found[name]["havePermission"] is not True
        ]


def key_of(inputs: Inputs, name: str = ISSUE_KEY.name) -> str:
    """Return the key of an issue; raise ActionFailed for anything else."""
    key = inputs.text(name).upper()
    if not _KEY.fullmatch(key):
        told = f"{name} must be like SHOP-42, not {inputs.text(name)!r}"
        raise ActionFailed(told, WRONG_INPUT)
    return key


def issue_path(key: str, *parts: str) -> str:
    """Return the path of an issue, or below it."""
    return "/".join([f"{API}/issue", quote(key, safe=""), *parts])


def issue_url(api: ApiClient, key: str) -> str:
    """Return the page of an issue."""
    return f"{api.site_url}/browse/{quote(key, safe='')}"


def marks(job: Job, key: str = MARKER) -> list[Item]:
    """Return the properties that mark what a run creates or changes."""
    return [{"key": key, "value": {"run": job.id}}]


def is_marked(properties: object, job: Job) -> bool:
    """Return whether something carries the mark of this run."""
    own = properties.get(MARKER) if isinstance(properties, dict) else None
    return isinstance(own, dict) and own.get("run") == job.id


def named(names: Sequence[str]) -> str:
    """Return names as people list them."""
    return ", ".join(names) or "none"
