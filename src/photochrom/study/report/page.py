"""The report of a study as one HTML page."""

from typing import Final

from photochrom.report.page import render_page
from photochrom.study.answers import Part
from photochrom.study.report.methods_paragraph import methods_paragraph
from photochrom.study.report.plots import (
    asks_what_papers_asked,
    interval_plot,
    people_chart,
    reaction_histogram,
)
from photochrom.study.report.published import PUBLISHED
from photochrom.study.report.sheets import CHOSEN, Previews, sheets, word_of
from photochrom.study.statistics.compare import Comparison
from photochrom.study.statistics.exclusion import Attendance, guesser_passes
from photochrom.study.statistics.findings import StudyFindings
from photochrom.study.statistics.rates import PictureRate, Rate, tallies
from photochrom.study.statistics.verdicts import Verdict, percent, points

_LISTED: Final = 400  # rows of the long table; pictures.csv has all


def report_page(found: StudyFindings, *, previews: Previews) -> str:
    """Render the report: verdicts first, then the numbers, pictures and people behind them.

    Args:
        found: what the study says.
        previews: gives the addresses of a result and of what it stood against.

    Returns:
        A self-contained HTML document, the same for the same answers.
    """
    manifest, counted = found.manifest, found.counted
    with_published = asks_what_papers_asked(found)
    word = word_of(found)
    everybody = {each.shown: each for each in found.with_all}
    content = {
        "title": manifest.title,
        "manifest": manifest,
        "simulation": found.simulation,
        "photographs": len(manifest.of_part(Part.TEST)),
        "verdicts": [*found.verdicts, *found.comparison_verdicts],
        "is_preference": word == CHOSEN,
        "word": word,
        "counted": counted,
        "plot": interval_plot(
            found.rates, with_published=with_published, has_half=manifest.has_pairs
        ),
        "rates": [_rate_row(found, each, everybody.get(each.shown)) for each in found.rates],
        "published": () if word == CHOSEN else PUBLISHED,
        "has_published_rows": with_published,
        "comparisons": [
            _comparison_row(*each)
            for each in zip(found.comparisons, found.comparison_verdicts, strict=True)
        ],
        "sheets": sheets(found, previews),
        "ranking": [_picture_row(each) for each in found.pictures[:_LISTED]],
        "unlisted": max(0, len(found.pictures) - _LISTED),
        "people": people_chart(tallies(counted.answers), word=word),
        "reactions": found.reactions,
        "histogram": None if found.reactions is None else reaction_histogram(found.reactions),
        "exposures": found.exposures,
        "excluded": [_attendance_row(each) for each in counted.excluded],
        "guesser": percent(guesser_passes(manifest.rule, manifest.vigilance)),
        "methods": methods_paragraph(found),
    }
    return render_page("study.html", content)


def _rate_row(found: StudyFindings, rate: Rate, with_all: Rate | None) -> list[str]:
    crossed = found.crossed.get(rate.shown)
    return [
        rate.shown.name,
        percent(rate.value),
        "—" if rate.interval is None else _ends(rate.interval.low, rate.interval.high),
        "—" if crossed is None else _ends(crossed.low, crossed.high),
        str(rate.participants),
        str(rate.trials),
        "—" if rate.design_effect is None else f"{rate.design_effect:.1f}",
        "—" if rate.spread is None else f"± {100 * rate.spread:.1f}",
        "—" if with_all is None else percent(with_all.value),
    ]


def _comparison_row(each: Comparison, verdict: Verdict) -> list[str]:
    first, second = each.participants
    return [
        f"{each.first} against {each.second}",
        points(each.difference),
        f"{points(each.interval.low)} … {points(each.interval.high)}",
        _p_value(each.p_value),
        _p_value(each.p_holm),
        f"{first}, the same people" if each.is_paired else f"{first} and {second}",
        verdict.finding.replace("the first", each.first).replace("the second", each.second),
    ]


def _picture_row(each: PictureRate) -> list[str]:
    return [
        each.original,
        each.shown.name,
        percent(each.value),
        _interval(each),
        str(each.answers),
    ]


def _attendance_row(each: Attendance) -> list[str]:
    return [
        each.participant,
        "; ".join(each.reasons),
        f"{each.vigilance_right} of {each.vigilance}",
        f"{each.exposures_bad} of {each.exposures}",
        str(each.trials),
    ]


def _interval(each: PictureRate) -> str:
    return _ends(each.interval.low, each.interval.high)


def _ends(low: float, high: float) -> str:
    return f"{100 * low:.1f} … {100 * high:.1f}"


def _p_value(value: float) -> str:
    """Print a p-value; small ones as a bound.

    >>> _p_value(0.0312), _p_value(0.00004)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
