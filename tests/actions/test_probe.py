"""The probe names what the account lacks for each action."""

from actions.jira.probe import probe_jira_actions
from client import ApiClient
from sandbox.jira import JiraSandbox


async def test_all_permissions_are_named_that_are_missing(
    api: ApiClient, site: JiraSandbox
) -> None:
    site.revoked |= {"DELETE_ISSUES", "LINK_ISSUES"}
    (line,) = (await probe_jira_actions([api])).lines

    assert "create_issue, update_issue" in line
    assert "delete_issue needs DELETE_ISSUES; link_issues needs LINK_ISSUES" in line


async def test_an_account_with_everything_lacks_nothing(api: ApiClient) -> None:
    (line,) = (await probe_jira_actions([api])).lines

    assert "release_version" in line and "Missing" not in line


async def test_a_product_that_is_not_set_up_has_no_line() -> None:
    assert (await probe_jira_actions([])).lines == []


async def test_trouble_is_no_verdict(api: ApiClient, site: JiraSandbox) -> None:
    site.faults.add(path="mypermissions", status=403, body={"errorMessages": ["no"]})
    (line,) = (await probe_jira_actions([api])).lines

    assert line.startswith("Actions in Jira: unknown.")
