"""Check the settings, Port and the addresses of the products before a start."""

import asyncio
import socket

from port_ocean.config.settings import ApplicationSettings, IntegrationConfiguration

from commands.addresses import wrong_addresses
from commands.port import NoAnswer, open_port
from commands.settings import read_settings
from framework.settings import SettingsMistake


class NoStart(Exception):
    """Nothing can be synced with these settings; the message says why."""


def check_start() -> IntegrationConfiguration:
    """Return the settings if something can be synced with them; raises NoStart.

    Takes ten seconds at most. If one of two products doesn't answer, a line says so.
    """
    try:
        settings = read_settings()
        with open_port(settings) as port:
            port.check()
    except (SettingsMistake, NoAnswer) as error:
        raise NoStart(str(error)) from error
    check_addresses(settings)
    return settings


def check_addresses(settings: IntegrationConfiguration) -> None:
    """Print who doesn't answer; raises NoStart if no product does."""
    found = asyncio.run(wrong_addresses(settings))
    lines = [f"{product}: {wrong}" for product, wrong in found.items() if wrong]
    if len(lines) == len(found):
        raise NoStart("\n".join(lines))
    for line in lines:
        print(f"{line}. What belongs to it is kept as it is.", flush=True)


def check_port() -> None:
    """Raise NoStart if nothing can listen where the integration is to be reached."""
    port = ApplicationSettings().port
    try:
        with socket.socket() as listener:
            # As the server does: what has just ended is in nobody's way.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("", port))
    except OSError as error:
        raise NoStart(
            f"nothing can listen on port {port}: {error.strerror}. End what does, or"
            " set APPLICATION__PORT to another one, or to 0 for any"
        ) from error
