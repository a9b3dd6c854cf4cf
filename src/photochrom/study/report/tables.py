"""The tables of a report: each says its findings as JSON, as CSV, on the page and in terminals."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

from photochrom.metrics.intervals import Interval
from photochrom.report.table import Column, Table
from photochrom.report.words import UNKNOWN, number, p_value, percent, percents, points
from photochrom.study.answers import Answer, Part
from photochrom.study.statistics.compare import Comparison
from photochrom.study.statistics.exclusion import Attendance, is_bad_exposure
from photochrom.study.statistics.findings import StudyFindings
from photochrom.study.statistics.rates import PictureRate, Rate, shown_in
from photochrom.study.statistics.verdicts import judge_comparison

_DIGITS: Final = 6


def rates(found: StudyFindings, *, of: Sequence[Rate] | None = None) -> Table[Rate]:
    """Lay rates out: those of the study with what is said of them, or others without.

    Args:
        found: what the study says.
        of: other rates, such as those of everybody.
    """
    everybody = {each.shown: each.value for each in found.with_all}
    verdicts = {
        rate.shown: verdict for rate, verdict in zip(found.rates, found.verdicts, strict=True)
    }
    columns: list[Column[Rate]] = [
        *_SHOWN,
        Column(title="Model", terminal="model", show=lambda each: each.shown.name),
        Column(
            "labelled_real",
            found.word,
            of=lambda each: _in_percent(each.value),
            show=lambda each: percent(each.value),
            below="mean over people",
        ),
        Column(terminal=f"{found.word}\n%", show=lambda each: number(100 * each.value, 1)),
        _interval("over people", terminal="95 % interval\nover people"),
        Column(
            title="95 % interval",
            show=lambda each: percents(found.crossed.get(each.shown)),
            below="over people and pictures",
        ),
        Column("participants", "people", terminal="people"),
        Column("trials", "answers", terminal="answers"),
        Column(
            "design_effect",
            "design effect",
            of=lambda each: each.design_effect and round(each.design_effect, _DIGITS),
            digits=1,
        ),
        Column(
            "spread_between_people",
            "people differ by",
            of=lambda each: None if each.spread is None else _in_percent(each.spread),
            show=lambda each: UNKNOWN if each.spread is None else f"± {100 * each.spread:.1f}",
            below="points, beyond chance",
        ),
        Column(
            title="with everybody",
            show=lambda each: percent(everybody.get(each.shown)),
            below="nobody left out",
        ),
    ]
    if of is not None:
        return Table(columns, of)
    said: list[Column[Rate]] = [
        Column("interval_over_pictures_too", of=lambda each: _ends(found.crossed.get(each.shown))),
        Column("finding", of=lambda each: verdicts[each.shown].finding),
        Column("verdict", of=lambda each: verdicts[each.shown].sentence),
    ]
    return Table([*columns, *said], found.rates)


def models_csv(found: StudyFindings) -> str:
    """List the rates."""
    return Table([*rates(found, of=()).columns, *_LOW_AND_HIGH], found.rates).csv()


def comparisons(compared: Sequence[Comparison], *, has_verdicts: bool = True) -> Table[Comparison]:
    """Lay pairs of models out, by default with what is said of them."""
    columns: list[Column[Comparison]] = [
        Column("first"),
        Column("second"),
        Column(title="Pair", show=lambda each: f"{each.first} against {each.second}"),
        Column(
            "difference",
            "difference",
            of=lambda each: _in_percent(each.difference),
            show=lambda each: points(each.difference),
            below="points",
        ),
        _interval(has_sign=True),
        Column(
            "p_value",
            "p",
            of=lambda each: round(each.p_value, _DIGITS),
            show=lambda each: p_value(each.p_value),
        ),
        Column(
            "p_holm",
            "p corrected",
            of=lambda each: round(each.p_holm, _DIGITS),
            show=lambda each: p_value(each.p_holm),
            below="Holm",
        ),
        Column("paired", of=lambda each: each.is_paired),
        Column(
            "participants",
            "people",
            of=lambda each: list(each.participants),
            show=lambda each: (
                f"{each.participants[0]}, the same people"
                if each.is_paired
                else f"{each.participants[0]} and {each.participants[1]}"
            ),
        ),
    ]
    if has_verdicts:
        columns += [
            Column(
                "finding",
                "taken for real more often",
                of=lambda each: judge_comparison(each).finding,
                show=lambda each: (
                    judge_comparison(each)
                    .finding.replace("the first", each.first)
                    .replace("the second", each.second)
                ),
            ),
            Column("verdict", of=lambda each: judge_comparison(each).sentence),
        ]
    return Table(columns, compared)


def pictures(found: StudyFindings, *, most: int | None = None) -> Table[PictureRate]:
    """Lay the pictures of every model out, most real first."""
    columns: list[Column[PictureRate]] = [
        *_SHOWN,
        Column("picture"),
        Column("original", "Picture"),
        Column(title="of", show=lambda each: each.shown.name),
        Column(
            "labelled_real",
            found.word,
            of=lambda each: _in_percent(each.value),
            show=lambda each: percent(each.value),
        ),
        _interval("of this picture alone"),
        Column("answers", "answers"),
    ]
    return Table(columns, found.pictures[:most])


def pictures_csv(found: StudyFindings) -> str:
    """List the pictures."""
    return Table([*pictures(found).columns, *_LOW_AND_HIGH], found.pictures).csv()


def participants(attendance: Sequence[Attendance]) -> Table[Attendance]:
    """Lay out who took part, and why some are left out."""
    columns: list[Column[Attendance]] = [
        *(Column(item.name) for item in fields(Attendance) if item.name != "reasons"),
        Column("reasons", of=lambda each: "; ".join(each.reasons)),
        Column(title="Participant", show=lambda each: each.participant),
        Column(title="why", show=lambda each: "; ".join(each.reasons)),
        Column(
            title="random colors seen",
            show=lambda each: f"{each.vigilance_right} of {each.vigilance}",
        ),
        Column(
            title="bad exposures", show=lambda each: f"{each.exposures_bad} of {each.exposures}"
        ),
        Column(title="test trials", show=lambda each: str(each.trials)),
    ]
    return Table(columns, attendance)


def participants_csv(found: StudyFindings) -> str:
    """List everybody who took part."""
    return participants(found.counted.attendance).csv()


def answers_csv(answers: Sequence[Answer], found: StudyFindings) -> str:
    """List every answer, and whether it counts."""
    kept, manifest = set(found.counted.kept), found.manifest
    columns: list[Column[Answer]] = [
        *(Column(item.name) for item in fields(Answer)),
        Column("labelled_real", of=lambda each: shown_in(each)[1]),
        Column(
            "counts",
            of=lambda each: (
                each.participant in kept
                and each.part is Part.TEST
                and not is_bad_exposure(each, manifest.rule, manifest.exposure_ms)
            ),
        ),
    ]
    return Table(columns, answers).csv()


def _in_percent(share: float) -> float:
    return round(100 * share, 4)


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [_in_percent(interval.low), _in_percent(interval.high)]


def _interval(below: str = "", *, terminal: str = "", has_sign: bool = False) -> Column[Any]:
    return Column(
        "interval",
        "95 % interval",
        of=lambda each: _ends(each.interval),
        show=lambda each: percents(each.interval, has_sign=has_sign),
        below=below,
        terminal=terminal,
    )


_SHOWN: Final[Sequence[Column[Any]]] = (
    Column("model", of=lambda each: each.shown.model),
    Column("against", of=lambda each: each.shown.against),
)
_LOW_AND_HIGH: Final[Sequence[Column[Any]]] = (
    Column("low", of=lambda each: each.interval and _in_percent(each.interval.low)),
    Column("high", of=lambda each: each.interval and _in_percent(each.interval.high)),
)
