"""Have Port's own clock bound what a resync may delete."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from loguru import logger
from port_ocean.clients.port.client import PortClient
from port_ocean.context.event import event

# Where the framework keeps it: what was written later is not compared, hence stays.
START = "resync_start_time"
# A difference that is worth a message.
NOTICED_SECONDS = 30.0


async def start_by_ports_clock(port: PortClient) -> None:
    """Let the running resync begin when Port's clock says, not this machine's.

    Port dates every entity itself. By a clock that is ahead of Port's, what was created
    during the resync would appear older than it. Raises httpx.HTTPError if Port doesn't
    answer; the framework then deletes nothing.

    https://www.rfc-editor.org/rfc/rfc9110#name-date
    """
    here = datetime.now(UTC)
    url = f"{port.api_url}/integration/{port.integration_identifier}"
    reply = await port.client.get(url, headers=await port.auth.headers())
    reply.raise_for_status()
    there = _date(reply.headers.get("Date", ""))
    if there is None:
        logger.warning("Port's replies have no date: this machine's clock counts")
        return
    event.attributes[START] = there
    if abs(ahead := (here - there).total_seconds()) > NOTICED_SECONDS:
        where = "ahead of" if ahead > 0 else "behind"
        logger.warning(f"This machine's clock is {abs(ahead):.0f} s {where} Port's")


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
