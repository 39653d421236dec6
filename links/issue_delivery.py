"""How far releases brought each Jira issue: `octopus-issue-delivery`.

Nothing of Jira is read. What releases and deployments of the same resync have brought
is not read again, if their mappings select the same.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from weakref import WeakKeyDictionary

from core.api import Api
from core.errors import ApiError, Unavailable
from core.lookup import Absent
from core.resource import Resource
from core.trouble import INCOMPLETE, current_report, incomplete
from core.types import Item
from framework.entity_processor import GONE
from framework.resync_run import current_run
from framework.selectors import serves
from links.delivery import Deliveries
from links.kinds import LinkKind
from links.stub_titles import keys_of_jira, with_title
from links.touched import told_of, touched
from octopus.resources.delivered import log_of
from octopus.resources.delivery_log import DeliveryLog
from octopus.resources.environments import add_environments
from octopus.resources.history import cutoff
from octopus.resources.neighbours import know_log
from octopus.resources.whole_log import made_of, read_log
from octopus.selectors import ReleaseSelector
from octopus.stages import Stage, stages_of

# The stage of each environment, as it was when a log was read last.
_STAGES: WeakKeyDictionary[DeliveryLog, dict[str, Stage | None]] = WeakKeyDictionary()
# As many issues as are mapped and written together.
BATCH = 200


@dataclass(frozen=True)
class Told:
    """What all servers know of the delivery of issues, or all that answer."""

    deliveries: Deliveries
    is_whole: bool

    def of(self, key: str) -> Item | None:
        """Return the delivery of an issue, None if no release carries it."""
        item = self.deliveries.of(key)
        if self.is_whole or item is None:
            return item
        return incomplete(item, *(name for name in item if name != "issueKey"))

    def or_gone(self, key: str) -> Item:
        """Return the delivery of an issue, with GONE if no release carries it.

        Raises Unavailable while a silent server may have such a release.
        """
        item = self.of(key)
        if item is None and not self.is_whole:
            raise Unavailable(f"it is not known whether releases carry {key}")
        return item or {"issueKey": key, GONE: True}


async def deliveries_of(api: Api, log: DeliveryLog, selector: ReleaseSelector) -> Told:
    """Return what tells the delivery of issues; raise Unavailable without stages.

    An issue may be in releases of several servers. Of one that is silent, what it told
    last counts; if that is nothing yet, nothing is known for certain.
    """
    others: list[Deliveries] = []
    siblings = [one for one in api.siblings if serves(selector, one.site)]
    for sibling in siblings:
        try:
            others.append(await _of_sibling(sibling, selector))
        except ApiError as error:
            current_report().lose_value(f"deliveries of {sibling.site.label}", error)
    own = await _deliveries(api, log, selector, others)
    return Told(own, is_whole=len(others) == len(siblings))


async def _of_sibling(api: Api, selector: ReleaseSelector) -> Deliveries:
    """Return what another server tells, or told last; raises ApiError."""
    log, run = log_of(api, selector), current_run()
    try:
        if run is not None:
            await read_log(api, selector, run)
        elif not await know_log(api, selector):
            raise Unavailable("its releases or deployments could not be read lately")
        return await _deliveries(api, log, selector)
    except ApiError:
        if log not in _STAGES:
            raise
        return _told_by(api, log, selector)


async def _deliveries(
    api: Api,
    log: DeliveryLog,
    selector: ReleaseSelector,
    others: Sequence[Deliveries] = (),
) -> Deliveries:
    places = {(place.space, place.environment) for place in log.places.values()}
    items = [{"SpaceId": space, "EnvironmentId": id_} for space, id_ in places]
    known, stages = await add_environments(api, items), stages_of(api)
    if any(item.get(INCOMPLETE) for item in known):
        raise Unavailable("the names of environments could not be read")
    _STAGES[log] = {
        item["EnvironmentId"]: stages[number - 1] if number else None
        for item in known
        for number in [item["__stageNumber"]]
    }
    return _told_by(api, log, selector, others)


def _told_by(
    api: Api,
    log: DeliveryLog,
    selector: ReleaseSelector,
    others: Sequence[Deliveries] = (),
) -> Deliveries:
    last, since, scope = len(stages_of(api)), cutoff(selector), api.site.scope
    return Deliveries(log, _STAGES[log], last, since, scope, others)


async def list_deliveries(
    api: Api, selector: ReleaseSelector, parent: Item
) -> AsyncGenerator[list[Item]]:
    """Yield the delivery of each issue that a release carries."""
    log = await read_log(api, selector, current_run())
    deliveries = await deliveries_of(api, log, selector)
    known = keys_of_jira()
    by_releases = sorted(log.carriers, key=lambda key: (log.carriers[key], key))
    for keys in batched(by_releases, BATCH):
        told = (item for key in keys if (item := deliveries.of(key)))
        yield [with_title(item, known) for item in told]


async def get_delivery(api: Api, ref: Item, selector: ReleaseSelector) -> Item | Absent:
    """Return the delivery of one issue; it is gone if no release carries the issue."""
    log = await read_log(api, selector)
    item = (await deliveries_of(api, log, selector)).or_gone(ref["issueKey"])
    return Absent.GONE if GONE in item else item


async def tell(
    api: Api, log: DeliveryLog, selector: ReleaseSelector, keys: Iterable[str]
) -> list[Item]:
    """Return the delivery of some issues; those that are in no release have GONE."""
    deliveries = await deliveries_of(api, log, selector)
    return [deliveries.or_gone(key) for key in sorted(keys)]


async def list_changed(
    api: Api, resource: Resource, selector: ReleaseSelector, since: datetime
) -> AsyncGenerator[list[Item]]:
    """Yield the deliveries that new or changed releases and deployments concern.

    Raises Unavailable at the end if something of these could not be read.
    """
    log, keys, is_whole = await read_log(api, selector), set[str](), True
    changed: list[tuple[Resource, Item]] = []
    for declared, own in made_of(selector):
        if declared.changed is None:
            continue
        async with aclosing(declared.changed(api, declared, own, since)) as batches:
            async for batch in batches:
                for item in batch:
                    keys |= touched(log, declared, item)
                    changed.append((declared, item))
                    is_whole &= not item.get(INCOMPLETE)
    for part in batched(sorted(keys), BATCH):
        yield await tell(api, log, selector, part)
    for declared, item in changed:
        told_of(log, declared, item, keys)
    if not is_whole:
        raise Unavailable("what releases carry, or how deployments ended, is not known")


# https://octopus.com/docs/releases
ISSUE_DELIVERY = Resource(
    kind=LinkKind.ISSUE_DELIVERY,
    id_field="issueKey",
    is_of_any_site=True,
    list_with=list_deliveries,
    get_with=get_delivery,
    dated_by="lastAssembled",
    since=cutoff,
    changed=list_changed,
)
