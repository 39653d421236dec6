"""The demo notices a wrong figure of a deployment, and a wrong delivery of an issue."""

from typing import Any

import pytest

from sandbox.company import Company
from sandbox.delivery_truth import DeliveryTruth


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


def of_example(company: Company, **delivery: Any) -> list[str]:
    key, release = company.example.issue_key, company.cases["example release"]
    releases = {release: {"identifier": release, "relations": {"issues": [key]}}}
    issues = {key: {"properties": delivery}}
    return list(DeliveryTruth(company).of_issues(issues, releases))


def test_the_delivery_of_an_issue_has_to_be_possible(company: Company) -> None:
    deployment = company.octopus["deployments"][company.example.deployment_id]
    at = company.octopus["tasks"][deployment["TaskId"]]["CompletedTime"]
    right = {"deliveryState": "in production", "firstInProductionAt": at}

    assert of_example(company, **right) == []
    assert len(of_example(company, deliveryState="released")) == 1
    odd = {**right, "firstInProductionAt": company.now.isoformat()}
    assert len(of_example(company, **odd)) == 2


def test_what_no_release_carries_is_not_delivered(company: Company) -> None:
    issues = {"SHOP-1": {"properties": {"deliveryState": "released"}}}
    (complaint,) = DeliveryTruth(company).of_issues(issues, {})
    assert complaint == "SHOP-1 is released, but no release carries it"
