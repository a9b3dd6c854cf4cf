import pytest
from scipy import stats

from photochrom.metrics.proportion import wilson_interval


@pytest.mark.parametrize("trials", [1, 10, 37, 1507])
def test_wilson_is_the_one_of_the_library_and_holds_the_share(trials: int) -> None:
    for successes in range(trials + 1):
        interval = wilson_interval(successes, trials)
        theirs = stats.binomtest(successes, trials).proportion_ci(method="wilson")
        assert interval.low == pytest.approx(theirs.low, abs=1e-12)
        assert interval.high == pytest.approx(theirs.high, abs=1e-12)
        assert 0 <= interval.low <= successes / trials <= interval.high <= 1


def test_wilson_refuses_the_impossible() -> None:
    with pytest.raises(ValueError, match="impossible"):
        wilson_interval(3, 2)
    with pytest.raises(ValueError, match="impossible"):
        wilson_interval(0, 0)
