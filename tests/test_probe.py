"""`make probe`: what the framework's report and the mapping come to."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

import probe
from core.probe import DENIED, GRANTED, UNKNOWN
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
        ([check(ONE, GRANTED), check(OTHER, DENIED)], probe.WILL_SYNC),
        ([check(ONE, UNKNOWN), check(OTHER, DENIED)], probe.NOBODY_KNOWS),
        ([check(ONE, UNKNOWN), check(ONE, DENIED)], probe.WILL_NOT),
        ([check(ONE, GRANTED), check(ONE, DENIED)], probe.WILL_NOT),
        ([check(ONE, UNKNOWN, "Octopus Deploy is not set up")], probe.WILL_SYNC),
    ],
)
def test_only_mapped_kinds_decide_the_exit_status(
    checks: list[Check], status: int
) -> None:
    assert probe.exit_status(checks, mapping(ONE)) == status


@pytest.mark.parametrize("name", ["payments", "Spaces-2", "PAY"])
def test_a_refused_space_counts_when_the_selector_names_it(name: str) -> None:
    checks = [check(ONE, DENIED, **SPACE)]

    assert probe.exit_status(checks, mapping(ONE, spaces=[name])) == probe.WILL_NOT


def test_a_refused_space_that_the_selector_leaves_out_does_not_count() -> None:
    checks = [check(ONE, DENIED, **SPACE), check(ONE, GRANTED, space="Default")]
    wanted = mapping(ONE, spaces=["Default"])

    assert probe.unknown_spaces(checks, wanted) == []
    assert probe.exit_status(checks, wanted) == probe.WILL_SYNC


def test_a_space_that_nobody_sees_fails_the_kind() -> None:
    checks = [check(ONE, GRANTED, **SPACE)]
    wanted = mapping(ONE, spaces=["Payments", "Paymnets"])

    (failed,) = probe.unknown_spaces(checks, wanted)

    assert "paymnets" in failed["message"]
    assert probe.exit_status([*checks, failed], wanted) == probe.WILL_NOT


def shown(checks: list[Check], wanted: JiraOctopusPortAppConfig) -> str:
    console = Console(width=200, file=(text := StringIO()))
    console.print(probe.table(checks, wanted))
    console.print(probe.conclusion(checks, wanted))
    return text.getvalue()


def test_spaces_with_the_same_finding_share_a_row_and_the_worst_comes_first() -> None:
    checks = [check(ONE, GRANTED, "fine", space=f"Area {n}") for n in range(5)]
    checks.append(check(ONE, DENIED, "Missing permission(s): X", space="Payments"))
    checks.append(check(OTHER, GRANTED, "fine"))

    text = shown(checks, mapping(ONE))

    rows = [line.split() for line in text.splitlines()]
    assert rows[1] == ["✗", ONE, "yes", "Payments", "Missing", "permission(s):", "X"]
    assert "Area 0, Area 1, Area 2 and 2 more" in text
    assert ["✓", OTHER, "fine"] in rows
    assert text.rstrip().endswith(f"Will not sync: {ONE}.")


def test_kinds_everywhere_alike_are_told_so() -> None:
    checks = [check(ONE, UNKNOWN, space=f"Area {n}") for n in range(2)]

    text = shown(checks, mapping(ONE))

    assert "every space" in text
    assert f"Not known: {ONE}." in text


def test_a_kind_of_ones_own_is_shown_as_not_probed() -> None:
    own = {
        "kind": "own",
        "selector": {"query": "true", "path": "proxies"},
        "port": {"entity": {"mappings": {"identifier": ".Id", "blueprint": '"x"'}}},
    }
    wanted = JiraOctopusPortAppConfig.parse_obj({"resources": [own]})

    text = shown([check(ONE, GRANTED)], wanted)

    assert "A kind of your own: not probed" in text
    assert "Every mapped kind will sync." in text


def test_a_product_that_is_not_set_up_fills_no_rows() -> None:
    assert ONE not in shown([check(ONE, UNKNOWN, "X is not set up")], mapping(ONE))
