"""What a study says as JSON, and its answers, participants and pictures as CSV."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Final

from photochrom.metrics.intervals import Interval
from photochrom.study.answers import Answer, Part
from photochrom.study.report.methods_paragraph import methods_paragraph
from photochrom.study.statistics.compare import Comparison
from photochrom.study.statistics.exclusion import Attendance, is_bad_exposure
from photochrom.study.statistics.findings import StudyFindings
from photochrom.study.statistics.rates import PictureRate, Rate, shown_in
from photochrom.study.statistics.verdicts import Verdict
from photochrom.texts import csv_text

_DIGITS: Final = 6
_ENDS: Final = ("low", "high")
_ANSWERS: Final = (*(item.name for item in fields(Answer)), "labelled_real", "counts")
_PARTICIPANTS: Final = tuple(item.name for item in fields(Attendance))
_PICTURES: Final = (
    *("model", "against", "picture", "original", "labelled_real", "interval", "answers"),
    *_ENDS,
)
_MODELS: Final = (
    *("model", "against", "labelled_real", "interval", "participants", "trials"),
    *("design_effect", "spread_between_people"),
    *_ENDS,
)


def report_json(found: StudyFindings) -> dict[str, object]:
    """Give everything a study says; rates are percentages, 0 to 100."""
    counted, manifest = found.counted, found.manifest
    return {
        "simulated": found.simulation or None,
        "setting": {
            "title": manifest.title,
            "preset": manifest.preset,
            "exposure_ms": manifest.exposure_ms,
            "practice": manifest.practice,
            "trials": manifest.test,
            "vigilance": manifest.vigilance,
            "pictures": len(manifest.of_part(Part.TEST)),
            "size_px": manifest.size_px,
            "seed": manifest.seed,
            "is_mixed": manifest.mixed,
            "in_turn": manifest.in_turn,
            "rule": asdict(manifest.rule),
            "simulation": found.simulation,
        },
        "models": [
            {
                **_rate(rate),
                "interval_over_pictures_too": _ends(found.crossed.get(rate.shown)),
                "finding": verdict.finding,
                "verdict": verdict.sentence,
            }
            for rate, verdict in zip(found.rates, found.verdicts, strict=True)
        ],
        "comparisons": [
            _comparison(each, verdict)
            for each, verdict in zip(found.comparisons, found.comparison_verdicts, strict=True)
        ],
        "real_photographs_against": [_comparison(each, None) for each in found.against_truth],
        "without_exclusion": [_rate(each) for each in found.with_all],
        "exclusion": {
            "rule": manifest.rule.words,
            "took_part": len(counted.attendance),
            "excluded": [_attendance(each) for each in counted.excluded],
            "reasons": dict(counted.reasons),
            "answers_not_counted": counted.bad_exposures,
        },
        "pictures": [_picture(each) for each in found.pictures],
        "reaction_times": found.reactions and asdict(found.reactions),
        "exposures": found.exposures and asdict(found.exposures),
        "methods": methods_paragraph(found),
    }


def answers_csv(answers: Iterable[Answer], found: StudyFindings) -> str:
    """List every answer, and whether it counts."""
    kept, manifest = set(found.counted.kept), found.manifest
    rows = (
        {
            **asdict(answer),
            "labelled_real": shown_in(answer)[1],
            "counts": answer.participant in kept
            and answer.part == "test"
            and not is_bad_exposure(answer, manifest.rule, manifest.exposure_ms),
        }
        for answer in answers
    )
    return _csv(_ANSWERS, rows)


def participants_csv(found: StudyFindings) -> str:
    """List everybody who took part, and why some are left out."""
    return _csv(_PARTICIPANTS, map(_attendance, found.counted.attendance))


def pictures_csv(found: StudyFindings) -> str:
    """List the pictures of every model, most real first."""
    return _csv(_PICTURES, (_split(_picture(each)) for each in found.pictures))


def models_csv(found: StudyFindings) -> str:
    """List the rates."""
    return _csv(_MODELS, (_split(_rate(each)) for each in found.rates))


def _rate(rate: Rate) -> dict[str, object]:
    return {
        "model": rate.shown.model,
        "against": rate.shown.against,
        "labelled_real": _percent(rate.value),
        "interval": _ends(rate.interval),
        "participants": rate.participants,
        "trials": rate.trials,
        "design_effect": rate.design_effect and round(rate.design_effect, _DIGITS),
        "spread_between_people": None if rate.spread is None else _percent(rate.spread),
    }


def _comparison(each: Comparison, verdict: Verdict | None) -> dict[str, object]:
    return {
        "first": each.first,
        "second": each.second,
        "difference": _percent(each.difference),
        "interval": _ends(each.interval),
        "p_value": round(each.p_value, _DIGITS),
        "p_holm": round(each.p_holm, _DIGITS),
        "paired": each.is_paired,
        "participants": list(each.participants),
        **({} if verdict is None else {"finding": verdict.finding, "verdict": verdict.sentence}),
    }


def _attendance(each: Attendance) -> dict[str, object]:
    return {**asdict(each), "reasons": "; ".join(each.reasons)}


def _picture(each: PictureRate) -> dict[str, object]:
    return {
        "model": each.shown.model,
        "against": each.shown.against,
        "picture": each.picture,
        "original": each.original,
        "labelled_real": _percent(each.value),
        "interval": _ends(each.interval),
        "answers": each.answers,
    }


def _percent(value: float) -> float:
    return round(100 * value, 4)


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [_percent(interval.low), _percent(interval.high)]


def _split(row: Mapping[str, object]) -> dict[str, object]:
    """Add the ends of an interval as cells of their own."""
    interval = row["interval"]
    low, high = interval if isinstance(interval, list) else (None, None)
    return {**row, "low": low, "high": high}


def _csv(head: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Write a head and rows; without rows the head says what would stand there."""
    return csv_text([head, *([row[name] for name in head] for row in rows)])
