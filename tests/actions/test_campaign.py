"""Nothing is done twice, nothing hangs, and what runs say is true."""

import pytest

from tests.actions import door_campaign
from tests.actions.campaign import Result, campaign

pytestmark = pytest.mark.process


def check(result: Result) -> None:
    assert result.hanging == []
    assert result.twice == []
    assert result.untrue == []
    # Most are done in spite of everything.
    done = sum(n for ending, n in result.endings.items() if "SUCCESS" in ending)
    assert done > result.runs / 2, result


@pytest.mark.xdist_group("actions")
async def test_a_short_campaign_leaves_the_truth() -> None:
    check(await campaign(runs=30, kills=1))


@pytest.mark.slow
async def test_a_campaign_of_200_runs_leaves_the_truth() -> None:
    result = await campaign(runs=200, kills=8)
    print(result)
    check(result)


@pytest.mark.slow
async def test_a_campaign_over_the_second_door_leaves_the_truth() -> None:
    result = await door_campaign.campaign(runs=200, kills=6)
    print(result)
    check(result)
