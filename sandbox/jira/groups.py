"""Items by their parent, worked out once for each state of a collection."""

from collections.abc import Callable

from sandbox.company import Company, Item

# How to find the parent: the project of some, the issue of others.
PARENT_OF: dict[str, Callable[[Item], str]] = {
    "issue": lambda item: str(item["fields"]["project"]["id"]),
    "version": lambda item: str(item["projectId"]),
    "component": lambda item: str(item["projectId"]),
    "worklog": lambda item: str(item["issueId"]),
    "comment": lambda item: str(item["issueId"]),
    "changelog": lambda item: str(item["issueId"]),
}


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
                groups.setdefault(PARENT_OF[collection](item), []).append(item)
            for own in groups.values():
                own.sort(key=lambda item: (item.get("created", ""), int(item["id"])))
            self._groups[collection] = (items.version, groups)
        return groups.get(parent_id, [])
