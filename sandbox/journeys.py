"""Tell, from the catalog alone, how some issues came to production."""

from collections.abc import Iterator
from datetime import datetime

from rich.table import Table

from sandbox.company import Item
from sandbox.servers import Stands

SHOWN = 3
PRODUCTION = "Production"


def journeys(stands: Stands) -> Table:
    """Return issues with their releases, how far they got, and how long it took."""
    table = Table(title="From idea to production", title_justify="left")
    for heading in ("issue", "status", "releases", "environments", "lead time"):
        table.add_column(heading)
    entities = stands.port.entities
    example = stands.company.example.issue_key
    keys = [example, *(key for key in entities["jiraIssue"] if key != example)]
    rows = (row for key in keys if (row := _journey(entities, key)))
    for row, _ in zip(rows, range(SHOWN), strict=False):
        table.add_row(*row)
    return table


def _journey(entities: dict[str, dict[str, Item]], key: str) -> list[str] | None:
    """Return one row, or None for an issue that is not in production."""
    issue = entities["jiraIssue"].get(key)
    deployed = list(_deployments(entities, key))
    environments = {d["environment"] for d in deployed}
    if issue is None or PRODUCTION not in environments:
        return None
    created = _time(issue["properties"]["created"])
    live = min(
        _time(d["completed"]) for d in deployed if d["environment"] == PRODUCTION
    )
    hours = (live - created).total_seconds() / 3600
    versions = sorted({d["release"] for d in deployed})
    return [
        f"{key} {issue['title']}",
        str(issue["properties"]["status"]),
        ", ".join(versions),
        ", ".join(sorted(environments)),
        f"{hours:,.0f} h",
    ]


def _deployments(
    entities: dict[str, dict[str, Item]], key: str
) -> Iterator[dict[str, str]]:
    """Yield the successful deployments of the releases that carry the issue."""
    for deployment in entities["octopusDeployment"].values():
        release = entities["octopusRelease"][deployment["relations"]["release"]]
        properties = deployment["properties"]
        carried = key in (release["relations"].get("issues") or [])
        if carried and properties["state"] == "Success" and properties["completed"]:
            environment = deployment["relations"]["environment"]
            yield {
                "release": release["title"],
                "environment": entities["octopusEnvironment"][environment]["title"],
                "completed": properties["completed"],
            }


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
