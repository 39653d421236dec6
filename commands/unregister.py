"""Remove what this installation has registered in Jira and Octopus: part of leaving."""

import asyncio
import os

from port_ocean.bootstrap import load_ocean_app
from port_ocean.log.logger_setup import setup_logger
from port_ocean.utils.signal import init_signal_handler

from commands.line import ROOT, command, end_with
from commands.settings import read_settings
from core.errors import ConfigurationError
from framework.settings import SettingsMistake
from links.connections import connect_ocean
from live_events.registration import Registration
from webhook_processors.subscribed import SUBSCRIBED

STATUSES = {
    0: "everything that was registered is removed",
    1: "something could not be removed, and is named",
}


async def unregister(address: str) -> int:
    """Delete the webhook and the subscriptions, print them, and return the status."""
    try:
        registration = Registration(SUBSCRIBED, connect_ocean())
        removed, failures = await registration.remove(address)
    except ConfigurationError as error:
        print(f"Configuration: {error}")
        return 1
    for what in removed:
        print(f"Removed: {what}")
    print(f"Removed {len(removed)} registrations of live events.")
    for failure in failures:
        print(f"Not removed: {failure}")
    return 1 if failures else 0


def main() -> int:
    """Return the exit status of this program."""
    parser = command("unregister", __doc__, STATUSES)
    which = "the base URL of what is removed, by default the own one"
    parser.add_argument("--address", default="", help=which)
    address = parser.parse_args().address
    os.chdir(ROOT)
    try:
        read_settings()
    except SettingsMistake as error:
        print(f"Not removed: {error}")
        return 1
    init_signal_handler()
    setup_logger("WARNING", enable_http_handler=False)
    load_ocean_app(".")
    return asyncio.run(unregister(address))


if __name__ == "__main__":
    end_with(main)
