"""What people do in Jira, one action a file."""

from actions.executor import Executor
from actions.jira.add_comment import AddComment
from actions.jira.assign_issue import AssignIssue
from actions.jira.base import JiraExecutor
from actions.jira.change_issue_status import ChangeIssueStatus
from actions.jira.create_issue import CreateIssue
from actions.jira.delete_issue import DeleteIssue
from actions.jira.link_issues import LinkIssues
from actions.jira.release_version import ReleaseVersion
from actions.jira.update_issue import UpdateIssue
from actions.service import Actions
from client import ApiClient

EXECUTORS: tuple[type[JiraExecutor], ...] = (
    CreateIssue,
    UpdateIssue,
    ChangeIssueStatus,
    AddComment,
    DeleteIssue,
    AssignIssue,
    LinkIssues,
    ReleaseVersion,
)


def jira_executors(actions: Actions, api: ApiClient | None) -> list[Executor]:
    """Return one executor for each action."""
    return [executor(actions, api) for executor in EXECUTORS]
