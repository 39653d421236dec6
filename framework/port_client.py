"""The framework's clients for Port, made cheaper."""

import httpx
from port_ocean.clients.port import utils
from port_ocean.config.settings import SslClientSettings
from port_ocean.helpers.ssl import resolve_verify_param


def share_tls(settings: SslClientSettings) -> None:
    """Have all clients for Port use one TLS context, made here.

    The framework opens clients again and again, one for each hundred lines of its log,
    for instance; reading the certificates is most of what that costs.
    """
    shared = httpx.create_ssl_context(resolve_verify_param(settings))
    # Mypy takes what a module imports for its own affair.
    utils.resolve_verify_param = lambda _: shared  # type: ignore[attr-defined,assignment]
