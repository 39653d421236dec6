"""What the account may see: not what belongs to hidden or deleted projects."""

from collections.abc import Callable

from sandbox.company import Company, Item
from sandbox.company.jira import catalog

# How to find the project of an item; what has no project is everybody's.
PROJECT_OF: dict[str, Callable[[Item], str]] = {
    "project": lambda item: str(item["id"]),
    "issue": lambda item: str(item["fields"]["project"]["id"]),
    "version": lambda item: str(item["projectId"]),
    "component": lambda item: str(item["projectId"]),
}
OF_AN_ISSUE = ("worklog", "comment", "changelog")
# The fields of Jira Service Management, which not every site has.
SERVICE_FIELDS = (
    catalog.REQUEST_TYPE,
    catalog.TIME_TO_RESOLUTION,
    catalog.TIME_TO_FIRST_RESPONSE,
)


def is_visible(company: Company, collection: str, item: Item) -> bool:
    """Tell whether the account may see an item of a collection."""
    hidden = company.hidden_projects
    if collection in OF_AN_ISSUE:
        issue = company.jira["issue"].get(item["issueId"])
        return issue is not None and is_visible(company, "issue", issue)
    if collection == "board":
        shown = company.board_projects.get(str(item["id"]), [])
        return not shown or not set(shown) <= hidden
    project_of = PROJECT_OF.get(collection)
    if project_of is None:
        return True
    project = company.jira["project"].get(project_of(item))
    # What is in the trash only shows as a project.
    if project is None or (project.get("deleted") and collection != "project"):
        return False
    return project["id"] not in hidden
