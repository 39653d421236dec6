"""How one issue is shown: the fields that were asked for, and what was expanded."""

from typing import Any

from sandbox.company import Company, Item
from sandbox.jira.groups import Groups

# Jira shows so many worklogs and comments, and changes, within an issue.
EMBEDDED, EMBEDDED_CHANGES = 20, 40
NOT_NAVIGABLE = ("comment", "worklog", "description", "attachment")


class IssueView:
    """Show issues of a company."""

    def __init__(self, company: Company, groups: Groups) -> None:
        self._company = company
        self._groups = groups

    def show(self, issue: Item, fields: list[str], expand: list[str]) -> Item:
        """Return an issue with the wanted fields; without any, with `fields` absent."""
        shown = {key: issue[key] for key in ("expand", "id", "self", "key")}
        picked = self.pick(issue, fields)
        if picked is not None:
            shown["fields"] = picked
        if "changelog" in expand:
            shown["changelog"] = self._embedded_changes(issue)
        if "renderedFields" in expand:
            shown["renderedFields"] = {
                name: "<p></p>" if name == "description" else None
                for name in picked or {}
            }
        return shown

    def names_and_schema(self, expand: list[str]) -> Item:
        """Return what Jira adds once to a reply with issues."""
        fields = list(self._company.jira["field"].values())
        added: Item = {}
        if "names" in expand:
            added["names"] = {field["id"]: field["name"] for field in fields}
        if "schema" in expand:
            added["schema"] = {field["id"]: field["schema"] for field in fields}
        return added

    def pick(self, issue: Item, wanted: list[str]) -> Item | None:
        """Return the wanted fields: names, `*all`, `*navigable`, `-name` for not."""
        names = [name for name in wanted if name not in ("id", "key")]
        if not names:
            return None
        without = {name[1:] for name in names if name.startswith("-")}
        only_without = len(without) == len(names)
        everything = "*all" in names or only_without
        fields: Item = {}
        if everything or "*navigable" in names:
            fields = {**self._filler(issue), **issue["fields"]}
            if not everything:
                fields = {k: v for k, v in fields.items() if k not in NOT_NAVIGABLE}
        else:
            own, filler = issue["fields"], self._filler(issue)
            fields = {
                n: own[n] if n in own else filler[n]
                for n in names
                if n in own or n in filler
            }
        if everything or "worklog" in names:
            fields["worklog"] = self._embedded(issue, "worklog", "worklogs")
        if everything or "comment" in names:
            fields["comment"] = self._embedded(issue, "comment", "comments")
        return {name: value for name, value in fields.items() if name not in without}

    def _filler(self, issue: Item) -> Item:
        fillers = self._company.fillers
        return fillers[int(issue["id"]) % len(fillers)] if fillers else {}

    def _embedded(self, issue: Item, collection: str, key: str) -> Item:
        rows = self._groups.of(collection, issue["id"])
        return {
            "startAt": 0,
            "maxResults": EMBEDDED,
            "total": len(rows),
            key: [without_issue(row, collection) for row in rows[:EMBEDDED]],
        }

    def _embedded_changes(self, issue: Item) -> Item:
        rows = self._groups.of("changelog", issue["id"])[::-1]
        return {
            "startAt": 0,
            "maxResults": EMBEDDED_CHANGES,
            "total": len(rows),
            "histories": [
                without_issue(row, "changelog") for row in rows[:EMBEDDED_CHANGES]
            ],
        }


def without_issue(item: Item, collection: str) -> Item:
    """Return a child as Jira shows it: only worklogs tell their issue."""
    if collection == "worklog":
        return item
    return {key: value for key, value in item.items() if key != "issueId"}


def as_list(value: Any) -> list[str]:
    """Return a list that may have come as text with commas."""
    if value is None:
        return []
    parts = value.split(",") if isinstance(value, str) else value
    return [str(part).strip() for part in parts if str(part).strip()]
