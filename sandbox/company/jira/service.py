"""What issues of Jira Service Management have besides, and saved filters."""

from datetime import timedelta

from sandbox.company.base import (
    SITE,
    Draft,
    Item,
    jira_time,
    milliseconds,
    parse_time,
)
from sandbox.company.jira import catalog

REQUEST_TYPES = (
    ("11", "Ask a question", "10201"),
    ("12", "Report a problem", "10202"),
)
FILTERS = (
    ("Open bugs", "issuetype = Bug AND statusCategory != Done ORDER BY priority DESC"),
    ("Changed this week", "updated >= -7d ORDER BY updated DESC"),
    ("Nobody's work", "assignee is EMPTY AND statusCategory != Done"),
)
# The agreed hours until a first answer and until the end.
RESPONSE_HOURS = 4
RESOLUTION_HOURS = 40


def build_filters(draft: Draft) -> None:
    """Add filters that people saved."""
    for number, (name, jql) in enumerate(FILTERS):
        id_ = str(draft.next("filter", 10_000))
        area = ("web", "payments", "platform")[number]
        owner = draft.jira("user")[draft.areas[area][0]]
        draft.jira("filter")[id_] = {
            "self": f"{SITE}/rest/api/3/filter/{id_}",
            "id": id_,
            "name": name,
            "description": f"{name} of all projects",
            "owner": owner,
            "jql": jql,
            "viewUrl": f"{SITE}/issues/?filter={id_}",
            "searchUrl": f"{SITE}/rest/api/3/search/jql?jql={jql}",
            "favourite": number == 0,
            "favouritedCount": number,
            "sharePermissions": [{"id": 10_000 + number, "type": "authenticated"}],
            "editPermissions": [],
            "subscriptions": {"size": 0, "items": []},
        }


def build_service_desk(draft: Draft) -> None:
    """Add to each issue of a desk the fields that only requests have."""
    desks = [
        project
        for project in draft.jira("project").values()
        if project["projectTypeKey"] == "service_desk"
    ]
    for number, project in enumerate(desks, start=1):
        for issue in list(draft.jira("issue").values()):
            if issue["fields"]["project"]["id"] == project["id"]:
                _add_request(draft, str(number), issue)


def _type_of(desk_id: str, issue_type: str) -> Item:
    """Return the request type that makes issues of a type."""
    id_, name = next((i, n) for i, n, own in REQUEST_TYPES if own == issue_type)
    path = f"servicedesk/{desk_id}/requesttype/{id_}"
    return {
        "_links": {"self": f"{SITE}/rest/servicedeskapi/{path}"},
        "id": id_,
        "name": name,
        "description": f"{name} to the support agents",
        "serviceDeskId": desk_id,
    }


def _add_request(draft: Draft, desk_id: str, issue: Item) -> None:
    fields = issue["fields"]
    link = f"{SITE}/rest/servicedeskapi/request/{issue['id']}"
    web = f"{SITE}/servicedesk/customer/portal/{desk_id}/{issue['key']}"
    status = {
        "status": fields["status"]["name"],
        "statusCategory": fields["statusCategory"]["key"].upper(),
        "statusDate": _date(fields["updated"]),
    }
    fields[catalog.REQUEST_TYPE] = {
        "_links": {"jiraRest": issue["self"], "web": web, "self": link},
        "requestType": _type_of(desk_id, fields["issuetype"]["id"]),
        "currentStatus": status,
    }
    fields[catalog.TIME_TO_FIRST_RESPONSE] = _sla(
        draft, issue, "Time to first response", RESPONSE_HOURS
    )
    fields[catalog.TIME_TO_RESOLUTION] = _sla(
        draft, issue, "Time to resolution", RESOLUTION_HOURS
    )


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
