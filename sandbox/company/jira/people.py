"""Accounts, groups and teams."""

from typing import Any

from sandbox.company.base import ORGANIZATION_ID, SITE, Draft, Item

# Area, people in it, and where they are; the first of an area leads it.
AREAS = (
    ("web", "Web Developer", 6, "Europe/Berlin"),
    ("payments", "Payments Developer", 5, "America/Los_Angeles"),
    ("mobile", "Mobile Developer", 4, "Europe/Lisbon"),
    ("platform", "Platform Engineer", 4, "Asia/Kolkata"),
    ("data", "Data Engineer", 3, "Europe/Berlin"),
    ("support", "Support Agent", 2, "Australia/Sydney"),
)
EXTRAS = 6  # the accounts of `_add_special_accounts`, which count as users


def build_people(draft: Draft) -> None:
    """Add accounts of every sort, groups with their members, and teams."""
    people = max(draft.size.users - EXTRAS, 6)
    share = sum(count for _, _, count, _ in AREAS)
    for area, title, count, zone in AREAS:
        for number in range(1, max(round(people * count / share), 1) + 1):
            id_ = _add_account(draft, f"{area}-{number}", f"{title} {number}", zone)
            # Most people hide their address, or their company does it for them.
            if number % 3 == 0:
                del draft.jira("user")[id_]["emailAddress"]
            draft.areas.setdefault(area, []).append(id_)
    _add_special_accounts(draft)
    for id_, user in draft.jira("user").items():
        draft.people[id_] = {key: user[key] for key in user if key != "locale"}
    staff = [account for area, *_ in AREAS for account in draft.areas[area]]
    _build_groups(draft, staff)
    _build_teams(draft, staff)


def _add_account(
    draft: Draft, handle: str, name: str, zone: str = "Etc/UTC", **differs: Any
) -> str:
    """Add an account that differs in some fields from colleagues; return its id."""
    prefix = "qm" if differs.get("accountType") == "customer" else "712020"
    account_id = f"{prefix}:{draft.uuid()}"
    avatar = "https://avatar-management.example/initials/" + handle
    user: Item = {
        "self": f"{SITE}/rest/api/3/user?accountId={account_id}",
        "accountId": account_id,
        "accountType": "atlassian",
        "emailAddress": f"{handle}@webshop.example",
        "avatarUrls": {f"{n}x{n}": f"{avatar}/{n}" for n in (48, 24, 16, 32)},
        "displayName": name,
        "active": True,
        "timeZone": zone,
        "locale": "en_US",
        **differs,
    }
    if user["accountType"] == "app":
        user["emailAddress"] = f"{account_id[-12:]}@connect.atlassian.com"
    draft.jira("user")[user["accountId"]] = user
    return str(user["accountId"])


def _add_special_accounts(draft: Draft) -> None:
    """Add those who are not simply colleagues at work."""
    _add_account(draft, "automation", "Automation for Jira", accountType="app")
    _add_account(draft, "octopus", "Octopus Deploy", accountType="app")
    draft.areas["customers"] = [
        _add_account(draft, f"customer-{n}", f"Customer {n}", accountType="customer")
        for n in (1, 2)
    ]
    gone: Item = {"active": False, "emailAddress": ""}
    name = "Former Web Developer"
    left = _add_account(draft, "web-former", name, "Europe/Berlin", **gone)
    draft.areas["former"] = [left]
    # Accounts that were erased badly all share this id.
    gone = {"accountId": "unknown", "active": False, "emailAddress": None}
    _add_account(draft, "erased", "Former user", **gone)


def _build_groups(draft: Draft, staff: list[str]) -> None:
    areas = draft.areas
    groups = {
        "jira-users-webshop": staff + areas["former"],
        "jira-administrators": areas["platform"][:2],
        "developers": [a for a in staff if a not in areas["support"]],
        "support-agents": areas["support"],
        "empty-group": [],
    }
    for name, accounts in groups.items():
        group_id = draft.uuid()
        draft.jira("group")[group_id] = {"name": name, "groupId": group_id}
        draft.company.members[group_id] = accounts


def _build_teams(draft: Draft, staff: list[str]) -> None:
    for area, title, _, _ in AREAS:
        _add_team(draft, f"{title.split()[0]} team", draft.areas[area])
    _add_team(draft, "Everyone", staff)
    _add_team(draft, "Legacy team", draft.areas["former"], state="ARCHIVED")


def _add_team(
    draft: Draft, name: str, members: list[str], state: str = "ACTIVE"
) -> None:
    """Add a team that its first member created."""
    team_id = draft.uuid()
    draft.company.members[team_id] = [*members]
    draft.jira("team")[team_id] = {
        "teamId": team_id,
        "displayName": name,
        "description": f"The {name.lower()} of the web shop",
        "state": state,
        "teamType": "MEMBER_INVITE",
        "creatorId": members[0],
        "creatorDomain": "webshop.example",
        "organizationId": ORGANIZATION_ID,
        "userPermissions": {"ADD_MEMBERS": True, "DELETE_TEAM": True},
    }
