"""What the stand-in of Octopus holds: items, settings, and who may do what."""

from starlette.requests import Request

from sandbox.company import Collection, Company, Item
from sandbox.faults import Faults
from sandbox.octopus.listings import Listing
from sandbox.octopus.replies import missing_permission, not_found
from sandbox.vendor_state import VendorState

API_KEY = "API-SANDBOX000000000000000000000000"
BEARER_TOKEN = "sandbox-octopus-access-token"


class OctopusState(VendorState):
    """A company's Octopus; change attributes to vary it."""

    def __init__(self, company: Company, faults: Faults | None = None) -> None:
        super().__init__(company, company.octopus, faults)
        self.api_keys = {API_KEY}
        self.bearer_tokens = {BEARER_TOKEN}
        self.version = "2026.3.5120"
        self.in_maintenance = False
        self.hidden_spaces: set[str] = set()
        # Pairs of space id (or "*") and permission that the credential lacks.
        self.revoked: set[tuple[str, str]] = set()
        # The most projects that the dashboard shows; None shows all.
        self.dashboard_limit: int | None = None
        # The value of the header Octopus-RateLimit; older servers send none.
        self.rate_limit: str | None = None
        # Prompted variables by project or runbook snapshot, as elements of a form.
        self.prompts: dict[str, list[Item]] = {}
        # Releases that a defect keeps from going on.
        self.blocked_releases: set[str] = set()
        # What the logs of tasks say, and votes by approval.
        self.task_errors: dict[str, list[str]] = {}
        self.votes: dict[str, list[Item]] = {}
        company.octopus.setdefault("subscriptions", Collection())
        self._ordered: dict[tuple[str, str], tuple[int, list[Item]]] = {}

    def sees(self, collection: str, item: Item) -> bool:
        """Tell whether an item, or the space that it is in, is not hidden."""
        return not {item.get("SpaceId"), item.get("Id")} & self.hidden_spaces

    def rows(self, listing: Listing, space_id: str | None) -> list[Item]:
        """Return a list's items in its order; without a space, of the whole server."""
        items = self.collections[listing.source]
        key = (listing.path, space_id or "")
        version, rows = self._ordered.get(key, (-1, []))
        if version != items.version:
            rows = [
                item
                for item in items.values()
                if space_id in (None, item.get("SpaceId")) and listing.has(item)
            ]
            rows.sort(key=listing.order, reverse=listing.reverse)
            self._ordered[key] = (items.version, rows)
        return rows

    def require(self, permission: str | None, space_id: str | None) -> None:
        """Refuse what the credential may not do in a space."""
        if permission is not None and not self.may(permission, space_id):
            raise missing_permission(permission)

    def may(self, permission: str, space_id: str | None) -> bool:
        """Tell whether the credential may do something in a space, or on the server."""
        revoked = {(space_id or "", permission), ("*", permission)}
        return not revoked & self.revoked

    def space_of(self, request: Request) -> str:
        """Return the space that a request is about."""
        space_id = request.path_params["space"]
        if space_id not in self.collections["spaces"] or space_id in self.hidden_spaces:
            raise not_found(space_id)
        return str(space_id)

    def project_of(self, request: Request) -> Item:
        """Return the project in a request's path, if it is in the request's space."""
        return self.existing("projects", request, request.path_params["project"])

    def existing(self, collection: str, request: Request, id_: str = "") -> Item:
        """Return an item of the request's space, by default that in its path."""
        id_, space_id = id_ or request.path_params["id"], self.space_of(request)
        item = self.collections[collection].get(id_)
        if item is None or item["SpaceId"] != space_id:
            raise not_found(id_)
        return item
