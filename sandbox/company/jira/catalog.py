"""Issue types, statuses, priorities, resolutions, link types and fields of the site."""

from typing import Any

from sandbox.company.base import SITE, Draft, Item

# Ids differ on every site, so these are not the ones that examples on the web show.
STORY_POINTS = "customfield_10216"
OTHER_STORY_POINTS = "customfield_10031"
POINT_ESTIMATE = "customfield_10217"
SPRINT = "customfield_10115"
EPIC_LINK = "customfield_10114"
RANK = "customfield_10119"
TEAM = "customfield_10101"
REQUEST_TYPE = "customfield_10310"
TIME_TO_RESOLUTION = "customfield_10341"
TIME_TO_FIRST_RESPONSE = "customfield_10342"

# Id, name, level in the hierarchy.
TYPES = (
    ("10000", "Epic", 1),
    ("10001", "Story", 0),
    ("10002", "Task", 0),
    ("10003", "Sub-task", -1),
    ("10004", "Bug", 0),
    # The team-managed project has types of its own with the same names.
    ("10100", "Epic", 1),
    ("10101", "Story", 0),
    ("10102", "Task", 0),
    ("10104", "Bug", 0),
    ("10201", "Service Request", 0),
    ("10202", "Incident", 0),
)
CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
STATUSES = (
    ("10011", "To Do", "new"),
    ("10012", "In Progress", "indeterminate"),
    ("10013", "In Review", "indeterminate"),
    ("10014", "Done", "done"),
    ("10015", "Won't Do", "done"),
    ("10021", "Waiting for support", "indeterminate"),
    ("10022", "Waiting for customer", "indeterminate"),
    ("10023", "Resolved", "done"),
)
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
RESOLUTIONS = (("10000", "Done"), ("10001", "Won't Do"))
LINK_TYPES = (
    ("10200", "Blocks", "is blocked by", "blocks"),
    ("10201", "Cloners", "is cloned by", "clones"),
    ("10202", "Duplicate", "is duplicated by", "duplicates"),
    ("10203", "Relates", "relates to", "relates to"),
)
SYSTEM_FIELDS = (
    ("summary", "Summary", "string"),
    ("description", "Description", "string"),
    ("issuetype", "Issue Type", "issuetype"),
    ("project", "Project", "project"),
    ("status", "Status", "status"),
    ("priority", "Priority", "priority"),
    ("assignee", "Assignee", "user"),
    ("reporter", "Reporter", "user"),
    ("labels", "Labels", "array"),
    ("components", "Components", "array"),
    ("fixVersions", "Fix versions", "array"),
    ("created", "Created", "datetime"),
    ("updated", "Updated", "datetime"),
    ("resolution", "Resolution", "resolution"),
    ("resolutiondate", "Resolved", "datetime"),
    ("duedate", "Due date", "date"),
    ("issuelinks", "Linked Issues", "array"),
    ("parent", "Parent", "parent"),
    ("worklog", "Log Work", "array"),
    ("comment", "Comment", "comments-page"),
)
_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes"
_AGILE = "com.pyxis.greenhopper.jira"
_SERVICE = "com.atlassian.servicedesk"
_SLA = ("sd-servicelevelagreement", f"{_SERVICE}:sd-sla-field")
CUSTOM_FIELDS = (
    (STORY_POINTS, "Story Points", "number", f"{_TYPES}:float"),
    (OTHER_STORY_POINTS, "Story Points", "number", f"{_TYPES}:float"),
    (POINT_ESTIMATE, "Story point estimate", "number", f"{_AGILE}:jsw-story-points"),
    (SPRINT, "Sprint", "array", f"{_AGILE}:gh-sprint"),
    (EPIC_LINK, "Epic Link", "any", f"{_AGILE}:gh-epic-link"),
    (RANK, "Rank", "any", f"{_AGILE}:gh-lexo-rank"),
    (TEAM, "Team", "team", "com.atlassian.teams:rm-teams-custom-field-team"),
    (REQUEST_TYPE, "Request Type", "sd-customerrequesttype", f"{_SERVICE}:vp-origin"),
    (TIME_TO_RESOLUTION, "Time to resolution", *_SLA),
    (TIME_TO_FIRST_RESPONSE, "Time to first response", *_SLA),
)


