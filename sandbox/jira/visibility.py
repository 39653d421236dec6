"""Items by their parent, and which of them the account may see."""

from collections.abc import Callable

from sandbox.company import Company, Item

# The collection of the parent, and how to find it.
PARENT_OF: dict[str, tuple[str, Callable[[Item], object]]] = {
    "issue": ("project", lambda item: item["fields"]["project"]["id"]),
    "version": ("project", lambda item: item["projectId"]),
    "component": ("project", lambda item: item["projectId"]),
    "worklog": ("issue", lambda item: item["issueId"]),
    "comment": ("issue", lambda item: item["issueId"]),
    "changelog": ("issue", lambda item: item["issueId"]),
}


def is_visible(company: Company, collection: str, item: Item) -> bool:
    """Tell whether the account may see an item: not what hidden projects have."""
    if collection == "project":
        return item["id"] not in company.hidden_projects
    if collection == "board":
        shown = company.board_projects.get(str(item["id"]), [])
        return not shown or not set(shown) <= company.hidden_projects
    if collection not in PARENT_OF:
        return True
    above, id_of = PARENT_OF[collection]
    parent = company.jira[above].get(str(id_of(item)))
    # What is in the trash only shows as a project.
    if parent is None or parent.get("deleted"):
        return False
    return is_visible(company, above, parent)


class Groups:
    """Find the children of a project or an issue without looking at all others."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._groups: dict[str, tuple[int, dict[str, list[Item]]]] = {}

    def of(self, collection: str, parent_id: str) -> list[Item]:
        """Return a parent's children, oldest first."""
        items = self._company.jira[collection]
        version, groups = self._groups.get(collection, (-1, {}))
        if version != items.version:
            groups = {}
            for item in items.values():
                parent = str(PARENT_OF[collection][1](item))
                groups.setdefault(parent, []).append(item)
            for own in groups.values():
                own.sort(key=lambda item: (item.get("created", ""), int(item["id"])))
            self._groups[collection] = (items.version, groups)
        return groups.get(parent_id, [])
