"""What Octopus posts is recognised by its secret header, whatever the body."""

from datetime import UTC, datetime
from typing import Any

import pytest

from core.signature import NotGenuine
from octopus import sender
from octopus.sender import OCTOPUS_SENDER


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
    monkeypatch: pytest.MonkeyPatch,
    ours: str | None,
    given: str | None,
    is_genuine: bool,
) -> None:
    monkeypatch.setattr(sender, "octopus_webhook_secret", lambda _: ours)
    headers = {} if given is None else {"x-port-octopus-secret": given}
    now = datetime.now(UTC)
    if is_genuine:
        OCTOPUS_SENDER.check_headers(headers, now)
        OCTOPUS_SENDER.check(headers, b"{}", now)
        return
    with pytest.raises(NotGenuine):
        OCTOPUS_SENDER.check_headers(headers, now)
    with pytest.raises(NotGenuine):
        OCTOPUS_SENDER.check(headers, b"{}", now)


@pytest.mark.parametrize(
    "payload",
    [
        {"Event": {"SpaceId": "Spaces-2"}},
        {"Event": {"SpaceId": {"Value": "Spaces-2"}}},
        {"Event": {}, "Subscription": {"SpaceId": "Spaces-2"}},
    ],
    ids=["event", "wrapped", "subscription"],
)
def test_a_secret_opens_its_own_space_only(
    monkeypatch: pytest.MonkeyPatch, payload: dict[str, Any]
) -> None:
    monkeypatch.setattr(
        sender, "octopus_webhook_secret", lambda space: f"{space}:secret of {space}"
    )
    now = datetime.now(UTC)
    for space in ("Spaces-2", "Spaces-1", ""):
        headers = {"x-port-octopus-secret": f"{space}:secret of {space}"}
        # At first sight each is good: for its own space.
        OCTOPUS_SENDER.check_headers(headers, now)
        if space == "Spaces-2":
            OCTOPUS_SENDER.check_payload(headers, {"Payload": payload})
            continue
        with pytest.raises(NotGenuine):
            OCTOPUS_SENDER.check_payload(headers, {"Payload": payload})
    mixed = {"x-port-octopus-secret": "Spaces-2:secret of Spaces-1"}
    with pytest.raises(NotGenuine):
        OCTOPUS_SENDER.check_headers(mixed, now)


def test_an_event_has_the_id_of_the_audit_log_and_may_come_late() -> None:
    event = told(Id="Events-7", Occurred="2023-09-19T21:35:08.5630000+00:00")
    assert "Events-7" in str(OCTOPUS_SENDER.event_id({}, event))
    assert OCTOPUS_SENDER.occurred_at(event) is None


@pytest.mark.parametrize("payload", [{}, told(), {"Payload": []}, told(Id=7)])
def test_other_bodies_have_none(payload: Any) -> None:
    assert OCTOPUS_SENDER.event_id({}, payload) is None
