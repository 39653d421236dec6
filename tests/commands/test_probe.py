"""`make probe`: what the framework's report and the mapping come to."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from commands import findings
from commands.line import ROOT
from framework.probe import DENIED, GRANTED, UNKNOWN
from integration import JiraOctopusPortAppConfig

type Check = dict[str, Any]


def check(kind: str, status: str, message: str = "why", **scopes: str) -> Check:
    return {"kind": kind, "status": status, "message": message, "scopes": scopes}


def mapping(*kinds: str, **selector: Any) -> JiraOctopusPortAppConfig:
    mappings = {"identifier": ".Id", "blueprint": '"x"'}
    resources = [
        {
            "kind": kind,
            "selector": {"query": "true", **selector},
            "port": {"entity": {"mappings": mappings}},
        }
        for kind in kinds
    ]
    return JiraOctopusPortAppConfig.parse_obj({"resources": resources})


ONE, OTHER = "octopus-release", "jira-issue"
SPACE = {"space": "Payments", "spaceId": "Spaces-2", "spaceSlug": "pay"}


@pytest.mark.parametrize(
    ("checks", "status"),
    [
        ([check(ONE, GRANTED), check(OTHER, DENIED)], findings.WILL_SYNC),
        ([check(ONE, UNKNOWN), check(OTHER, DENIED)], findings.NOBODY_KNOWS),
        ([check(ONE, UNKNOWN), check(ONE, DENIED)], findings.WILL_NOT),
        ([check(ONE, GRANTED), check(ONE, DENIED)], findings.WILL_NOT),
        ([check(ONE, UNKNOWN, "Octopus Deploy is not set up")], findings.WILL_SYNC),
    ],
)
def test_only_mapped_kinds_decide_the_exit_status(
    checks: list[Check], status: int
) -> None:
    assert findings.exit_status(checks, mapping(ONE)) == status


@pytest.mark.parametrize("name", ["payments", "Spaces-2", "PAY"])
def test_a_refused_space_counts_when_the_selector_names_it(name: str) -> None:
    checks = [check(ONE, DENIED, **SPACE)]

    assert (
        findings.exit_status(checks, mapping(ONE, spaces=[name])) == findings.WILL_NOT
    )


def test_a_refused_space_that_the_selector_leaves_out_does_not_count() -> None:
    checks = [check(ONE, DENIED, **SPACE), check(ONE, GRANTED, space="Default")]
    wanted = mapping(ONE, spaces=["Default"])

    assert findings.exit_status(checks, wanted) == findings.WILL_SYNC


def test_a_site_counts_unless_the_selector_leaves_it_out() -> None:
    checks = [check(OTHER, DENIED, site="emea"), check(OTHER, GRANTED)]
    for sites, status in (([], findings.WILL_NOT), (["default"], findings.WILL_SYNC)):
        assert findings.exit_status(checks, mapping(OTHER, sites=sites)) == status

    refused = [check(ONE, DENIED, site="test", **SPACE)]
    wanted = mapping(ONE, sites=["test"], spaces=["Default"])
    assert findings.exit_status(refused, wanted) == findings.WILL_SYNC


def test_sites_and_their_spaces_are_named() -> None:
    checks = [
        check(OTHER, DENIED, site="emea"),
        check(ONE, DENIED, space="Default"),
        check(ONE, DENIED, site="test", space="Default"),
        check(ONE, GRANTED, site="test", space="Payments"),
    ]

    rows = [line.split() for line in shown(checks, mapping(ONE, OTHER)).splitlines()]

    assert rows[1] == ["✗", ONE, "Default,", "test:", "Default", "why"]
    assert rows[2] == ["✗", OTHER, "emea", "why"]


def shown(checks: list[Check], wanted: JiraOctopusPortAppConfig, told: str = "") -> str:
    console = Console(width=200, file=(text := StringIO()))
    console.print(findings.table(checks, wanted, told))
    console.print(findings.conclusion(checks, wanted))
    return text.getvalue()


def test_an_empty_mapping_is_not_said_to_sync() -> None:
    told = shown([check(ONE, GRANTED, "fine")], mapping())

    assert told.splitlines()[-1] == "The mapping is empty: nothing will sync."


def test_spaces_with_the_same_finding_share_a_row() -> None:
    checks = [check(ONE, UNKNOWN, "slow", space=f"Area {n}") for n in range(5)]
    checks.append(check(ONE, DENIED, "Missing permission(s): X", space="Payments"))
    checks.append(check(OTHER, GRANTED, "fine"))

    rows = [line.split() for line in shown(checks, mapping(ONE, OTHER)).splitlines()]

    assert rows[1] == ["✗", ONE, "Payments", "Missing", "permission(s):", "X"]
    assert rows[2][-6:] == ["Area", "2", "and", "2", "more", "slow"]
    assert rows[3] == ["✓", OTHER, "can", "be", "read,", "and", "mapped"]
    assert rows[-1] == ["Will", "not", "sync:", f"{ONE}."]


def test_kinds_with_the_same_finding_share_a_row() -> None:
    checks = [check(kind, DENIED, "no licence") for kind in (ONE, OTHER)]

    text = shown(checks, mapping(ONE, OTHER))

    assert f"{ONE}, {OTHER}" in text and text.count("no licence") == 1


def test_what_was_told_of_a_product_is_not_repeated() -> None:
    text = shown([check(ONE, DENIED, "401: no")], mapping(ONE), "Octopus: 401: no")

    assert "401" not in text and findings.SEE_ABOVE in text


def test_kinds_everywhere_alike_are_summed_up() -> None:
    checks = [check(ONE, UNKNOWN, space=f"Area {n}") for n in range(2)]

    text = shown(checks, mapping(ONE))

    assert "every space" in text
    assert f"Not known: {ONE}." in text


def test_kinds_that_are_not_mapped_take_one_line() -> None:
    checks = [check(ONE, GRANTED), check(OTHER, DENIED, "Missing permission(s): X")]

    assert OTHER not in shown(checks, mapping(ONE))
    told = findings.others(checks, mapping(ONE))
    assert told == f"Not in the mapping: 1 kinds, of which can't be read: {OTHER}"


def test_a_product_that_is_not_set_up_fills_no_rows() -> None:
    assert ONE not in shown([check(ONE, UNKNOWN, "X is not set up")], mapping(ONE))


# --- The sample of docs/permissions.md ------------------------------------------------

PAGE = ROOT / "docs/permissions.md"
FOUND = [
    check("jira-project", GRANTED),
    check("jira-issue", GRANTED),
    check("jira-user", DENIED, "Missing permission(s): USER_PICKER"),
    check("octopus-worker", GRANTED, space="Default"),
    check("octopus-worker", DENIED, "Missing permission(s): WorkerView", **SPACE),
]


def test_the_page_shows_what_the_probe_prints() -> None:
    kinds = list(dict.fromkeys(one["kind"] for one in FOUND))
    out = StringIO()
    console = Console(file=out, width=88, highlight=False)
    console.print(findings.table(FOUND, mapping(*kinds), ""))
    console.print(findings.conclusion(FOUND, mapping(*kinds)))
    printed = "\n".join(line.rstrip() for line in out.getvalue().splitlines())

    assert f"```text\n{printed}\n```" in PAGE.read_text("utf-8")
