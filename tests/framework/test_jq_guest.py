"""An expression that takes too long costs its value, and nothing else."""

import asyncio
import json
from typing import Any

import pytest

from framework import jq_guest
from framework.jq_guest import CHANCES, GIVEN_UP_SECONDS, ITEMS_PER_REQUEST, JqGuest
from framework.jq_process import JqProcess
from tests.conftest import SameProcess

ENDLESS = "[range(1000000000)] | length"
GOOD = ".a | length"


class Mortal(SameProcess):
    """A worker that one expression ends; only for items with a text, if that is set."""

    def __init__(self, fatal: str = ENDLESS, kills: str = "") -> None:
        super().__init__()
        self.fatal, self.kills = fatal, kills
        self.requests: list[tuple[list[str], int]] = []

    async def ask(self, *messages: bytes) -> bytes | None:
        expressions, items = json.loads(messages[0]), messages[1].decode()
        self.requests.append((expressions, items.count("\n") + 1))
        if self.fatal in expressions and self.kills in items:
            return None
        return await super().ask(*messages)


def items_of(count: int) -> list[dict[str, Any]]:
    return [{"a": "x" * (number % 7)} for number in range(count)]


async def test_only_the_endless_expression_gives_nothing(warnings: list[str]) -> None:
    guest = JqGuest(Mortal())
    answers = await guest.run([GOOD, ENDLESS, ".b"], items_of(8))
    assert answers == [[[n % 7], None, [None]] for n in range(8)]
    assert [ENDLESS in w and "given up" in w for w in warnings] == [True]


async def test_what_is_given_up_is_not_asked_for_again() -> None:
    link = Mortal()
    guest = JqGuest(link)
    await guest.run([GOOD, ENDLESS], items_of(8))
    failed = [r for r in link.requests if ENDLESS in r[0]]
    assert len(failed) == 1 + CHANCES
    link.requests.clear()
    assert await guest.run([ENDLESS, GOOD], items_of(2)) == [[None, [0]], [None, [1]]]
    assert await guest.run([ENDLESS], items_of(1)) == [[None]]
    assert link.requests == [([GOOD], 2)]


async def test_after_an_hour_it_gets_new_chances(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link, now = Mortal(), 0.0
    monkeypatch.setattr(jq_guest, "monotonic", lambda: now)
    guest = JqGuest(link)
    await guest.run([ENDLESS], items_of(CHANCES))
    link.requests.clear()
    now = GIVEN_UP_SECONDS + 1
    await guest.run([ENDLESS], items_of(1))
    assert link.requests == [([ENDLESS], 1)]


async def test_an_item_that_takes_too_long_costs_itself(warnings: list[str]) -> None:
    guest = JqGuest(Mortal(fatal=".a | ascii_upcase", kills="poison"))
    items = [{"a": "ok"}, {"a": "poison"}, {"a": "ok"}]
    found = await guest.run([GOOD, ".a | ascii_upcase"], items)
    assert found == [[[2], ["OK"]], [[6], None], [[2], ["OK"]]]
    assert warnings == []


async def test_a_request_has_few_items() -> None:
    link = Mortal()
    items = items_of(2 * ITEMS_PER_REQUEST + 1)
    assert len(await JqGuest(link).run([GOOD], items)) == len(items)
    counts = [count for _, count in link.requests]
    assert counts == [ITEMS_PER_REQUEST, ITEMS_PER_REQUEST, 1]


async def test_what_is_no_jq_is_named_once_and_gives_nothing(
    warnings: list[str],
) -> None:
    guest = JqGuest(SameProcess())
    for _ in range(2):
        assert await guest.run([GOOD, "not jq ~"], [{"a": "x"}]) == [[[1], []]]
    assert ["'not jq ~' is no jq" in warning for warning in warnings] == [True]


@pytest.mark.parametrize("broken", [['"x', 'y"'], [".a)) ?], [first((.b", GOOD]])
async def test_brackets_and_quotes_of_one_expression_match_none_of_another(
    broken: list[str], warnings: list[str]
) -> None:
    answers = await JqGuest(SameProcess()).run([*broken, "[.a]"], [{"a": "x"}])
    assert answers == [[[], [1] if GOOD in broken else [], [["x"]]]]
    assert len([w for w in warnings if "is no jq" in w]) == 2 - (GOOD in broken)


async def test_an_item_that_jq_cannot_read_is_an_error_of_its_own() -> None:
    items = [{"a": "\ud800"}, {"a": "x"}]
    bad, good = await JqGuest(SameProcess()).run([GOOD], items)
    assert isinstance(bad, str)
    assert "surrogate" in bad
    assert good == [[1]]


@pytest.mark.process
async def test_the_process_holds_nothing_up_and_takes_no_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET", "x")
    guest = JqGuest(JqProcess(environment=False))
    try:
        beats = 0
        endless = asyncio.ensure_future(guest.run([ENDLESS], [{}]))
        while not endless.done():
            await asyncio.sleep(0.01)
            beats += 1
        assert await endless == [[None]]
        assert beats > CHANCES
        hungry = '"x" * 1000000000 | length'
        assert await guest.run([hungry, GOOD], [{"a": "xx"}]) == [[None, [2]]]
        secrets = ["env", "$ENV.SECRET", "$ENV | length"]
        assert await guest.run(secrets, [{}]) == [[[{}], [None], [0]]]
    finally:
        guest.close()


@pytest.mark.process
async def test_the_environment_is_there_if_it_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET", "x")
    guest = JqGuest(JqProcess(environment=True))
    try:
        assert await guest.run(["$ENV.SECRET"], [{}]) == [[["x"]]]
    finally:
        guest.close()
