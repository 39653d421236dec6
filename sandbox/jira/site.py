"""What is the site's own: who asks, what they may, where it is; feeds of worklogs."""

from typing import Any

from starlette.requests import Request

from sandbox.company import CLOUD_ID, SITE
from sandbox.company.base import jira_time, milliseconds, parse_time
from sandbox.contracts import contract
from sandbox.jira.replies import Problem, number
from sandbox.jira.sign_in import through_gateway
from sandbox.jira.state import JiraState
from sandbox.serving import Row

GLOBAL = ("ADMINISTER", "USER_PICKER")
FEED_PAGE = contract("jira").most("GET rest/api/3/worklog/updated")
MOST_WORKLOGS = contract("jira").most("POST rest/api/3/worklog/list")
# Changes so fresh are not in the feeds yet.
FEED_DELAY_MILLISECONDS = 60_000


async def server_info(state: JiraState, request: Request) -> Any:
    """Return the address of the site, the same through the gateway."""
    return {
        "baseUrl": SITE,
        "displayUrl": SITE,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_300,
        "serverTime": jira_time(state.company.present()),
        "serverTitle": "Jira",
    }


async def myself(state: JiraState, request: Request) -> Any:
    """Return the account that asks."""
    return state.me()


async def permissions(state: JiraState, request: Request) -> Any:
    """Return for each named permission whether the account has it."""
    names = request.query_params.get("permissions", "")
    if not names:
        raise Problem(400, "The 'permissions' query parameter is required.")
    return {
        "permissions": {
            name: {
                "id": str(position),
                "key": name,
                "name": name.replace("_", " ").capitalize(),
                "type": "GLOBAL" if name in GLOBAL else "PROJECT",
                "description": "",
                "havePermission": name not in state.revoked,
            }
            for position, name in enumerate(names.split(","))
        }
    }


async def link_types(state: JiraState, request: Request) -> Any:
    """Return the types of links."""
    return {"issueLinkTypes": state.visible("issuelinktype")}


async def updated_worklogs(state: JiraState, request: Request) -> Any:
    """Return ids of worklogs that changed since a time, oldest first."""
    since = number(request, "since", 0)
    limit = milliseconds(state.company.present()) - FEED_DELAY_MILLISECONDS
    logs = state.collections["worklog"].values()
    rows = sorted(
        (at, int(log["id"]))
        for log in logs
        if since <= (at := milliseconds(parse_time(log["updated"]))) < limit
    )
    # The page ends before the next one's first entry, lest it comes twice.
    until = rows[:FEED_PAGE][-1][0] + 1 if rows else since
    part = [row for row in rows if row[0] < until]
    here, is_last = f"{SITE}{request.url.path}", len(part) == len(rows)
    return {
        "values": [
            {"worklogId": id_, "updatedTime": at, "properties": []} for at, id_ in part
        ],
        "since": since,
        "until": until,
        "self": f"{here}?since={since}",
        "lastPage": is_last,
        **({} if is_last else {"nextPage": f"{here}?since={until}"}),
    }


async def worklogs(state: JiraState, request: Request) -> Any:
    """Return worklogs by id, without those of issues that the account can't see."""
    ids = (await request.json()).get("ids") or []
    if len(ids) > MOST_WORKLOGS:
        raise Problem(400, "At most 1000 worklogs can be listed.")
    logs = state.collections["worklog"]
    found = [logs[str(id_)] for id_ in ids if str(id_) in logs]
    return [log for log in found if state.sees("worklog", log)]


async def tenant_info(request: Request) -> Any:
    """Return the id by which the gateway, which tells none, knows the site."""
    if through_gateway(request):
        raise Problem(404, body={"code": 404, "message": "Not Found"})
    return {"cloudId": CLOUD_ID}


# What anybody may ask.
TENANT: Row = ("GET", "/_edge/tenant_info", tenant_info)
