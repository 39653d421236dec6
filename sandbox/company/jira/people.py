"""Accounts, groups and teams."""

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
EXTRAS = 6  # the accounts of `_special_accounts`, which count as users


def build_people(draft: Draft) -> None:
    """Add accounts of every sort, groups with their members, and teams."""
    people = max(draft.size.users - EXTRAS, 6)
    share = sum(count for _, _, count, _ in AREAS)
    for area, title, count, zone in AREAS:
        for number in range(1, max(round(people * count / share), 1) + 1):
            handle = f"{area}-{number}"
            user = _account(draft, handle, f"{title} {number}", zone)
            # Most people hide their address, or their company does it for them.
            if number % 3 == 0:
                del user["emailAddress"]
            draft.jira("user")[user["accountId"]] = user
            draft.areas.setdefault(area, []).append(user["accountId"])
    _special_accounts(draft)
    _build_groups(draft)
    _build_teams(draft)


def _account(
    draft: Draft, handle: str, name: str, zone: str, kind: str = "atlassian"
) -> Item:
    prefix = "qm" if kind == "customer" else "712020"
    account_id = f"{prefix}:{draft.uuid()}"
    avatar = "https://avatar-management.example/initials/" + handle
    return {
        "self": f"{SITE}/rest/api/3/user?accountId={account_id}",
        "accountId": account_id,
        "accountType": kind,
        "emailAddress": f"{handle}@webshop.example",
        "avatarUrls": {f"{n}x{n}": f"{avatar}/{n}" for n in (48, 24, 16, 32)},
        "displayName": name,
        "active": True,
        "timeZone": zone,
        "locale": "en_US",
    }


def _special_accounts(draft: Draft) -> None:
    """Add those who are not simply colleagues at work."""
    bot = _account(draft, "automation", "Automation for Jira", "Etc/UTC", "app")
    octopus = _account(draft, "octopus", "Octopus Deploy", "Etc/UTC", "app")
    for app in (bot, octopus):
        app["emailAddress"] = f"{app['accountId'][-12:]}@connect.atlassian.com"
    customers = [
        _account(draft, f"customer-{n}", f"Customer {n}", "Etc/UTC", "customer")
        for n in (1, 2)
    ]
    left = _account(draft, "web-former", "Former Web Developer", "Europe/Berlin")
    left |= {"active": False, "emailAddress": ""}
    # Accounts that were erased badly all share this id.
    erased = _account(draft, "erased", "Former user", "Etc/UTC")
    erased |= {"accountId": "unknown", "active": False, "emailAddress": None}
    for user in (bot, octopus, *customers, left, erased):
        draft.jira("user")[user["accountId"]] = user
    draft.areas["customers"] = [customer["accountId"] for customer in customers]
    draft.areas["former"] = [left["accountId"]]


def _build_groups(draft: Draft) -> None:
    areas = draft.areas
    staff = [account for area, *_ in AREAS for account in areas[area]]
    groups = {
        "jira-users-webshop": staff + areas["former"],
        "jira-administrators": areas["platform"][:2],
        "developers": [a for a in staff if a not in areas["support"]],
        "support-agents": areas["support"],
        "empty-group": [],
    }
    for name, accounts in groups.items():
        group_id = draft.uuid()
        draft.jira("group")[group_id] = {
            "name": name,
            "groupId": group_id,
        }
        draft.company.members[group_id] = accounts


def _build_teams(draft: Draft) -> None:
    members = draft.company.members
    for area, title, _, _ in AREAS:
        team = _team(draft, f"{title.split()[0]} team", draft.areas[area][0])
        members[team["teamId"]] = list(draft.areas[area])
    everyone = _team(draft, "Everyone", draft.areas["web"][0])
    members[everyone["teamId"]] = [
        account for area, *_ in AREAS for account in draft.areas[area]
    ]
    archived = _team(draft, "Legacy team", draft.areas["former"][0])
    archived["state"] = "ARCHIVED"
    members[archived["teamId"]] = draft.areas["former"]


def _team(draft: Draft, name: str, creator: str) -> Item:
    team_id = draft.uuid()
    team = {
        "teamId": team_id,
        "displayName": name,
        "description": f"The {name.lower()} of the web shop",
        "state": "ACTIVE",
        "teamType": "MEMBER_INVITE",
        "creatorId": creator,
        "creatorDomain": "webshop.example",
        "organizationId": ORGANIZATION_ID,
        "userPermissions": {"ADD_MEMBERS": True, "DELETE_TEAM": True},
    }
    draft.jira("team")[team_id] = team
    return team
