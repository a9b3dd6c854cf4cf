import pytest
from tests.unit.study.test_study_findings import found_of

from photochrom.metrics.intervals import Interval
from photochrom.study.report.plots import (
    PUBLISHED,
    interval_plot,
    people_chart,
    reaction_histogram,
)
from photochrom.study.statistics.rates import Judged, Rate, tallies
from photochrom.study.statistics.timing import reaction_times


def rate(value: float, interval: Interval | None) -> Rate:
    return Rate(
        shown=Judged("ours"),
        value=value,
        interval=interval,
        participants=20,
        trials=800,
        design_effect=2.0,
        spread=0.1,
    )


def test_intervals_are_placed_on_one_scale() -> None:
    plot = interval_plot([rate(0.3, Interval(0.24, 0.36))], with_published=False, has_half=True)
    (row,) = plot.rows
    assert (row.place, row.left, row.width) == (50.0, 40.0, 20.0)
    assert plot.ticks[-1] == (60, 100.0)
    assert plot.half == pytest.approx(100 * 50 / 60, abs=0.01)


def test_the_scale_grows_with_the_rates_and_never_beyond() -> None:
    plot = interval_plot([rate(0.9, Interval(0.8, 0.97))], with_published=True, has_half=False)
    assert plot.ticks[-1] == (100, 100.0)
    assert plot.half is None
    assert all(0 <= row.place <= 100 for row in plot.rows)
    assert len(plot.rows) == 1 + len(PUBLISHED)


def test_a_rate_without_an_interval_has_only_a_mark() -> None:
    (row,) = interval_plot([rate(0.3, None)], with_published=False, has_half=True).rows
    assert row.left is None
    assert row.interval == ""


def test_the_histogram_holds_every_answer() -> None:
    found = found_of(0.3)
    reactions = reaction_times(found.counted.answers)
    assert reactions is not None
    assert sum(reactions.counts) == len(found.counted.answers)
    histogram = reaction_histogram(reactions)
    assert max(bar.height for bar in histogram.bars) == 100
    assert [label for label in histogram.labels if label] == list("012345")


def test_everybody_has_a_mark() -> None:
    chart = people_chart(tallies(found_of(0.3).counted.answers), word="labelled real")
    assert chart is not None
    assert len(chart.series[0].marks) == 40
    assert people_chart([], word="chosen") is None
