"""Ask the addresses in the settings who answers there, before anything is started."""

import asyncio
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from port_ocean.config.settings import IntegrationConfiguration, SslClientSettings
from port_ocean.helpers.ssl import resolve_verify_param

from core.site import Site
from framework.settings import read_config, variable_of
from jira.replies import is_own_error as is_own_error_of_jira
from jira.settings import PRODUCT as JIRA
from jira.settings import SITES
from jira.settings import parse_settings as parse_jira
from octopus.connection import vendor as octopus_vendor
from octopus.settings import PRODUCT as OCTOPUS
from octopus.settings import SERVERS
from octopus.settings import parse_settings as parse_octopus

# A person waits ten seconds at most, two of them for the program itself. Who answers at
# all answers such a question in less than a second.
PATIENCE_SECONDS = 7.0
TITLE = re.compile(rb"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)
MAX_TITLE_LENGTH = 60
# Who answers so may be the right one; only the sign-in can tell.
NOT_TOLD = frozenset({401, 403, 407, 408, 429})


@dataclass(frozen=True)
class Address:
    """Where a product should be, and how it is known by its answer to anybody."""

    product: str
    site: Site
    setting: str
    url: str
    path: str
    is_it: Callable[[Any], bool]

    @property
    def name(self) -> str:
        """Return how the product is called in messages."""
        return self.site.product(self.product)


def is_jira(body: Any) -> bool:
    """Return whether Jira Cloud says this of itself; anybody may ask.

    https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-server-info/
    """
    return isinstance(body, dict) and body.get("deploymentType") == "Cloud"


def is_octopus(body: Any) -> bool:
    """Return whether this is the root document of an Octopus server.

    https://octopus.com/docs/octopus-rest-api/getting-started
    """
    return isinstance(body, dict) and body.get("Application") == "Octopus Deploy"


SPEAKERS = (
    (JIRA, is_jira, is_own_error_of_jira),
    (OCTOPUS, is_octopus, octopus_vendor("").is_own_error),
)


def addresses(config: Mapping[str, Any], oauth: bool) -> list[Address]:
    """Return where the products that are set up should be."""
    found = []
    for jira in parse_jira(config, oauth):
        url, path, site = jira.base_url, "/rest/api/3/serverInfo", jira.site
        setting = SITES if site.name else "jiraHost"
        found.append(Address(JIRA, site, setting, url, path, is_jira))
    for octopus in parse_octopus(config):
        url, site = octopus.base_url, octopus.site
        setting = SERVERS if site.name else "octopusServerUrl"
        found.append(Address(OCTOPUS, site, setting, url, "/api", is_octopus))
    return found


async def wrong_addresses(settings: IntegrationConfiguration) -> dict[str, str | None]:
    """Return by product what is wrong with its address, None if nothing is."""
    asked = addresses(read_config(), bool(settings.oauth_access_token_file_path))
    found = await asyncio.gather(
        *(ask(address, settings.ssl.third_party) for address in asked)
    )
    return {a.name: wrong for a, wrong in zip(asked, found, strict=True)}


async def ask(address: Address, tls: SslClientSettings) -> str | None:
    """Return what is wrong with an address, in a sentence that names the setting."""
    where = f"{address.setting} ({variable_of(address.setting)})"
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            httpx.AsyncClient(
                verify=resolve_verify_param(tls), timeout=PATIENCE_SECONDS
            ) as http,
        ):
            response = await http.get(address.url + address.path)
    except (TimeoutError, httpx.HTTPError, OSError) as error:
        return f"nothing answers at {address.url}: {reason(error)}. Check {where}"
    answer = _describe(response, address)
    return answer and f"{address.url} {answer}. Check {where}"


def reason(error: BaseException, patience: float = PATIENCE_SECONDS) -> str:
    """Say why there is no answer after `patience` seconds, in words that help."""
    causes = [error]
    while cause := causes[-1].__cause__ or causes[-1].__context__:
        causes.append(cause)
    if any(isinstance(c, TimeoutError | httpx.TimeoutException) for c in causes):
        return f"it takes longer than {patience:.0f} seconds"
    text = next((str(c) for c in reversed(causes) if str(c)), type(error).__name__)
    if any(isinstance(c, ssl.SSLCertVerificationError) for c in causes) or (
        "CERTIFICATE_VERIFY_FAILED" in text
    ):
        return f"its certificate is not trusted ({text})"
    if any(isinstance(c, ConnectionRefusedError) for c in causes):
        return "nothing listens there"
    if "Name or service not known" in text or "getaddrinfo" in text:
        return "there is no host of that name"
    return text


def _describe(response: httpx.Response, address: Address) -> str | None:
    """Say what answered instead of the product, None if the product did."""
    status = response.status_code
    if response.is_redirect:
        target = response.headers.get("location", "elsewhere").partition("?")[0]
        return f"redirects to {target}"
    if status in NOT_TOLD:
        return None
    body = _json(response)
    if response.is_success and address.is_it(body):
        return None
    for product, is_it, is_own_error in SPEAKERS:
        if product != address.product and (is_it(body) or is_own_error(body)):
            return f"is {product}, not {address.name}"
    if isinstance(body, dict) and body.get("deploymentType"):
        return f"is Jira {body['deploymentType']}; only Jira Cloud can be read"
    return f"is not {address.name}: it answers {status} with {_page(response)}"


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _page(response: httpx.Response) -> str:
    kind = response.headers.get("content-type", "nothing").partition(";")[0]
    if title := TITLE.search(response.content):
        words = title[1].decode(errors="replace")[:MAX_TITLE_LENGTH]
        return f"the page {words!r}"
    return str(kind)
