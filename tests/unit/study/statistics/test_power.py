import numpy as np
import pytest
from scipy import stats
from tests.unit.study.made import shares_of

from photochrom.errors import InputError
from photochrom.study.simulation.observers import Observers
from photochrom.study.statistics.power import PowerDesign, plan


def told_apart(design: PowerDesign, people: int) -> float:
    """Simulate studies and count those whose interval of the difference leaves 0 out."""
    observers = Observers(
        rates=design.rates,
        spread=design.correlation,
        agreement=design.agreement,
        picture_spread=0.0,
    )
    trials = int(design.trials_of_each)
    first, second = shares_of(observers, studies=2000, people=people, seed=1, trials=trials)
    if design.is_paired:
        found = stats.ttest_rel(first, second, axis=-1)
    else:
        other_people = np.roll(second, 1, axis=0)
        found = stats.ttest_ind(first, other_people, axis=-1, equal_var=False)
    return float((found.pvalue < 0.05).mean())


def test_the_published_pair_needs_what_the_papers_needed() -> None:
    found = plan(PowerDesign(rates=(0.301, 0.226)))
    assert found.independent == 540
    assert 1850 <= found.trials_per_model <= 1980
    assert 47 <= found.people <= 50
    assert found.participants == 2 * found.people


@pytest.mark.parametrize(
    "design",
    [
        PowerDesign(rates=(0.30, 0.23)),
        PowerDesign(rates=(0.30, 0.20), trials=20),
        PowerDesign(rates=(0.30, 0.20), design_effect=1.0),
        PowerDesign(rates=(0.30, 0.23), is_paired=True),
        PowerDesign(rates=(0.30, 0.20), is_paired=True, agreement=0.0, trials=80),
    ],
)
def test_simulated_studies_of_the_planned_size_have_the_power(design: PowerDesign) -> None:
    found = plan(design)
    assert design.power(found.people) >= 0.8 > design.power(found.people - 1)
    simulated = told_apart(design, found.people)
    assert simulated == pytest.approx(design.power(found.people), abs=0.03)


def test_pairing_needs_fewer_people_and_more_agreement_fewer_still() -> None:
    apart = plan(PowerDesign(rates=(0.30, 0.23)))
    paired = plan(PowerDesign(rates=(0.30, 0.23), is_paired=True))
    agreeing = plan(PowerDesign(rates=(0.30, 0.23), is_paired=True, agreement=0.9))
    assert agreeing.participants < paired.participants < apart.participants


def test_ten_people_give_eight_to_ten_points() -> None:
    assert 0.08 < PowerDesign(rates=(0.3, 0.2)).half_width(0.3, 10) < 0.10


def test_more_people_never_have_less_power() -> None:
    powers = [PowerDesign(rates=(0.3, 0.2)).power(people) for people in (1, 2, 5, 20, 80, 320)]
    assert powers == sorted(powers)
    assert powers[0] == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rates": (30.0, 23.0)}, "30 % is 0.30"),
        ({"rates": (0.0, 0.2)}, "between 0 and 1"),
        ({"rates": (0.2, 0.2)}, "equal"),
        ({"rates": (0.2, 0.3), "design_effect": 0.5}, "from 1 to 40"),
        ({"rates": (0.2, 0.3), "agreement": 2.0}, "agreement"),
        ({"rates": (0.2, 0.3), "trials": 1}, "at least 2 trials"),
    ],
)
def test_what_cannot_be_planned_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        PowerDesign(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("power", [0.0, 0.05, 1.0])
def test_impossible_power_is_refused(power: float) -> None:
    with pytest.raises(InputError, match="power"):
        plan(PowerDesign(rates=(0.2, 0.3)), power=power)


def test_rates_too_close_are_refused() -> None:
    with pytest.raises(InputError, match="too close"):
        plan(PowerDesign(rates=(0.3, 0.3001)))
