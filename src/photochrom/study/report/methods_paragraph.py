"""The paragraph on methods and participants, ready to be pasted into a paper."""

from typing import Final

from photochrom.study.answers import Part
from photochrom.study.design.presets import PREFERENCE, SINGLE
from photochrom.study.statistics.findings import StudyFindings
from photochrom.study.statistics.rate_interval import PUBLISHED_DESIGN_EFFECT
from photochrom.study.statistics.verdicts import FEWEST_PEOPLE, WIDEST

_QUESTIONS: Final = {
    PREFERENCE: "two colorings of the same photograph, and chose the one that looks better",
    SINGLE: "one picture at a time, and said whether its colors are real or made by a program",
}
_PAIRS: Final = (
    "a color photograph and the same photograph colored by a program, both with the same "
    "lightness, and chose the one whose colors are not real"
)


def methods_paragraph(found: StudyFindings) -> str:
    """Describe what was done, with whom, and how the numbers were worked out."""
    manifest, counted = found.manifest, found.counted
    question = _QUESTIONS.get(manifest.preset, _PAIRS)
    placed = ", one after the other" if manifest.in_turn else ", side by side"
    where = placed if manifest.has_pairs else ""
    if manifest.exposure_ms is None:
        exposure = f"They looked as long as they wished{where}."
    else:
        exposure = f"They saw each picture for {manifest.exposure_ms:.0f} ms{where}, and then "
        exposure += "answered without a time limit."
    feedback = "" if manifest.preset == PREFERENCE else " with feedback"
    models = "the results of several models" if manifest.mixed else "the results of one model"
    took_part, out = len(counted.attendance), len(counted.excluded)
    why = f" ({counted.why})" if counted.excluded else ""
    compared = (
        "Models that the same people saw are compared within people (t interval, sign-flip "
        "permutation), others by Welch's t; p-values are corrected for the number of pairs (Holm). "
        if found.comparisons
        else ""
    )
    return (
        (f"SIMULATED, NOT MEASURED: {found.simulation}. " if found.simulation else "")
        + f"Participants saw {question} (preset {manifest.preset}). {exposure} "
        f"A session had {manifest.practice} practice trials{feedback}, which do not count, "
        f"{manifest.test} test trials and {manifest.vigilance} vigilance trials whose colors were "
        f"random; every participant saw {models}. The {len(manifest.of_part(Part.TEST))} "
        f"photographs were shown at up to {manifest.size_px} pixels; order and side were fixed by "
        f"seed {manifest.seed}. {manifest.rule.words} "
        f"{took_part} people took part, {out} were left out{why}, {took_part - out} counted, with "
        f"{len(counted.answers)} answers. "
        "Rates are means over participants of each one's share. Their 95 % intervals are over "
        "participants, not answers: Wilson's interval with the number of answers divided by the "
        "design effect between participants and Student's t for the normal quantile (design effect "
        f"at least 1, at least {PUBLISHED_DESIGN_EFFECT:g} where fewer answers than participants "
        f"are of one kind). {compared}With fewer than {FEWEST_PEOPLE} participants, or an interval "
        f"wider than ± {100 * WIDEST:.0f} percentage points, no verdict is given."
    )
