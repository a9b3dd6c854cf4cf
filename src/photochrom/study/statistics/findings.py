"""Everything that a study says, from its answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from photochrom.metrics.intervals import Interval
from photochrom.study.answers import TRUTH, Answer, Part
from photochrom.study.design.manifest import StudyManifest
from photochrom.study.statistics.compare import Comparison, compare, compare_all
from photochrom.study.statistics.exclusion import Counted, exclude
from photochrom.study.statistics.rates import (
    CHOSEN,
    LABELLED,
    Judged,
    PictureRate,
    Rate,
    crossed_intervals,
    rank_pictures,
    rate_of,
    tallies,
)
from photochrom.study.statistics.timing import (
    ExposureQuality,
    ReactionTimes,
    exposure_quality,
    reaction_times,
)
from photochrom.study.statistics.verdicts import Verdict, judge_comparison, judge_rate, judge_single


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFindings:
    """What a study says.

    Attributes:
        manifest: what was fixed beforehand.
        simulation: how answers were made up; empty when people answered.
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

    manifest: StudyManifest
    simulation: str
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

    @property
    def is_preference(self) -> bool:
        """Whether colorings were compared with each other."""
        return any(each.shown.is_preference for each in self.rates)

    @property
    def word(self) -> str:
        """Name what the study counts."""
        return CHOSEN if self.is_preference else LABELLED


def find(
    answers: Sequence[Answer], manifest: StudyManifest, *, simulation: str = ""
) -> StudyFindings:
    """Work out everything that a study says.

    Args:
        answers: all of them, also of those who will be left out.
        manifest: what was fixed beforehand.
        simulation: how answers were made up; empty when people answered.
    """
    rule, asked_ms = manifest.rule, manifest.exposure_ms
    counted = exclude(answers, rule, asked_ms=asked_ms, planned=manifest.test)
    counts = tallies(counted.answers)
    rates = [rate_of(each) for each in counts]
    comparisons = compare_all(counts)
    judged = [each for each in answers if each.part is not Part.PRACTICE]
    truth = [each for each in counts if each.shown.model == TRUTH]  # where it was shown alone
    against = [
        found
        for one in truth
        for each in counts
        if each is not one and (found := compare(one, each))
    ]
    return StudyFindings(
        manifest=manifest,
        simulation=simulation,
        counted=counted,
        rates=rates,
        with_all=[rate_of(each) for each in tallies(answers)],
        crossed=crossed_intervals(counted.answers),
        verdicts=[_verdict(each, manifest.has_pairs, rates, against) for each in rates],
        comparisons=comparisons,
        comparison_verdicts=[judge_comparison(each) for each in comparisons],
        against_truth=against,
        pictures=rank_pictures(
            counted.answers, {each.name: each.original for each in manifest.pictures}
        ),
        reactions=reaction_times(counted.answers),
        exposures=exposure_quality(judged, asked_ms=asked_ms, off_ms=rule.exposure_off_ms),
    )


def _verdict(
    rate: Rate, has_pairs: bool, rates: Sequence[Rate], against: Sequence[Comparison]
) -> Verdict:
    """Judge one rate in the way of its question."""
    if has_pairs or rate.shown.model == TRUTH:
        return judge_rate(rate, has_pairs=has_pairs)
    truth = next((each for each in rates if each.shown.model == TRUTH), None)
    difference = next((each for each in against if each.second == rate.shown.model), None)
    return judge_single(rate, truth, difference)
