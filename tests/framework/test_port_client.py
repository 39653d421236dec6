"""Clients for Port share what is dear to make."""

import ssl
from types import SimpleNamespace
from typing import Any

import pytest
from port_ocean.clients.port import utils
from port_ocean.config.settings import SslClientSettings
from port_ocean.helpers.ssl import resolve_verify_param
from werkzeug.local import LocalStack

from framework.port_client import share_tls


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what the framework's clients are told to verify with, as they are made."""
    seen: list[Any] = []

    def client(*args: Any, verify: Any, **kwargs: Any) -> SimpleNamespace:
        seen.append(verify)
        return SimpleNamespace()

    config = SimpleNamespace(ssl=SimpleNamespace(port=SslClientSettings()))
    monkeypatch.setattr(utils, "OceanAsyncClient", client)
    monkeypatch.setattr(utils, "ocean", SimpleNamespace(config=config))
    # So that it is put back afterwards.
    monkeypatch.setattr(utils, "resolve_verify_param", resolve_verify_param)
    return seen


def open_clients(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Have the framework open clients as it does in new event loops."""
    for _ in range(number):
        monkeypatch.setattr(utils, "_http_client", LocalStack())
        utils._get_http_client_context(SimpleNamespace())  # type: ignore[arg-type]


@pytest.mark.parametrize("verify", [True, False])
def test_all_clients_for_port_use_one_tls_context(
    made: list[Any], monkeypatch: pytest.MonkeyPatch, verify: bool
) -> None:
    settings = SslClientSettings(verify=verify)
    share_tls(settings)
    open_clients(monkeypatch, 3)
    assert len(made) == 3
    context, *others = made
    assert all(other is context for other in others)
    assert isinstance(context, ssl.SSLContext)
    assert context.check_hostname is verify
    assert (context.verify_mode is ssl.CERT_REQUIRED) is verify


def test_a_context_may_be_less_strict_where_the_settings_say_so(
    made: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    share_tls(SslClientSettings.model_validate({"x509": {"strict": False}}))
    open_clients(monkeypatch, 1)
    (context,) = made
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_mode is ssl.CERT_REQUIRED
