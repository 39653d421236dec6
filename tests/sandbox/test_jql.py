"""JQL selects what Jira would select, and refuses what Jira refuses."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from sandbox.company import Company, Item, build_company
from sandbox.jira.index import IssueIndex
from sandbox.jira.jql import JqlError
from sandbox.jira.visibility import is_visible

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def company() -> Company:
    return build_company(now=NOW)


@pytest.fixture(scope="module")
def index(company: Company) -> IssueIndex:
    return IssueIndex(company)


def category(issue: Item) -> str:
    return str(issue["fields"]["status"]["statusCategory"]["key"])


def key_of(issue: Item) -> str:
    return str(issue["fields"]["project"]["key"])


def updated(issue: Item) -> str:
    return str(issue["fields"]["updated"])


SELECTIONS: dict[str, Callable[[Item], bool]] = {
    "project is not EMPTY": lambda i: True,
    "project = SHOP": lambda i: key_of(i) == "SHOP",
    'project in (shop, "Payments", 10003)': lambda i: (
        key_of(i) in ("SHOP", "PAY", "MOB")
    ),
    "project != SHOP": lambda i: key_of(i) != "SHOP",
    "project not in (SHOP, PAY)": lambda i: key_of(i) not in ("SHOP", "PAY"),
    "NOT project = SHOP": lambda i: key_of(i) != "SHOP",
    "statusCategory = Done": lambda i: category(i) == "done",
    'statusCategory != "In Progress"': lambda i: category(i) != "indeterminate",
    "status = 'In Review'": lambda i: i["fields"]["status"]["name"] == "In Review",
    "issuetype = Bug": lambda i: i["fields"]["issuetype"]["name"] == "Bug",
    "hierarchyLevel = 1": lambda i: i["fields"]["issuetype"]["name"] == "Epic",
    "projectType = service_desk": lambda i: key_of(i) == "HELP",
    "assignee is EMPTY": lambda i: i["fields"]["assignee"] is None,
    "assignee is not empty": lambda i: i["fields"]["assignee"] is not None,
    "labels = backend": lambda i: "backend" in i["fields"]["labels"],
    "labels in (backend, 'ä-ö-ü')": lambda i: bool(
        {"backend", "ä-ö-ü"} & set(i["fields"]["labels"])
    ),
    "parent is EMPTY": lambda i: "parent" not in i["fields"],
    "parent = SHOP-1": lambda i: i["fields"].get("parent", {}).get("key") == "SHOP-1",
    "priority in (Highest, High)": lambda i: (
        i["fields"]["priority"]["name"] in ("Highest", "High")
    ),
    "updated >= -7d": lambda i: updated(i) >= "2026-05-25T12:00:00",
    "updated >= -1w": lambda i: updated(i) >= "2026-05-25T12:00:00",
    'created < "2026-05-01"': lambda i: i["fields"]["created"] < "2026-05-01",
    'created >= "2026/05/01 10:30"': lambda i: (
        i["fields"]["created"] >= "2026-05-01T10:30"
    ),
    "updated >= 1779710400000": lambda i: updated(i) >= "2026-05-25T12:00:00",
    "project = SHOP AND statusCategory = Done OR project = PAY": lambda i: (
        (key_of(i) == "SHOP" and category(i) == "done") or key_of(i) == "PAY"
    ),
    "project = SHOP AND (statusCategory = Done OR project = PAY)": lambda i: (
        key_of(i) == "SHOP" and category(i) == "done"
    ),
    'summary ~ "order by"': lambda i: "order by" in i["fields"]["summary"].lower(),
}


@pytest.mark.parametrize("jql", SELECTIONS)
def test_jql_selects_what_it_says(
    company: Company, index: IssueIndex, jql: str
) -> None:
    visible = [i for i in company.jira["issue"].values() if index.is_searchable(i)]
    wanted = {issue["id"] for issue in visible if SELECTIONS[jql](issue)}
    assert {issue["id"] for issue in index.search(jql)} == wanted


@pytest.mark.parametrize(
    "jql", ["key = SHOP-3", "issue = shop-3", "id = {id}", "key in (SHOP-3)"]
)
def test_an_issue_is_found_by_key_and_id(index: IssueIndex, jql: str) -> None:
    issue = index.find("SHOP-3")
    assert issue is not None
    assert index.search(jql.format(id=issue["id"])) == [issue]


def test_an_issue_is_found_by_the_key_it_once_had(
    company: Company, index: IssueIndex
) -> None:
    found = index.search("key = SHOP-9001")
    assert [issue["key"] for issue in found] == [company.cases["moved"]]


def test_open_sprints_are_found_by_the_function(index: IssueIndex) -> None:
    found = index.search("sprint in openSprints()")
    assert found
    assert found == index.search("sprint = active")


def test_empty_values_differ_from_nothing(index: IssueIndex) -> None:
    name = index.search("assignee is not EMPTY")[0]["fields"]["assignee"]["accountId"]
    found = index.search(f'assignee != "{name}"')
    assert found
    assert all(issue["fields"]["assignee"] for issue in found)


def test_order_is_obeyed(index: IssueIndex) -> None:
    ascending = index.search("project = SHOP ORDER BY created ASC, key DESC")
    times = [issue["fields"]["created"] for issue in ascending]
    assert times == sorted(times)
    descending = index.search("project = SHOP order by created desc")
    assert [i["fields"]["created"] for i in descending] == times[::-1]
    keys = [issue["key"] for issue in index.search("project = SHOP ORDER BY key")]
    assert keys[:10] == [f"SHOP-{number}" for number in range(1, 11)]


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("", "Unbounded JQL"),
        ("   ", "Unbounded JQL"),
        ("ORDER BY created", "Unbounded JQL"),
        ("project = NOPE", "'NOPE' does not exist for the field 'project'"),
        ("project = SEC", "'SEC' does not exist for the field 'project'"),
        ("key = SHOP-99999", "issue with key 'SHOP-99999' does not exist"),
        ("id = 4711", "does not exist for field 'id'"),
        ("key = SEC-1", "does not exist for field 'key'"),
        ("status = Sleeping", "'Sleeping' does not exist"),
        ("nonsense = 1", "Field 'nonsense' does not exist"),
        ("project = SHOP AND", "before the end of the query"),
        ("(project = SHOP ORDER BY key) AND id = 1", "Expecting ')' but got 'ORDER'"),
        ("project = SHOP project = PAY", "Expecting either 'OR' or 'AND'"),
        ("project SHOP", "Expecting operator"),
        ("project in SHOP", "Expecting '('"),
        ("updated >= yesterday", "Date value 'yesterday'"),
        ("project = SHOP ORDER BY a,b,c,d,e,f,g,h", "maximum number of order by"),
        ("project = 'SHOP", "reserved JQL character"),
    ],
)
def test_jql_is_refused_with_jiras_words(
    index: IssueIndex, jql: str, message: str
) -> None:
    with pytest.raises(JqlError) as caught:
        index.search(jql)
    assert message in str(caught.value)


def test_archived_and_hidden_projects_are_never_found(
    company: Company, index: IssueIndex
) -> None:
    keys = {key_of(issue) for issue in index.search("project is not EMPTY")}
    assert keys == {"SHOP", "PAY", "MOB", "OPS", "DATA", "HELP"}
    archived = index.find("OLD-1")
    assert archived is not None
    assert is_visible(company, "issue", archived)
    hidden = index.find("SEC-1")
    assert hidden is not None
    assert not is_visible(company, "issue", hidden)


def test_changes_are_found_after_the_lag_unless_reconciled() -> None:
    index = IssueIndex(build_company(now=NOW))
    issue = index.find("SHOP-3")
    assert issue is not None
    index.lag_seconds = 60.0
    index.delete(issue["id"])
    assert issue in index.search("project = SHOP")
    assert issue not in index.search("project = SHOP", reconcile=(issue["id"],))
    new = {**issue, "id": "99999", "key": "SHOP-99999"}
    index.put("99999", new)
    assert new not in index.search("project = SHOP")
    assert new in index.search("project = SHOP", reconcile=("99999",))
