"""What the stand-in of Jira holds: items, settings, and who may see what."""

from sandbox.company import Collection, Company, Item
from sandbox.company.jira import catalog
from sandbox.jira.index import IssueIndex
from sandbox.jira.visibility import Groups, is_visible
from sandbox.vendor_state import VendorState

EMAIL = "port-reader@webshop.example"
API_TOKEN = "sandbox-jira-api-token"
OAUTH_TOKEN = "sandbox-jira-oauth-access-token"
# The fields of Jira Service Management, which not every site has.
SERVICE_FIELDS = (
    catalog.REQUEST_TYPE,
    catalog.TIME_TO_RESOLUTION,
    catalog.TIME_TO_FIRST_RESPONSE,
)


class JiraState(VendorState):
    """A company's Jira; change attributes to vary it."""

    def __init__(self, company: Company) -> None:
        super().__init__(company, company.jira)
        self.api_tokens = {API_TOKEN}
        # A token with scopes works through the gateway only, another on the site only.
        self.token_has_scopes = False
        self.has_service_management = True
        # Global permissions that the account lacks, such as USER_PICKER.
        self.revoked: set[str] = set()
        # Scopes that the token lacks; only the gateway asks for them.
        self.missing_scopes: set[str] = set()
        # What the screens that create issues require, by the name of the type.
        self.required_fields: dict[str, list[Item]] = {}
        # What transitions require, by the name of the status that they lead to; where
        # nobody can go; and transitions besides the usual ones: id, name, status.
        self.transition_fields: dict[str, Item] = {}
        self.blocked_statuses: set[str] = set()
        self.more_transitions: list[tuple[str, str, str]] = []
        # Properties of issues: what apps keep with them, which nobody sees.
        self.properties: dict[str, Item] = {}
        self.deleted_teams: set[str] = set()
        self.search_warnings: list[str] = []
        for name in ("webhook", "dynamic-webhook"):
            company.jira.setdefault(name, Collection())
        self.index = IssueIndex(company)
        self.groups = Groups(company)

    def put(self, collection: str, id_: str, item: Item) -> None:
        """Add or replace a raw item; searches find an issue after the index's lag.

        The `credential`, which is `{"isGood": …}`, is revoked and made good by this.
        """
        if collection == "credential":
            self.api_tokens = {API_TOKEN} if item["isGood"] else set()
        elif collection == "issue":
            self.index.put(id_, item)
        elif collection == "project":
            super().put(collection, id_, self._with_all_keys(id_, item))
        else:
            super().put(collection, id_, item)

    def _with_all_keys(self, id_: str, project: Item) -> Item:
        """Return a project with the keys that it has had; its issues follow them."""
        before = self.collections["project"].get(id_, project)
        known = [*before.get("projectKeys", ()), before["key"], project["key"]]
        project = {**project, "projectKeys": list(dict.fromkeys(known))}
        if before["key"] != project["key"]:
            for issue in list(self.groups.of("issue", id_)):
                key = f"{project['key']}-{issue['key'].rpartition('-')[2]}"
                fields = {**issue["fields"], "project": project}
                self.index.put(issue["id"], {**issue, "key": key, "fields": fields})
        return project

    def delete(self, collection: str, id_: str) -> Item | None:
        """Remove a raw item and return it, or None if there was none."""
        if collection == "issue":
            return self.index.delete(id_)
        if collection == "team":
            self.deleted_teams.add(id_)
        return super().delete(collection, id_)

    def sees(self, collection: str, item: Item) -> bool:
        """Tell whether the account may see an item."""
        if collection == "field" and not self.has_service_management:
            return item["id"] not in SERVICE_FIELDS
        return is_visible(self.company, collection, item)

    def me(self) -> Item:
        """Return the account that the credential belongs to."""
        user = next(iter(self.collections["user"].values()))
        return {**user, "emailAddress": EMAIL, "timeZone": "Etc/UTC"}
