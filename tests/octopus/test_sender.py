"""What Octopus posts is recognised by its secret header, whatever the body."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.signature import NotGenuine
from core.site import Site
from octopus.sender import OctopusSender


def told(**event: Any) -> dict[str, Any]:
    return {"EventType": "SubscriptionPayload", "Payload": {"Event": event}}


@pytest.mark.parametrize(
    ("ours", "given", "is_genuine"),
    [
        ("s3cret", "s3cret", True),
        ("s3cret", "S3cret", False),
        ("s3cret", "", False),
        ("s3cret", None, False),
        (None, "", False),
    ],
)
def test_only_the_right_secret_opens(
    ours: str | None, given: str | None, is_genuine: bool
) -> None:
    sender = OctopusSender(lambda _: ours)
    headers = {} if given is None else {"x-port-octopus-secret": given}
    now = datetime.now(UTC)
    if is_genuine:
        sender.check_headers(headers, now)
        sender.check(headers, b"{}", now)
        return
    with pytest.raises(NotGenuine):
        sender.check_headers(headers, now)
    with pytest.raises(NotGenuine):
        sender.check(headers, b"{}", now)


@pytest.mark.parametrize(
    "payload",
    [
        {"Event": {"SpaceId": "Spaces-2"}},
        {"Event": {"SpaceId": {"Value": "Spaces-2"}}},
        {"Event": {}, "Subscription": {"SpaceId": "Spaces-2"}},
    ],
    ids=["event", "wrapped", "subscription"],
)
def test_a_secret_opens_its_own_space_only(payload: dict[str, Any]) -> None:
    sender = OctopusSender(lambda space: f"{space}:secret of {space}")
    now = datetime.now(UTC)
    for space in ("Spaces-2", "Spaces-1", ""):
        headers = {"x-port-octopus-secret": f"{space}:secret of {space}"}
        # At first sight each is good: for its own space.
        sender.check_headers(headers, now)
        if space == "Spaces-2":
            sender.check_payload(headers, {"Payload": payload})
            continue
        with pytest.raises(NotGenuine):
            sender.check_payload(headers, {"Payload": payload})
    mixed = {"x-port-octopus-secret": "Spaces-2:secret of Spaces-1"}
    with pytest.raises(NotGenuine):
        sender.check_headers(mixed, now)


def test_an_event_has_the_id_of_the_audit_log_and_may_come_late() -> None:
    sender = OctopusSender(lambda _: None)
    event = told(Id="Events-7", Occurred="2023-09-19T21:35:08.5630000+00:00")
    assert "Events-7" in str(sender.event_id({}, event))
    assert sender.occurred_at(event) is None


@pytest.mark.parametrize("payload", [{}, told(), {"Payload": []}, told(Id=7)])
def test_other_bodies_have_none(payload: Any) -> None:
    assert OctopusSender(lambda _: None).event_id({}, payload) is None


def test_equal_ids_of_two_servers_are_different_events() -> None:
    event = told(Id="Events-7", SpaceId="Spaces-1")
    first, other = (OctopusSender(lambda _: None, Site(name)) for name in ("", "emea"))
    assert first.event_id({}, event) != other.event_id({}, event)
