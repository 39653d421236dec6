"""The demo notices a wrong figure of a deployment, and a wrong delivery of an issue."""

from typing import Any

import pytest

from sandbox.company import Company
from sandbox.delivery_truth import DeliveryTruth
from sandbox.issue_truth import IssueTruth


def deployment(company: Company, case: str, **properties: Any) -> dict[str, Any]:
    return {company.cases[case]: {"properties": properties}}


def test_right_figures_are_no_complaint(company: Company) -> None:
    truth = DeliveryTruth(company)
    right = deployment(
        company, "rollback", isFailure=False, isRollback=True, leadTimeHours=None
    )
    assert list(truth.of_deployments(right)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"isFailure": True, "isRollback": True, "leadTimeHours": None},
        {"isFailure": False, "isRollback": False, "leadTimeHours": None},
        {"isFailure": False, "isRollback": True, "leadTimeHours": 3},
        {},
    ],
)
def test_a_wrong_figure_is(company: Company, wrong: dict[str, Any]) -> None:
    truth = DeliveryTruth(company)
    complaint, *_ = truth.of_deployments(deployment(company, "rollback", **wrong))
    assert company.cases["rollback"] in complaint


def test_a_wrong_delivery_of_an_issue_is_a_complaint(company: Company) -> None:
    key, truth = company.example.issue_key, DeliveryTruth(company)
    right = IssueTruth(company).of(key)

    assert right["deliveryState"] == "in production"
    assert [*truth.of_issues({key: {"properties": right}})] == []
    for name in right:
        wrong = {key: {"properties": {**right, name: "wrong"}}}
        (complaint,) = truth.of_issues(wrong)
        assert f"{key} has a wrong {name}" in complaint


def test_what_no_release_carries_is_not_delivered(company: Company) -> None:
    issues = {"SHOP-0": {"properties": {"deliveryState": "released"}}}
    (complaint,) = DeliveryTruth(company).of_issues(issues)
    assert complaint == "SHOP-0 has a wrong deliveryState: released, not None"
