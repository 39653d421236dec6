"""Tell, from what the catalog computes, how some issues came to production."""

from itertools import islice

from rich.table import Table

from sandbox.company import Item
from sandbox.port import PortSandbox
from sandbox.servers import Stands

SHOWN = 3


def journeys(stands: Stands) -> Table:
    """Return issues with their releases, how far they got, and how long it took."""
    headings = ("issue", "status", "releases", "environments", "lead time")
    table = Table(*headings, title="From idea to production", title_justify="left")
    example = stands.company.example.issue_key
    issues = stands.port.entities["jiraIssue"]
    # The order in which they came would differ from run to run.
    keys = [example, *sorted(issues.keys() - {example})]
    rows = (row for key in keys if (row := journey(stands.port, key)))
    for row in islice(rows, SHOWN):
        table.add_row(*row)
    return table


def journey(port: PortSandbox, key: str) -> list[str] | None:
    """Return one row, or None for an issue that is not in production with a release."""
    issue = port.store.calculator.shown(port.entities["jiraIssue"][key])
    properties = issue["properties"]
    if not properties.get("firstInProductionAt"):
        return None
    releases = [e for e in port.entities["octopusRelease"].values() if _has(e, key)]
    reached = (
        e["properties"]["environmentName"]
        for e in port.entities["octopusDeployment"].values()
        if _has(e, key) and e["properties"]["state"] == "Success"
    )
    return [
        f"{key} {issue['title']}",
        f"{properties['status']}, {properties['deliveryState']}",
        ", ".join(sorted(release["title"] for release in releases)),
        ", ".join(sorted(set(reached))),
        f"{properties['leadTimeHours']:,.1f} h",
    ]


def _has(entity: Item, key: str) -> bool:
    """Tell whether a release or deployment has the issue."""
    return key in (entity["relations"].get("issues") or [])
