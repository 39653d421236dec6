"""What is the site's own: who asks, what they may, where it is; feeds of worklogs."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request

from sandbox.company import CLOUD_ID, SITE, Item
from sandbox.company.base import jira_time, milliseconds, parse_time
from sandbox.contracts import contract
from sandbox.jira.replies import Problem, number
from sandbox.jira.sign_in import through_gateway
from sandbox.jira.state import API, JiraState
from sandbox.serving import Part, Row

GLOBAL = ("ADMINISTER", "USER_PICKER")
FEED_PAGE = contract("jira").most("GET rest/api/3/worklog/updated")
MOST_WORKLOGS = contract("jira").most("POST rest/api/3/worklog/list")
# Changes so fresh are not in the feeds yet.
FEED_DELAY_MILLISECONDS = 60_000


class Site(Part[JiraState]):
    """Answer what concerns the whole site."""

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        yield "GET", f"{API}/serverInfo", self.server_info
        yield "GET", f"{API}/myself", self.myself
        yield "GET", f"{API}/mypermissions", self.permissions
        yield "GET", f"{API}/worklog/updated", self.updated_worklogs
        yield "POST", f"{API}/worklog/list", self.worklogs

    async def server_info(self, request: Request) -> Any:
        """Return the address of the site, the same through the gateway."""
        return {
            "baseUrl": SITE,
            "displayUrl": SITE,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100_300,
            "serverTime": jira_time(self._state.company.present()),
            "serverTitle": "Jira",
        }

    async def myself(self, request: Request) -> Any:
        """Return the account that asks."""
        return self._state.me()

    async def permissions(self, request: Request) -> Any:
        """Return for each named permission whether the account has it."""
        names = request.query_params.get("permissions", "")
        if not names:
            raise Problem(400, "The 'permissions' query parameter is required.")
        lacks = self._state.revoked
        return {
            "permissions": {
                name: {
                    "id": str(position),
                    "key": name,
                    "name": name.replace("_", " ").capitalize(),
                    "type": "GLOBAL" if name in GLOBAL else "PROJECT",
                    "description": "",
                    "havePermission": name not in lacks,
                }
                for position, name in enumerate(names.split(","))
            }
        }

    async def updated_worklogs(self, request: Request) -> Any:
        """Return ids of worklogs that changed since a time, oldest first."""
        entries = [
            {
                "worklogId": int(id_),
                "updatedTime": milliseconds(parse_time(log["updated"])),
                "properties": [],
            }
            for id_, log in self._state.collections["worklog"].items()
        ]
        return self._feed(request, entries)

    def _feed(self, request: Request, entries: list[Item]) -> Item:
        since = number(request, "since", 0)
        limit = milliseconds(self._state.company.present()) - FEED_DELAY_MILLISECONDS
        rows = sorted(
            (e for e in entries if since <= e["updatedTime"] < limit),
            key=lambda entry: (entry["updatedTime"], entry["worklogId"]),
        )
        part = rows[:FEED_PAGE]
        last = len(part) == len(rows)
        here = f"{SITE}{request.url.path}"
        # The page ends before the next one's first entry, lest it comes twice.
        until = part[-1]["updatedTime"] + 1 if part else since
        while not last and until > rows[len(part)]["updatedTime"]:
            part.append(rows[len(part)])
            until = part[-1]["updatedTime"] + 1
            last = len(part) == len(rows)
        body: Item = {
            "values": part,
            "since": since,
            "until": until,
            "self": f"{here}?since={since}",
            "lastPage": last,
        }
        if not last:
            body["nextPage"] = f"{here}?since={until}"
        return body

    async def worklogs(self, request: Request) -> Any:
        """Return worklogs by id, without those of issues that the account can't see."""
        ids = (await request.json()).get("ids") or []
        if len(ids) > MOST_WORKLOGS:
            raise Problem(400, "At most 1000 worklogs can be listed.")
        logs = self._state.collections["worklog"]
        found = [logs[str(id_)] for id_ in ids if str(id_) in logs]
        return [log for log in found if self._state.sees("worklog", log)]


async def tenant_info(request: Request) -> Any:
    """Return the id by which the gateway, which tells none, knows the site."""
    if through_gateway(request):
        raise Problem(404, body={"code": 404, "message": "Not Found"})
    return {"cloudId": CLOUD_ID}


# What anybody may ask.
TENANT: Row = ("GET", "/_edge/tenant_info", tenant_info)
