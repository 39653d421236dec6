"""Remove what this installation has registered in Jira and Octopus: part of leaving."""

import asyncio

from port_ocean.bootstrap import load_ocean_app
from port_ocean.utils.signal import init_signal_handler


async def unregister() -> None:
    """Delete the webhook and the subscriptions, and tell how many there were."""
    from live_events import remove_live_events  # knows the configuration from here on

    removed = await remove_live_events()
    print(f"Removed {removed} registrations of live events.")


if __name__ == "__main__":
    init_signal_handler()
    load_ocean_app(".")
    asyncio.run(unregister())
