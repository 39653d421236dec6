"""What probing either product has in common: verdicts, and the report made of them."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from port_ocean.core.probe import (
    KindPermissionVerdict,
    PermissionCombination,
    ProbeCheck,
    ProbeCheckStatus,
    ProbeContext,
)
from port_ocean.helpers.retry import SKIP_RETRY_EXTENSION_KEY

from core.errors import (
    ApiError,
    ConfigurationError,
    Forbidden,
    MalformedReply,
    NotAvailable,
    RateLimited,
    Unavailable,
)
from core.site import FIRST, Site

GRANTED, DENIED, UNKNOWN = (
    ProbeCheckStatus.SUCCESS,
    ProbeCheckStatus.FAILURE,
    ProbeCheckStatus.UNKNOWN,
)
# Of several verdicts about one kind, the first of these counts.
WORST_FIRST = (DENIED, UNKNOWN, GRANTED)
# A person waits for the answer.
PATIENCE_SECONDS = 10.0
# More names than these make no better reading.
NAMES_SHOWN = 3
NOT_SET_UP = "is not set up"

type Verdict = tuple[ProbeCheckStatus, str]
type Scope = Mapping[str, str | int]


@dataclass
class Findings:
    """What probing one product found: checks for the report, lines for people."""

    checks: list[ProbeCheck] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    # Whether nothing could be found out at all.
    failed: bool = False
    site: Site = FIRST

    def add(self, kind: str, verdict: Verdict, scope: Scope | None = None) -> None:
        """Add what was found about a kind, in one scope if it has several."""
        where = {"site": self.site.name} if self.site.name else {}
        self.checks.append(ProbeCheck(kind, {**where, **(scope or {})}, *verdict))

    def add_all(self, kinds: Iterable[str], verdict: Verdict) -> None:
        """Add the same about several kinds."""
        for kind in kinds:
            self.add(kind, verdict)


class Required(KindPermissionVerdict):
    """Grant a kind when every permission that the table names for it is there."""

    combination = PermissionCombination.AND

    def __init__(self, table: Mapping[str, tuple[str, ...]]) -> None:
        self._table = table

    def load_kind_permissions(self) -> Mapping[str, tuple[str, ...]]:
        return self._table

    def granted_message(self, granted: tuple[str, ...]) -> str:
        return super().granted_message(granted) if granted else "Needs no permission"

    def missing_message(self, missing: tuple[str, ...]) -> str:
        return f"The vendor does not report: {', '.join(missing)}"


def judge(answer: object, needed: tuple[str, ...] = ()) -> Verdict:
    """Say what an answer means, or what was raised instead of one.

    `needed` are the permissions that a refusal must be about.
    """
    match answer:
        case Forbidden() if needed:
            return DENIED, f"Missing permission(s): {', '.join(needed)}. {answer}"
        case Unavailable() | RateLimited() | MalformedReply():
            return UNKNOWN, str(answer)
        case ApiError() | NotAvailable() | ConfigurationError():
            return DENIED, str(answer)
        case BaseException():
            return UNKNOWN, f"The reply was not as documented: {answer!r}"
    return GRANTED, "Could be read"


def unknown(reason: object) -> Verdict:
    """Say that nothing is known, whatever the reason would mean elsewhere."""
    return UNKNOWN, reason if isinstance(reason, str) else judge(reason)[1]


def worst(*verdicts: Verdict) -> Verdict:
    """Return the verdict that counts; equal ones keep the first message."""
    return min(verdicts, key=lambda verdict: WORST_FIRST.index(verdict[0]))


def shorten(names: Sequence[str]) -> str:
    """Write the first names and how many there are besides."""
    more = len(names) - NAMES_SHOWN
    shown = ", ".join(names[:NAMES_SHOWN])
    return f"{shown} and {more} more" if more > 0 else shown


def ask_once(http: httpx.AsyncClient) -> None:
    """Have a client give up soon and without retries, which take a minute and more."""

    async def without_retries(request: httpx.Request) -> None:
        request.extensions[SKIP_RETRY_EXTENSION_KEY] = True

    http.timeout = httpx.Timeout(PATIENCE_SECONDS)
    http.event_hooks = {"request": [without_retries]}


async def together[T](*questions: Awaitable[T]) -> list[T | BaseException]:
    """Ask everything at once; who fails gets the failure for an answer.

    The client lets no more requests through at a time than the vendors advise.
    """
    return await asyncio.gather(*questions, return_exceptions=True)


def not_set_up(product: str, kinds: Iterable[str]) -> Findings:
    """Return what there is to say about a product without settings."""
    reason = f"{product} {NOT_SET_UP}"
    found = Findings(lines=[f"{reason}."])
    found.add_all(kinds, (UNKNOWN, reason))
    return found


def merged(findings: Iterable[Findings]) -> Findings:
    """Return what was found about several sites of a product."""
    found = [*findings]
    return Findings(
        checks=[check for each in found for check in each.checks],
        lines=[line for each in found for line in each.lines],
        failed=any(each.failed for each in found),
    )


def no_sign_in(
    product: str, kinds: Iterable[str], error: Exception, site: Site = FIRST
) -> Findings:
    """Return the findings if the sign-in failed, or nothing answered."""
    lines = [f"{product}: no sign-in. {error}"]
    found = Findings(lines=lines, failed=True, site=site)
    found.add_all(kinds, judge(error))
    return found


async def conclude(context: ProbeContext, products: Iterable[Findings]) -> ProbeContext:
    """Put the findings about the kinds that were asked for into the report."""
    found = list(products)
    wanted = set(context.available_kinds)
    context.checks += [c for each in found for c in each.checks if c.kind in wanted]
    context.message = "\n".join(line for each in found for line in each.lines)
    if any(each.failed for each in found):
        await context.fail(context.message)
    return context
