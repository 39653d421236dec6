"""Each space has a secret of its own, the same in every process."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from octopus import connection
from octopus.connection import octopus_settings, octopus_webhook_secret

SERVER = {"octopus_server_url": "https://octopus.test"}


@pytest.fixture(autouse=True)
def _settings_of_this_test() -> Iterator[None]:
    octopus_settings.cache_clear()
    yield
    octopus_settings.cache_clear()


def configure(
    monkeypatch: pytest.MonkeyPatch, identifier: str = "shop", **settings: str
) -> None:
    integration = SimpleNamespace(identifier=identifier)
    ocean = SimpleNamespace(
        integration_config={**SERVER, **settings},
        config=SimpleNamespace(integration=integration),
    )
    monkeypatch.setattr(connection, "ocean", ocean)
    octopus_settings.cache_clear()


def test_it_depends_on_key_identifier_and_space(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets = []
    for key, identifier in (("API-1", "shop"), ("API-2", "shop"), ("API-1", "bank")):
        configure(monkeypatch, identifier, octopus_api_key=key)
        secrets += [octopus_webhook_secret(f"Spaces-{n}") for n in (1, 2)]
    assert len(set(secrets)) == len(secrets)
    configure(monkeypatch, octopus_api_key="API-1")
    assert octopus_webhook_secret("Spaces-1") == secrets[0]


def test_one_of_the_user_is_for_all_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, octopus_api_key="API-1", octopus_webhook_secret="own")
    assert {octopus_webhook_secret(f"Spaces-{n}") for n in (1, 2)} == {"own"}


def test_none_is_derived_from_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, octopus_access_token="ey")
    assert octopus_webhook_secret("Spaces-1") is None
