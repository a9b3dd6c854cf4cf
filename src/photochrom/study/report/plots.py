"""The geometry of a report's plots: intervals in rows, a histogram, everybody's share."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from photochrom.metrics.intervals import Interval
from photochrom.report.chart import Chart, Series, draw_chart
from photochrom.report.words import between
from photochrom.study.statistics.rates import Rate, Tally
from photochrom.study.statistics.timing import ReactionTimes

_LEAST_SCALE: Final = 60  # percent
_TICK: Final = 10
_NORMAL: Final = 1.96  # standard errors as printed in papers


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """One row of a published table.

    Attributes:
        method: whose pictures.
        percent: labelled real, as printed.
        plus_minus: as printed, in points; a standard error; None where none is given.
        study: who asked whom, and how.
        source: where it is printed.
    """

    method: str
    percent: float
    plus_minus: float | None
    study: str
    source: str


_CIC: Final = "pairs, 1 s each, 40 people per method, 40 answers each"
_PIX2PIX: Final = "pairs, 1 s each, about 50 people per method"
_RESNET: Final = "real or fake; number of people not given"
_CIC_PAPER: Final = "Zhang, Isola and Efros 2016, table 1"
_PIX2PIX_PAPER: Final = "Isola et al. 2017, table 4"
_RESNET_PAPER: Final = "Li, Wang, Zhong and Huang"

# Only what was read in a primary source or a direct quotation of it; never mix rows of two studies.
PUBLISHED: Final = (
    PublishedRate("CIC, full (rebalanced)", 32.3, 2.2, _CIC, _CIC_PAPER),
    PublishedRate("Larsson et al.", 27.2, None, _CIC, _CIC_PAPER),
    PublishedRate("CIC, full, asked again", 27.8, 2.7, _PIX2PIX, _PIX2PIX_PAPER),
    PublishedRate("pix2pix, L1 + cGAN", 22.5, 1.6, _PIX2PIX, _PIX2PIX_PAPER),
    PublishedRate("CIC, L2 regression, asked again", 16.3, 2.4, _PIX2PIX, _PIX2PIX_PAPER),
    PublishedRate("ResNet-MCL, classification", 30.1, None, _RESNET, _RESNET_PAPER),
    PublishedRate("ResNet-MCL, L2", 22.6, None, _RESNET, _RESNET_PAPER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRow:
    """A rate on the common scale; places are percent of the scale's length.

    Attributes:
        name: whose rate.
        place: of the rate.
        left: of the interval's lower end; None without an interval.
        width: of the interval.
        text: the rate in words.
        interval: the interval in words; empty without one.
        is_quiet: whether it is somebody else's.
    """

    name: str
    place: float
    left: float | None
    width: float
    text: str
    interval: str
    is_quiet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalPlot:
    """Rows on one scale; ``half`` is the place of one half, None where it means nothing."""

    rows: Sequence[IntervalRow]
    ticks: Sequence[tuple[int, float]]
    half: float | None


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """A bar of a histogram: its height in percent of the tallest, and what it says."""

    height: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Bars with the words below some of them."""

    bars: Sequence[IntervalBar]
    labels: Sequence[str]


def interval_plot(rates: Sequence[Rate], *, with_published: bool, has_half: bool) -> IntervalPlot:
    """Put rates, and below them published ones, on one scale.

    Args:
        rates: of the study.
        with_published: whether the study asked what the papers asked.
        has_half: whether one half is what chance would give.
    """
    highest = max(
        (each.interval.high if each.interval else each.value for each in rates), default=0
    )
    top = max(_LEAST_SCALE, _TICK * ceil(100 * highest / _TICK))

    def place(percent: float) -> float:
        return round(100 * percent / top, 2)

    def row(name: str, value: float, ends: Interval | None, *, is_quiet: bool) -> IntervalRow:
        """Place one row; all numbers in percent."""
        low, high = (ends.low, ends.high) if ends else (value, value)
        return IntervalRow(
            name=name,
            place=place(value),
            left=place(low) if ends else None,
            width=place(min(high, top)) - place(low),
            text=f"{value:.1f} %",
            interval=between(ends) if ends else "",
            is_quiet=is_quiet,
        )

    rows = []
    for rate in rates:
        ends = rate.interval and Interval(100 * rate.interval.low, 100 * rate.interval.high)
        rows.append(row(rate.shown.name, 100 * rate.value, ends, is_quiet=False))
    for each in PUBLISHED if with_published else ():
        half = each.plus_minus and _NORMAL * each.plus_minus
        ends = Interval(each.percent - half, each.percent + half) if half else None
        rows.append(row(each.method, each.percent, ends, is_quiet=True))
    ticks = [(value, 100 * value / top) for value in range(0, top + 1, _TICK)]
    return IntervalPlot(rows=rows, ticks=ticks, half=place(50) if has_half else None)


def reaction_histogram(reactions: ReactionTimes) -> Histogram:
    """Draw how long answers took, in quarters of a second."""
    total, tallest = sum(reactions.counts), max(reactions.counts)
    edges = reactions.edges_ms
    step = edges[1] - edges[0]
    bars = []
    for start, count in zip(edges, reactions.counts, strict=True):
        until = f"to {(start + step) / 1000:.2f} s" if start < edges[-1] else "s and longer"
        share = 100 * count / total
        title = f"{start / 1000:.2f} {until}: {count} answers, {share:.1f} %"
        bars.append(IntervalBar(round(100 * count / tallest, 1), title))
    labels = [f"{start // 1000}" if start % 1000 == 0 else "" for start in edges]
    return Histogram(bars=bars, labels=labels)


def people_chart(tallies: Sequence[Tally], *, word: str) -> Chart | None:
    """Draw everybody's share of a word in rising order, a line per model; None without people."""
    series = [
        Series(
            each.shown.name,
            [
                (number + 1, 100 * share)
                for number, share in enumerate(sorted(each.shares.tolist()))
            ],
            number=place,
        )
        for place, each in enumerate(tallies)
    ]
    if not series:
        return None
    return draw_chart(
        series,
        title="Share of each participant, in rising order",
        x_label="participants, in rising order",
        y_label=f"{word}, %",
        has_marks=True,
    )
