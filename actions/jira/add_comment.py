"""Comment on an issue, once."""

from actions.inputs import BOOLEAN, Input
from actions.jira.base import (
    API,
    ISSUE_KEY,
    MARKER,
    JiraExecutor,
    issue_path,
    issue_url,
    key_of,
    marks,
)
from actions.jira.document import to_document
from actions.job import Job
from actions.outcome import Done
from core.lookup import Absent, get_own
from core.types import Item

# So many of the newest comments are looked at for a lost one.
NEWEST = 20
# What Jira Service Management hides from customers:
# https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comment-properties/
INTERNAL: Item = {"key": "sd.public.comment", "value": {"internal": True}}


class AddComment(JiraExecutor):
    """Comment on an issue.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/#api-rest-api-3-issue-issueidorkey-comment-post
    """

    ACTION_NAME = "add_comment"
    INPUTS = (
        ISSUE_KEY,
        Input(name="comment", required=True, is_text=True),
        Input(name="internal", type=BOOLEAN, default=False),
    )
    PERMISSIONS = ("ADD_COMMENTS",)

    async def perform(self, job: Job) -> Done:
        """Send the comment with the mark of the run."""
        hidden = [INTERNAL] if job.inputs.flag("internal") else []
        body: Item = {
            "body": to_document(job.inputs.text("comment"), "comment"),
            "properties": [*marks(job), *hidden],
        }
        await job.log(f"Commenting on {key_of(job.inputs)}", label="Adding comment")
        comment = await job.send("POST", _comments(job), body)
        return commented(job, comment)

    async def look_up(self, job: Job) -> Done | None:
        """Look for the mark at the newest comments, which Jira shows one by one."""
        params = {"orderBy": "-created", "maxResults": NEWEST}
        for comment in (await job.api.get(_comments(job), params))["comments"]:
            path = f"{API}/comment/{int(comment['id'])}/properties/{MARKER}"
            found = await get_own(job.api, path)
            if not isinstance(found, Absent) and found.get("value") == {"run": job.id}:
                return commented(job, comment)
        return None


def _comments(job: Job) -> str:
    return issue_path(key_of(job.inputs), "comment")


def commented(job: Job, comment: Item) -> Done:
    """Return the end of a run whose comment is known."""
    key, id_ = key_of(job.inputs), str(comment["id"])
    url = f"{issue_url(job.api, key)}?focusedCommentId={id_}"
    return Done(
        message=f"Commented on {key}: {url}",
        link=url,
        label="Comment added",
        output={"issueKey": key, "commentId": id_, "issueUrl": url},
    )
