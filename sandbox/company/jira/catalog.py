"""Issue types, statuses, priorities, resolutions, link types and fields of the site."""

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
CUSTOM_FIELDS = (
    (STORY_POINTS, "Story Points", "number", f"{_TYPES}:float"),
    (OTHER_STORY_POINTS, "Story Points", "number", f"{_TYPES}:float"),
    (POINT_ESTIMATE, "Story point estimate", "number", f"{_AGILE}:jsw-story-points"),
    (SPRINT, "Sprint", "array", f"{_AGILE}:gh-sprint"),
    (EPIC_LINK, "Epic Link", "any", f"{_AGILE}:gh-epic-link"),
    (RANK, "Rank", "any", f"{_AGILE}:gh-lexo-rank"),
    (TEAM, "Team", "team", "com.atlassian.teams:rm-teams-custom-field-team"),
    (REQUEST_TYPE, "Request Type", "sd-customerrequesttype", f"{_SERVICE}:vp-origin"),
    (
        TIME_TO_RESOLUTION,
        "Time to resolution",
        "sd-servicelevelagreement",
        f"{_SERVICE}:sd-sla-field",
    ),
    (
        TIME_TO_FIRST_RESPONSE,
        "Time to first response",
        "sd-servicelevelagreement",
        f"{_SERVICE}:sd-sla-field",
    ),
)


def build_catalog(draft: Draft) -> None:
    """Add what issues refer to on the whole site."""
    for id_, name, level in TYPES:
        draft.jira("issuetype")[id_] = {
            "self": f"{SITE}/rest/api/3/issuetype/{id_}",
            "id": id_,
            "description": "",
            "iconUrl": f"{SITE}/rest/api/2/universal_avatar/view/type/issuetype",
            "name": name,
            "subtask": level < 0,
            "hierarchyLevel": level,
        }
    for id_, name, category in STATUSES:
        draft.jira("status")[id_] = _status(id_, name, category)
    for number, name in enumerate(PRIORITIES, start=1):
        draft.jira("priority")[str(number)] = {
            "self": f"{SITE}/rest/api/3/priority/{number}",
            "iconUrl": f"{SITE}/images/icons/priorities/{name.lower()}.svg",
            "name": name,
            "id": str(number),
        }
    _build_resolutions_and_links(draft)
    _build_fields(draft)


def _build_resolutions_and_links(draft: Draft) -> None:
    for id_, name in (("10000", "Done"), ("10001", "Won't Do")):
        draft.jira("resolution")[id_] = {
            "self": f"{SITE}/rest/api/3/resolution/{id_}",
            "id": id_,
            "description": "",
            "name": name,
        }
    for id_, name, inward, outward in LINK_TYPES:
        draft.jira("issuelinktype")[id_] = {
            "id": id_,
            "name": name,
            "inward": inward,
            "outward": outward,
            "self": f"{SITE}/rest/api/3/issueLinkType/{id_}",
        }


def _status(id_: str, name: str, category: str) -> Item:
    number, label, color = CATEGORIES[category]
    return {
        "self": f"{SITE}/rest/api/3/status/{id_}",
        "description": "",
        "iconUrl": f"{SITE}/",
        "name": name,
        "id": id_,
        "statusCategory": {
            "self": f"{SITE}/rest/api/3/statuscategory/{number}",
            "id": number,
            "key": category,
            "colorName": color,
            "name": label,
        },
    }


def _build_fields(draft: Draft) -> None:
    for id_, name, kind in SYSTEM_FIELDS:
        draft.jira("field")[id_] = _field(
            id_, name, {"type": kind, "system": id_}, custom=False
        )
    filler = [
        (_filler_id(number), f"Attribute {number}", "string", f"{_TYPES}:textarea")
        for number in range(draft.size.custom_fields)
    ]
    for id_, name, kind, custom in (*CUSTOM_FIELDS, *filler):
        number = int(id_.rpartition("_")[2])
        schema: Item = {"type": kind, "custom": custom, "customId": number}
        draft.jira("field")[id_] = _field(id_, name, schema, custom=True)
    if draft.size.custom_fields:
        draft.company.fillers = [_filler(draft) for _ in range(40)]


def _field(id_: str, name: str, schema: Item, *, custom: bool) -> Item:
    return {
        "id": id_,
        "key": id_,
        "name": name,
        "custom": custom,
        "orderable": True,
        "navigable": id_ not in ("worklog", "comment"),
        "searchable": True,
        "clauseNames": [f"cf[{schema['customId']}]", name] if custom else [id_],
        "schema": schema,
    }


def _filler_id(number: int) -> str:
    return f"customfield_{11000 + number}"


def _filler(draft: Draft) -> Item:
    """Return custom fields that together weigh something between the size's bounds."""
    weight = draft.rng.randint(*draft.size.filler_bytes)
    count = draft.size.custom_fields
    # Real issues leave two of three custom fields empty.
    used = max(count // 3, 1)
    text = ("Lorem ipsum dolor sit amet. " * (weight // used // 28 + 1))[
        : weight // used
    ]
    return {_filler_id(n): text if n % 3 == 0 else None for n in range(count)}
