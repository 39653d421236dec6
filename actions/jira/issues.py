"""Issues that are there: read before they are changed."""

from actions.failures import NOT_FOUND, NOTHING_CHANGED, ActionFailed
from actions.inputs import WRONG_INPUT, Inputs
from actions.jira.base import issue_path, issue_url, key_of
from actions.job import Job
from actions.outcome import Done
from core.lookup import Absent, get_own
from core.types import Item


async def find_issue(job: Job, fields: str, key: str = "") -> Item | None:
    """Return an issue with some fields, None if it is gone or can't be seen.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/#api-rest-api-3-issue-issueidorkey-get
    """
    path = issue_path(key or key_of(job.inputs))
    found = await get_own(job.api, path, {"fields": fields})
    return None if isinstance(found, Absent) else found


async def read_issue(job: Job, fields: str, key: str = "") -> Item:
    """Return an issue with some fields; raise ActionFailed if there is none."""
    issue = await find_issue(job, fields, key)
    if issue is None:
        name = key or key_of(job.inputs)
        told = f"{name} does not exist, or this account may not see it"
        raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NOT_FOUND)
    return issue


def account_of(inputs: Inputs, name: str = "assigneeAccountId") -> str:
    """Return an account id; raise ActionFailed for an e-mail address.

    https://developer.atlassian.com/cloud/jira/platform/deprecation-notice-user-privacy-api-migration-guide/
    """
    account = inputs.text(name)
    if "@" in account:
        raise ActionFailed(
            f"{name} must be an account id, for Jira hides e-mail addresses:"
            " the identifier of the person's jiraUser in the catalog is one",
            WRONG_INPUT,
        )
    return account


def done(job: Job, message: str, label: str, **output: object) -> Done:
    """Return the end of a run that changed an issue."""
    key = key_of(job.inputs)
    url = issue_url(job.api, key)
    return Done(
        message=f"{message}: {url}",
        link=url,
        label=label,
        output={"issueKey": key, **output, "issueUrl": url},
    )
