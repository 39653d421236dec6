"""What issues of Jira Service Management have besides."""

from datetime import timedelta

from sandbox.company.base import SITE, Draft, Item, jira_time, milliseconds, parse_time
from sandbox.company.jira import catalog

DESK_ID = "1"
# Id and name by the type of issue that they make.
REQUEST_TYPES = {
    "10201": ("11", "Ask a question"),
    "10202": ("12", "Report a problem"),
}
# The field of each service level, its name, and the agreed hours.
SERVICE_LEVELS = (
    (catalog.TIME_TO_FIRST_RESPONSE, "Time to first response", 4),
    (catalog.TIME_TO_RESOLUTION, "Time to resolution", 40),
)


def build_service_desk(draft: Draft) -> None:
    """Add to each issue of the desk the fields that only requests have."""
    for issue in draft.jira("issue").values():
        if issue["fields"]["project"]["projectTypeKey"] == "service_desk":
            _add_request(draft, issue)


def _type_of(issue_type: str) -> Item:
    """Return the request type that makes issues of a type."""
    id_, name = REQUEST_TYPES[issue_type]
    path = f"servicedesk/{DESK_ID}/requesttype/{id_}"
    return {
        "_links": {"self": f"{SITE}/rest/servicedeskapi/{path}"},
        "id": id_,
        "name": name,
        "description": f"{name} to the support agents",
        "serviceDeskId": DESK_ID,
    }


def _add_request(draft: Draft, issue: Item) -> None:
    fields = issue["fields"]
    link = f"{SITE}/rest/servicedeskapi/request/{issue['id']}"
    web = f"{SITE}/servicedesk/customer/portal/{DESK_ID}/{issue['key']}"
    status = {
        "status": fields["status"]["name"],
        "statusCategory": fields["statusCategory"]["key"].upper(),
        "statusDate": _date(fields["updated"]),
    }
    fields[catalog.REQUEST_TYPE] = {
        "_links": {"jiraRest": issue["self"], "web": web, "self": link},
        "requestType": _type_of(fields["issuetype"]["id"]),
        "currentStatus": status,
    }
    for field, name, hours in SERVICE_LEVELS:
        fields[field] = _sla(draft, issue, name, hours)


def _date(text: str) -> Item:
    moment = parse_time(text)
    return {
        "iso8601": f"{moment:%Y-%m-%dT%H:%M:%S}+0000",
        "jira": text,
        "friendly": f"{moment:%d/%b/%y %I:%M %p}",
        "epochMillis": milliseconds(moment),
    }


def _sla(draft: Draft, issue: Item, name: str, hours: int) -> Item:
    """Return a service level: one cycle that is over, or one that still runs."""
    fields = issue["fields"]
    start = parse_time(fields["created"])
    due = start + timedelta(hours=hours)
    goal = {"millis": hours * 3_600_000, "friendly": f"{hours}h"}
    sla: Item = {"id": "1", "name": name, "_links": {"self": issue["self"] + "/sla/1"}}
    end = parse_time(fields["resolutiondate"] or jira_time(draft.now))
    elapsed = {"millis": milliseconds(end) - milliseconds(start)}
    left = {"millis": milliseconds(due) - milliseconds(end)}
    cycle: Item = {
        "startTime": _date(fields["created"]),
        "breachTime": _date(jira_time(due)),
        "breached": end > due,
        "goalDuration": goal,
        "elapsedTime": elapsed,
        "remainingTime": left,
    }
    if fields["resolutiondate"]:
        cycle["stopTime"] = _date(fields["resolutiondate"])
        return sla | {"completedCycles": [cycle]}
    cycle |= {"paused": False, "withinCalendarHours": True}
    return sla | {"completedCycles": [], "ongoingCycle": cycle}
