"""What the company plans."""

from sandbox.company.base import Draft
from sandbox.company.jira.agile import build_boards, build_sprints
from sandbox.company.jira.catalog import build_catalog
from sandbox.company.jira.filters import build_filters
from sandbox.company.jira.history import build_history
from sandbox.company.jira.issues import build_issues
from sandbox.company.jira.people import build_people
from sandbox.company.jira.projects import build_projects
from sandbox.company.jira.service import build_service_desk


def build_jira(draft: Draft) -> None:
    """Fill the company's Jira; each step uses what the ones before it made."""
    build_catalog(draft)
    build_people(draft)
    build_projects(draft)
    build_filters(draft)
    build_boards(draft)
    build_sprints(draft)
    build_issues(draft)
    build_history(draft)
    build_service_desk(draft)
