"""Remove what this installation has registered in Jira and Octopus: part of leaving."""

import asyncio
import sys
from argparse import ArgumentParser

from port_ocean.bootstrap import load_ocean_app
from port_ocean.utils.signal import init_signal_handler


async def unregister() -> None:
    """Delete the webhook and the subscriptions, and tell how many there were."""
    from live_events import remove_live_events  # knows the configuration from here on

    removed, failures = await remove_live_events()
    print(f"Removed {removed} registrations of live events.")
    if failures:
        sys.exit("\n".join(f"Not removed: {failure}" for failure in failures))


if __name__ == "__main__":
    ArgumentParser(description=__doc__).parse_args()
    init_signal_handler()
    load_ocean_app(".")
    asyncio.run(unregister())