def add(draft: Draft, collection: str, id_: str, **fields: Any) -> Item:
    """Add an item that the platform's API has by its id, and return it."""
    address = f"{SITE}/rest/api/3/{collection}/{id_}"
    item = draft.jira(collection)[id_] = {"self": address, "id": id_, **fields}
    return item


def build_catalog(draft: Draft) -> None:
    """Add what issues refer to on the whole site."""
    icon = f"{SITE}/rest/api/2/universal_avatar/view/type/issuetype"
    for id_, name, level in TYPES:
        shown = {"iconUrl": icon, "subtask": level < 0, "hierarchyLevel": level}
        add(draft, "issuetype", id_, name=name, description="", **shown)
    for id_, name, category in STATUSES:
        shown = {"iconUrl": f"{SITE}/", "statusCategory": _category(category)}
        add(draft, "status", id_, name=name, description="", **shown)
    for number, name in enumerate(PRIORITIES, start=1):
        icon = f"{SITE}/images/icons/priorities/{name.lower()}.svg"
        add(draft, "priority", str(number), name=name, iconUrl=icon)
    for id_, name in RESOLUTIONS:
        add(draft, "resolution", id_, name=name, description="")
    for id_, name, inward, outward in LINK_TYPES:
        own = {"id": id_, "name": name, "inward": inward, "outward": outward}
        own["self"] = f"{SITE}/rest/api/3/issueLinkType/{id_}"
        draft.jira("issuelinktype")[id_] = own
    _build_fields(draft)


def _category(key: str) -> Item:
    number, label, color = CATEGORIES[key]
    return {
        "self": f"{SITE}/rest/api/3/statuscategory/{number}",
        "id": number,
        "key": key,
        "colorName": color,
        "name": label,
    }


def _build_fields(draft: Draft) -> None:
    for id_, name, kind in SYSTEM_FIELDS:
        _add_field(draft, id_, name, [id_], type=kind, system=id_)
    filler = [
        (_filler_id(number), f"Attribute {number}", "string", f"{_TYPES}:textarea")
        for number in range(draft.size.custom_fields)
    ]
    for id_, name, kind, custom in (*CUSTOM_FIELDS, *filler):
        number = int(id_.rpartition("_")[2])
        schema: Item = {"type": kind, "custom": custom, "customId": number}
        _add_field(draft, id_, name, [f"cf[{number}]", name], **schema)
    if draft.size.custom_fields:
        draft.company.fillers = [_filler(draft) for _ in range(40)]


def _add_field(
    draft: Draft, id_: str, name: str, clauses: list[str], **schema: Any
) -> None:
    draft.jira("field")[id_] = {
        "id": id_,
        "key": id_,
        "name": name,
        "custom": "custom" in schema,
        "orderable": True,
        "navigable": id_ not in ("worklog", "comment"),
        "searchable": True,
        "clauseNames": clauses,
        "schema": schema,
    }


def _filler_id(number: int) -> str:
    return f"customfield_{11000 + number}"


def _filler(draft: Draft) -> Item:
    """Return custom fields that together weigh something between the size's bounds."""
    weight = draft.rng.randint(*draft.size.filler_bytes)
    count = draft.size.custom_fields
    # Real issues leave two of three custom fields empty.
    length = weight // max(count // 3, 1)
    words = "Lorem ipsum dolor sit amet. "
    text = (words * (length // len(words) + 1))[:length]
    return {_filler_id(n): text if n % 3 == 0 else None for n in range(count)}
