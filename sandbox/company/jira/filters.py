"""Saved filters: those of people, and those that boards are made of."""

from typing import Any

from sandbox.company.base import SITE, Draft, Item
from sandbox.company.jira.catalog import add

# Name, area of the owner, JQL.
FILTERS = (
    (
        "Open bugs",
        "web",
        "issuetype = Bug AND statusCategory != Done ORDER BY priority DESC",
    ),
    ("Changed this week", "payments", "updated >= -7d ORDER BY updated DESC"),
    ("Nobody's work", "platform", "assignee is EMPTY AND statusCategory != Done"),
)


def build_filters(draft: Draft) -> None:
    """Add filters that people saved."""
    for number, (name, area, jql) in enumerate(FILTERS):
        add_filter(
            draft,
            name,
            jql,
            draft.jira("user")[draft.areas[area][0]],
            description=f"{name} of all projects",
            favourite=number == 0,
            favouritedCount=number,
            sharePermissions=[{"id": 10_000 + number, "type": "authenticated"}],
        )


def add_filter(draft: Draft, name: str, jql: str, owner: Item, **more: Any) -> None:
    """Add a filter; without more, nobody else sees it."""
    id_ = str(draft.next("filter", 10_000))
    own: Item = {
        "name": name,
        "description": "",
        "owner": owner,
        "jql": jql,
        "viewUrl": f"{SITE}/issues/?filter={id_}",
        "searchUrl": f"{SITE}/rest/api/3/search/jql?jql={jql}",
        "favourite": False,
        "favouritedCount": 0,
        "sharePermissions": [],
        "editPermissions": [],
        "subscriptions": {"size": 0, "items": []},
    }
    add(draft, "filter", id_, **own | more)
