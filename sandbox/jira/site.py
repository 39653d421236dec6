"""What is the site's own: who asks, what they may, where it is; feeds of worklogs."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from sandbox.company import CLOUD_ID, SITE, Item
from sandbox.company.base import jira_time, milliseconds, parse_time
from sandbox.jira.lists import Row
from sandbox.jira.replies import Problem, number

if TYPE_CHECKING:
    from sandbox.jira.app import JiraSandbox

GLOBAL = ("ADMINISTER", "USER_PICKER")
FEED_PAGE, MOST_WORKLOGS = 1000, 1000
# Changes so fresh are not in the feeds yet.
FEED_DELAY_MILLISECONDS = 60_000


class Site:
    """Answer what concerns the whole site."""

    def __init__(self, sandbox: "JiraSandbox") -> None:
        self._sandbox = sandbox

    def routes(self) -> Iterator[Row]:
        """Yield method, path and handler."""
        api = "/rest/api/3"
        yield "GET", f"{api}/serverInfo", self.server_info
        yield "GET", f"{api}/myself", self.myself
        yield "GET", f"{api}/mypermissions", self.permissions
        yield "GET", f"{api}/issueLinkType", self.link_types
        yield "GET", f"{api}/worklog/updated", self.updated_worklogs
        yield "GET", f"{api}/worklog/deleted", self.deleted_worklogs
        yield "POST", f"{api}/worklog/list", self.worklogs
        yield "GET", "/rest/servicedeskapi/info", self.service_info

    async def server_info(self, request: Request) -> Any:
        """Return the address of the site, the same through the gateway."""
        return {
            "baseUrl": SITE,
            "displayUrl": SITE,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100_300,
            "serverTime": jira_time(self._sandbox.company.present()),
            "serverTitle": "Jira",
            "defaultLocale": {"locale": "en_US"},
        }

    async def myself(self, request: Request) -> Any:
        """Return the account that asks."""
        if self._sandbox.is_anonymous(request):
            raise self._sandbox.unauthorized(request)
        return self._sandbox.me()

    async def permissions(self, request: Request) -> Any:
        """Return for each named permission whether the account has it."""
        names = request.query_params.get("permissions", "")
        if not names:
            raise Problem(400, "The 'permissions' query parameter is required.")
        lacks = self._sandbox.revoked
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

    async def link_types(self, request: Request) -> Any:
        """Return the types of links between issues."""
        types = self._sandbox.collections["issuelinktype"]
        return {"issueLinkTypes": list(types.values())}

    async def updated_worklogs(self, request: Request) -> Any:
        """Return ids of worklogs that changed since a time, oldest first."""
        entries = [
            {
                "worklogId": int(id_),
                "updatedTime": milliseconds(parse_time(log["updated"])),
                "properties": [],
            }
            for id_, log in self._sandbox.collections["worklog"].items()
        ]
        return self._feed(request, entries)

    async def deleted_worklogs(self, request: Request) -> Any:
        """Return ids of worklogs that were deleted since a time, oldest first."""
        entries = self._sandbox.collections["deleted-worklog"].values()
        return self._feed(request, list(entries))

    def _feed(self, request: Request, entries: list[Item]) -> Item:
        since = number(request, "since", 0)
        limit = milliseconds(self._sandbox.company.present()) - FEED_DELAY_MILLISECONDS
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
        logs = self._sandbox.collections["worklog"]
        found = [logs[str(id_)] for id_ in ids if str(id_) in logs]
        return [log for log in found if self._sandbox.sees("worklog", log)]

    async def service_info(self, request: Request) -> Any:
        """Return the version of Jira Service Management, on sites that have it."""
        return {
            "version": "5.12.0",
            "platformVersion": "1001.0.0",
            "buildDate": jira_time(self._sandbox.company.now),
            "isLicensedForUse": True,
            "_links": {"self": f"{SITE}/rest/servicedeskapi/info"},
        }


class Tenant:
    """Answer what anybody may ask."""

    @staticmethod
    async def info(request: Request) -> Any:
        """Return the id by which the gateway, which tells none, knows the site."""
        if request.scope.get("gateway"):
            raise Problem(404, body={"code": 404, "message": "Not Found"})
        return {"cloudId": CLOUD_ID}
