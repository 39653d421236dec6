"""Link two issues, in the direction that people read."""

from typing import NamedTuple

from actions.failures import NOTHING_CHANGED, ActionFailed
from actions.inputs import WRONG_INPUT, Input
from actions.jira.base import API, ISSUE_KEY, JiraExecutor, key_of, named
from actions.jira.issues import done, find_issue, read_issue
from actions.job import Job
from actions.outcome import Done
from core.types import Item

LINKED_KEY = "linkedIssueKey"
NO_SUCH_TYPE = "Unknown type"


class Wanted(NamedTuple):
    """A type of link by name, and the words that the first issue shows it with.

    `end` is the name under which the first issue has the other one.
    """

    type: str
    phrase: str
    end: str


class LinkIssues(JiraExecutor):
    """Link an issue to another one.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-links/#api-rest-api-3-issuelink-post
    """

    ACTION_NAME = "link_issues"
    INPUTS = (
        ISSUE_KEY,
        Input(name=LINKED_KEY, required=True, is_subject=True),
        Input(name="linkType", required=True, is_text=True),
    )
    PERMISSIONS = ("LINK_ISSUES",)

    async def perform(self, job: Job) -> Done:
        """Link the issues, unless they are linked so already."""
        second = key_of(job.inputs, LINKED_KEY)
        wanted = await _wanted(job)
        issue = await read_issue(job, "issuelinks")
        first, other = issue["key"], str(
            (await read_issue(job, "summary", second))["key"]
        )
        if first == other:
            raise ActionFailed(f"{first} can't be linked to itself", WRONG_INPUT)
        if _is_linked(issue, wanted, other):
            return linked(job, wanted, other, "Nothing changed")
        await job.log(f"{first} {wanted.phrase} {other}", label="Linking issues")
        await job.send("POST", f"{API}/issueLink", _body(wanted, first, other))
        return linked(job, wanted, other)

    async def look_up(self, job: Job) -> Done | None:
        """Look whether the first issue shows the link."""
        wanted = await _wanted(job)
        issue = await find_issue(job, "issuelinks")
        other = await find_issue(job, "summary", key_of(job.inputs, LINKED_KEY))
        if issue is None or other is None:
            return None
        key = str(other["key"])
        return linked(job, wanted, key) if _is_linked(issue, wanted, key) else None


async def _wanted(job: Job) -> Wanted:
    """Return the type of link by its name or by the words for one direction.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-link-types/
    """
    asked = job.inputs.text("linkType").casefold()
    types: list[Item] = (await job.api.get(f"{API}/issueLinkType"))["issueLinkTypes"]
    for type_ in types:
        if asked in (type_["outward"].casefold(), type_["name"].casefold()):
            return Wanted(type_["name"], type_["outward"], "outwardIssue")
        if asked == type_["inward"].casefold():
            return Wanted(type_["name"], type_["inward"], "inwardIssue")
    known = named([f"{t['outward']} / {t['inward']}" for t in types])
    told = f"Jira has no type of link {job.inputs.text('linkType')!r}: {known}"
    raise ActionFailed(f"{told}. {NOTHING_CHANGED}", NO_SUCH_TYPE)


def _body(wanted: Wanted, first: str, second: str) -> Item:
    """Return what creates a link.

    The issue that is sent as `inwardIssue` shows the outward words, as in
    https://github.com/atlassian/atlassian-mcp-server/issues/112
    """
    if wanted.end == "inwardIssue":
        first, second = second, first
    ends = {"inwardIssue": {"key": first}, "outwardIssue": {"key": second}}
    return {"type": {"name": wanted.type}, **ends}


def _is_linked(issue: Item, wanted: Wanted, other: str) -> bool:
    return any(
        link["type"]["name"] == wanted.type
        and (link.get(wanted.end) or {}).get("key") == other
        for link in issue["fields"].get("issuelinks") or []
    )


def linked(job: Job, wanted: Wanted, other: str, label: str = "Issues linked") -> Done:
    """Return the end of a run whose issues are linked."""
    told = f"{key_of(job.inputs)} {wanted.phrase} {other}"
    return done(job, told, label, linkedIssueKey=other, linkType=wanted.type)
