"""The paragraph on methods and participants, ready to be pasted into a paper."""

from typing import Final

from photochrom.study.statistics.findings import PREFERENCE, SINGLE, Setting, StudyFindings
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
    sentences = [
        *(
            [f"SIMULATED, NOT MEASURED: {found.setting.simulation}."]
            if found.setting.simulation
            else []
        ),
        _task(found.setting),
        _session(found.setting),
        found.setting.rule.words,
        _people(found),
        _statistics(found),
    ]
    return " ".join(sentences)


def _task(setting: Setting) -> str:
    question = _QUESTIONS.get(setting.preset, _PAIRS)
    placed = ", one after the other" if setting.in_turn else ", side by side"
    where = placed if setting.has_pairs else ""
    if setting.exposure_ms is None:
        seen = f"They looked as long as they wished{where}"
    else:
        seen = f"They saw each picture for {setting.exposure_ms:.0f} ms{where}"
        seen += ", and then answered without a time limit"
    return f"Participants saw {question} (preset {setting.preset}). {seen}."


def _session(setting: Setting) -> str:
    feedback = "" if setting.preset == PREFERENCE else " with feedback"
    models = (
        "every participant saw the results of several models"
        if setting.is_mixed
        else "every participant saw the results of one model"
    )
    return (
        f"A session had {setting.practice} practice trials{feedback}, which do not count, "
        f"{setting.trials} test trials and {setting.vigilance} vigilance trials whose colors were "
        f"random; {models}. The {setting.pictures} photographs were shown at up to "
        f"{setting.size_px} pixels; order and side were fixed by seed {setting.seed}."
    )


def _people(found: StudyFindings) -> str:
    counted = found.counted
    took_part, out = len(counted.attendance), len(counted.excluded)
    why = f" ({counted.why})" if counted.excluded else ""
    return (
        f"{took_part} people took part, {out} were left out{why}, {took_part - out} counted, with "
        f"{len(counted.answers)} answers."
    )


def _statistics(found: StudyFindings) -> str:
    compared = (
        "Models that the same people saw are compared within people (t interval, sign-flip "
        "permutation), others by Welch's t; p-values are corrected for the number of pairs (Holm). "
        if found.comparisons
        else ""
    )
    return (
        "Rates are means over participants of each one's share. Their 95 % intervals are over "
        "participants, not answers: Wilson's interval with the number of answers divided by the "
        "design effect between participants and Student's t for the normal quantile (design effect "
        f"at least 1, at least {PUBLISHED_DESIGN_EFFECT:g} where fewer answers than participants "
        f"are of one kind). {compared}With fewer than {FEWEST_PEOPLE} participants, or an interval "
        f"wider than ± {100 * WIDEST:.0f} percentage points, no verdict is given."
    )
