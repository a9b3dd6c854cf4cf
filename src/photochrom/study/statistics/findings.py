"""Everything that a study says, from its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from photochrom.errors import InputError
from photochrom.metrics.intervals import Interval
from photochrom.study.answers import TRUTH, Answer, Part
from photochrom.study.design.manifest import StudyManifest
from photochrom.study.statistics.compare import Comparison, compare, compare_all
from photochrom.study.statistics.crossed import crossed_intervals
from photochrom.study.statistics.exclusion import Counted, Rule, exclude
from photochrom.study.statistics.ranking import PictureRate, rank_pictures
from photochrom.study.statistics.rates import Judged, Rate, Tally, rate_of, tallies
from photochrom.study.statistics.timing import (
    ExposureQuality,
    ReactionTimes,
    exposure_quality,
    reaction_times,
)
from photochrom.study.statistics.verdicts import Verdict, judge_comparison, judge_rate, judge_single

PREFERENCE: Final = "preference"
SINGLE: Final = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What was fixed before anybody answered.

    Attributes:
        title: of the study.
        preset: ``cic``, ``untimed``, ``preference`` or ``single``.
        exposure_ms: how long a picture was seen; None for as long as people wished.
        practice: practice trials of a session.
        trials: test trials of a session.
        vigilance: vigilance trials of a session.
        pictures: how many pictures the study has.
        size_px: longest side of the pictures shown.
        seed: of the plan.
        is_mixed: whether a participant sees the results of several models.
        in_turn: whether the two pictures of a pair were seen one after the other.
        originals: by opaque picture name, what the photograph is called in its collection.
        rule: whom to leave out.
        simulation: how answers were made up; empty when people answered.
    """

    title: str
    preset: str
    exposure_ms: float | None
    practice: int
    trials: int
    vigilance: int
    pictures: int
    size_px: int
    seed: int
    is_mixed: bool
    in_turn: bool = False
    originals: Mapping[str, str] = field(default_factory=dict)
    rule: Rule = field(default_factory=Rule)
    simulation: str = ""

    @property
    def has_pairs(self) -> bool:
        """Whether two pictures are seen per trial, so that one half is chance."""
        return self.preset != SINGLE

    def name_of(self, picture: str) -> str:
        """Name a picture as its collection does."""
        return self.originals.get(picture, picture)


def setting_of(manifest: StudyManifest, *, simulation: str = "") -> Setting:
    """Take from a manifest what a report needs.

    Args:
        manifest: of the study.
        simulation: how its answers were made up; empty when people answered.

    Raises:
        InputError: when the manifest's rule is not one.
    """
    tested = manifest.of_part(Part.TEST)
    try:
        rule = Rule(**manifest.rule)
    except TypeError as error:
        raise InputError(f"the study's exclusion rule is unknown: {error}") from error
    return Setting(
        title=manifest.title,
        preset=manifest.preset,
        exposure_ms=manifest.exposure_ms,
        practice=manifest.practice,
        trials=manifest.test,
        vigilance=manifest.vigilance,
        pictures=len(tested),
        size_px=manifest.size_px,
        seed=manifest.seed,
        is_mixed=manifest.mixed,
        in_turn=manifest.in_turn,
        originals={each.name: each.original for each in manifest.pictures},
        rule=rule,
        simulation=simulation,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFindings:
    """What a study says.

    Attributes:
        setting: what was fixed beforehand.
        counted: who counts and who does not.
        rates: per model, or per pair of models compared.
        with_all: the same rates, had nobody and no exposure been left out.
        crossed: intervals of the rates if other pictures, too, had been shown.
        verdicts: of the rates, in their order.
        comparisons: of all pairs of models.
        comparison_verdicts: in their order.
        against_truth: preset ``single``: real photographs against each model.
        pictures: ranked, most real first.
        reactions: of answers that count; None without any.
        exposures: of everybody; None where people looked as long as they wished.
    """

    setting: Setting
    counted: Counted
    rates: Sequence[Rate]
    with_all: Sequence[Rate]
    crossed: dict[Judged, Interval | None]
    verdicts: Sequence[Verdict]
    comparisons: Sequence[Comparison]
    comparison_verdicts: Sequence[Verdict]
    against_truth: Sequence[Comparison]
    pictures: Sequence[PictureRate]
    reactions: ReactionTimes | None
    exposures: ExposureQuality | None


def find(answers: Sequence[Answer], setting: Setting) -> StudyFindings:
    """Work out everything that a study says.

    Args:
        answers: all of them, also of those who will be left out.
        setting: what was fixed beforehand.
    """
    rule, asked_ms = setting.rule, setting.exposure_ms
    counted = exclude(answers, rule, asked_ms=asked_ms, planned=setting.trials)
    counts = tallies(counted.answers)
    rates = [rate_of(each) for each in counts]
    comparisons = compare_all(counts)
    judged = [each for each in answers if each.part is not Part.PRACTICE]
    against = _against_truth(counts)
    return StudyFindings(
        setting=setting,
        counted=counted,
        rates=rates,
        with_all=[rate_of(each) for each in tallies(answers)],
        crossed=crossed_intervals(counted.answers),
        verdicts=[_verdict(each, setting, rates, against) for each in rates],
        comparisons=comparisons,
        comparison_verdicts=[judge_comparison(each) for each in comparisons],
        against_truth=against,
        pictures=rank_pictures(counted.answers),
        reactions=reaction_times(counted.answers),
        exposures=exposure_quality(judged, asked_ms=asked_ms, off_ms=rule.exposure_off_ms),
    )


def _against_truth(counts: Sequence[Tally]) -> list[Comparison]:
    """Compare real photographs, where they were shown alone, with every model."""
    truth = next((each for each in counts if each.shown.model == TRUTH), None)
    if truth is None:
        return []
    found = [compare(truth, each) for each in counts if each is not truth]
    return [each for each in found if each is not None]


def _verdict(
    rate: Rate, setting: Setting, rates: Sequence[Rate], against: Sequence[Comparison]
) -> Verdict:
    """Judge one rate in the way of its question."""
    if setting.has_pairs or rate.shown.model == TRUTH:
        return judge_rate(rate, has_pairs=setting.has_pairs)
    truth = next((each for each in rates if each.shown.model == TRUTH), None)
    difference = next((each for each in against if each.second == rate.shown.model), None)
    return judge_single(rate, truth, difference)
