"""A simulated study: a copy of a study that made-up observers have answered.

The answers lie in a file of their own and never in a database of people's answers, so that nothing
can mix the two.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from photochrom.arrays import F64
from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.report.words import percent
from photochrom.study.answers import RANDOM, TRUTH, Answer, Part, checked_answer
from photochrom.study.design.manifest import StudyManifest, read_manifest, write_manifest
from photochrom.study.design.presets import SINGLE
from photochrom.study.design.sessions import Trial, conditions_of, plan_session
from photochrom.study.folder import own_picture
from photochrom.study.simulation.observers import MadeUp, Observers
from photochrom.study.statistics.rates import Judged, shown_of
from photochrom.study.statistics.timing import FRAME_MS
from photochrom.texts import json_line, parse_json

Flags = NDArray[np.bool_]

GUESSING: Final = 0.5
_QUANTILES: Final = 1024  # of people, over which a rate is averaged to calibrate it
_SMALLEST: Final = 1e-12
_FURTHEST: Final = 60.0  # in logits; no rate needs more
_MEDIAN_MS: Final = 950.0
_GUESSING_MS: Final = 380.0
_SPREAD_BETWEEN: Final = 0.35  # of the logarithm of reaction times
_SPREAD_WITHIN: Final = 0.45
_SLOWER_WHEN_FOOLED: Final = 1.25
_JITTER_MS: Final = 3.0
_LATE_FRAME: Final = 0.04  # share of exposures one frame too long
_STALLED: Final = 0.004  # share of exposures a tenth of a second and more too long
_HIDDEN: Final = 0.003


@dataclass(frozen=True, slots=True)
class People:
    """People drawn from a population.

    Attributes:
        own: (..., people, models) each one's own rate, before pictures differ; 0 to 1.
        is_guessing: (..., people) those who guess on everything.
    """

    own: F64
    is_guessing: Flags


def draw_people(
    observers: Observers, shape: tuple[int, ...], generator: np.random.Generator
) -> People:
    """Draw people, (studies, people) or any other shape of them at once."""
    common = generator.standard_normal((*shape, 1))
    single = generator.standard_normal((*shape, len(observers.rates)))
    agreement = observers.agreement
    place = special.ndtr(agreement**0.5 * common + (1 - agreement) ** 0.5 * single)
    own = np.stack(
        [
            _people_at(place[..., model], rate, observers.spread)
            for model, rate in enumerate(observers.rates)
        ],
        axis=-1,
    )
    return People(own, generator.random(shape) < observers.inattentive)


def draw_difficulty(observers: Observers, pictures: int, generator: np.random.Generator) -> F64:
    """Draw how easily each picture fools: (models, pictures), in logits.

    Each model's are shifted so that its rate over all people and these very pictures is exact.
    """
    drawn = generator.normal(0, observers.picture_spread, (len(observers.rates), pictures))
    return np.stack(
        [
            each + _shift(rate, observers.spread, each)
            for rate, each in zip(observers.rates, drawn, strict=True)
        ]
    )


def labelled_chance(people: People, difficulty: F64) -> F64:
    """Give the chance that a picture is taken for real.

    Args:
        people: drawn people.
        difficulty: (models, pictures) in logits.

    Returns:
        (..., people, models, pictures), one half for those who guess.
    """
    chance: F64 = special.expit(_logit(people.own)[..., None] + difficulty)
    return np.where(people.is_guessing[..., None, None], GUESSING, chance)


def vigilance_chance(observers: Observers, people: People) -> F64:
    """Give the chance that random colors are seen through: (..., people)."""
    return np.where(people.is_guessing, GUESSING, observers.vigilance)


def _people_at(place: F64, rate: float, spread: float) -> F64:
    """Take quantiles of the beta distribution of people's rates."""
    if spread == 0:
        return np.full_like(place, rate)
    together = 1 / spread - 1
    found: F64 = special.betaincinv(rate * together, (1 - rate) * together, place)
    return found


def _shift(rate: float, spread: float, difficulty: F64) -> float:
    """Find the shift of all pictures that makes the mean over people and pictures exact."""
    places = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    people = _logit(_people_at(places, rate, spread))[:, None]

    def excess(shift: float) -> float:
        return float(special.expit(people + difficulty + shift).mean()) - rate

    return float(optimize.brentq(excess, -_FURTHEST, _FURTHEST, xtol=1e-9))


def _logit(rates: F64) -> F64:
    found: F64 = special.logit(np.clip(rates, _SMALLEST, 1 - _SMALLEST))
    return found


def simulate(
    sessions: Mapping[str, Sequence[Trial]],
    observers: Observers,
    judged: Sequence[Judged],
    *,
    exposure_ms: float | None,
    seed: int,
) -> list[Answer]:
    """Answer whole sessions.

    Args:
        sessions: each participant's trials, in order.
        observers: the population that participants are drawn from.
        judged: what ``observers.rates`` are the rates of, in their order.
        exposure_ms: how long pictures are seen; None for as long as people wish.
        seed: same seed, same answers.

    Returns:
        Answers in the order of participants and trials.
    """
    generator = np.random.default_rng(seed)
    trials = [each for own in sessions.values() for each in own]
    tested = {each.picture for each in trials if each.part is Part.TEST}  # whose rates are exact
    others = {each.picture for each in trials} - tested
    columns = {name: place for place, name in enumerate([*sorted(tested), *sorted(others)])}
    rows = {shown: place for place, shown in enumerate(judged)}
    people = draw_people(observers, (len(sessions),), generator)
    sets = [
        draw_difficulty(observers, len(names), generator) for names in (tested, others) if names
    ]
    chances = labelled_chance(people, np.concatenate(sets, axis=1))
    seen = vigilance_chance(observers, people)
    answers: list[Answer] = []
    for place, (name, own) in enumerate(sessions.items()):
        expected = np.array(
            [
                seen[place]
                if each.model == RANDOM
                else chances[place, rows[shown_of(each.model, each.against)], columns[each.picture]]
                for each in own
            ]
        )
        usual_ms = _GUESSING_MS if people.is_guessing[place] else _MEDIAN_MS
        answers += _answer(name, own, expected, usual_ms, exposure_ms, generator)
    return answers


def _answer(
    name: str,
    own: Sequence[Trial],
    expected: F64,
    usual_ms: float,
    exposure_ms: float | None,
    generator: np.random.Generator,
) -> list[Answer]:
    """Answer one session; ``expected`` is the chance of "real", or of seeing random colors."""
    count = len(own)
    median_ms = usual_ms * float(np.exp(generator.normal(0, _SPREAD_BETWEEN)))
    drawn = generator.random(count) < expected
    hidden = generator.random(count) < _HIDDEN
    is_fooled = np.array([each.part is Part.TEST for each in own]) & drawn  # and hesitates
    noise = np.exp(generator.normal(0, _SPREAD_WITHIN, count))
    reactions = np.round(median_ms * noise * np.where(is_fooled, _SLOWER_WHEN_FOOLED, 1), 1)
    exposures: list[float | None] = [None] * count
    if exposure_ms is not None:
        draw = generator.random(count)
        late = np.where(draw < _LATE_FRAME, FRAME_MS, 0.0)
        stalled = np.where(draw < _STALLED, generator.uniform(100, 400, count), 0.0)
        jitter = generator.normal(0, _JITTER_MS, count)
        exposures = np.round(exposure_ms + late + stalled + jitter, 1).tolist()
    return [
        asked.answered(
            participant=name,
            trial=trial,
            right=_is_right(asked, bool(drawn[trial])),
            reaction_ms=float(reactions[trial]),
            exposure_ms=exposures[trial],
            hidden=bool(hidden[trial]),
        )
        for trial, asked in enumerate(own)
    ]


def _is_right(asked: Trial, is_labelled: bool) -> bool:
    """Turn "labelled real", "preferred" or "random colors seen" into the record's ``right``."""
    if asked.model in (RANDOM, TRUTH):
        return is_labelled
    if asked.against == TRUTH:
        return not is_labelled
    return is_labelled == (asked.model == shown_of(asked.model, asked.against).model)


SIMULATED: Final = "simulated.json"
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Simulated:
    """Made-up answers.

    Attributes:
        words: how they were made up, for the report.
        answers: of all observers.
    """

    words: str
    answers: Sequence[Answer]


def simulate_study(study: Path, target: Path, made_up: MadeUp, *, force: bool) -> Simulated:
    """Answer a copy of a study; the study itself is only read.

    Args:
        study: folder of a study.
        target: folder of its simulated copy.
        made_up: who answers.
        force: whether an earlier simulation may be replaced; people's answers never are.

    Raises:
        InputError: when the rates do not fit the study, or the target is not free.
    """
    refuse_target(study, target, force=force)
    manifest = read_manifest(study)
    answers = answers_of(manifest, made_up)
    found = Simulated(_words(manifest, made_up), answers)
    write_simulated(study, manifest, found, target)
    return found


def answers_of(manifest: StudyManifest, made_up: MadeUp) -> list[Answer]:
    """Let made-up observers answer the sessions that a study planned.

    Raises:
        InputError: when the rates do not fit the study.
    """
    conditions, judged, rates = conditions_of(manifest), [], []
    if len(made_up.rates) != len(conditions):
        wanted = ", ".join(Judged(*each).name for each in conditions)
        number = f"{len(conditions)} in all, not {len(made_up.rates)}"
        raise InputError(f"give one --rate for each of {wanted}: {number}")
    for (model, against), rate in zip(conditions, made_up.rates, strict=True):
        judged.append(shown := shown_of(model, against))
        rates.append(rate if shown.model == model else 1 - rate)
    if manifest.preset == SINGLE:
        judged.append(Judged(TRUTH))
        rates.append(made_up.real_rate)
    sessions = {
        f"simulated-{place + 1:04}": plan_session(manifest, place)
        for place in range(made_up.participants)
    }
    observers = replace(made_up, rates=tuple(rates))
    return simulate(
        sessions, observers, judged, exposure_ms=manifest.exposure_ms, seed=made_up.seed
    )


def _words(manifest: StudyManifest, made_up: MadeUp) -> str:
    """Say how answers were made up."""
    names = [Judged(*each).name for each in conditions_of(manifest)]
    rates = list(zip(names, made_up.rates, strict=True))
    if manifest.preset == SINGLE:
        rates.append((Judged(TRUTH).name, made_up.real_rate))
    worded = ", ".join(f"{percent(rate)} ({name})" for name, rate in rates)
    return (
        f"{made_up.participants} made-up observers with the true rates {worded}, answers "
        f"of one observer correlating by {made_up.spread:.3g}, {percent(made_up.inattentive)} of "
        f"observers only guessing, seed {made_up.seed}"
    )


def is_simulated(study: Path) -> bool:
    """Say whether the answers of a study are made up."""
    return (study / SIMULATED).exists()


def refuse_target(study: Path, target: Path, *, force: bool) -> None:
    """Check before the work that no study, real or simulated, would be overwritten.

    Args:
        study: the study that is answered.
        target: where its simulated copy goes.
        force: whether an earlier simulation may be replaced; people's answers never are.

    Raises:
        InputError: when the target is the study itself, or something that is not an earlier
            simulation, or one and ``force`` is not given.
    """
    if target.resolve() == study.resolve():
        raise InputError(f"{study} is for people's answers; name another folder for made-up ones")
    if not target.exists():
        return
    if not target.is_dir() or (any(target.iterdir()) and not is_simulated(target)):
        raise InputError(f"{target} is there already and no simulated study; name another folder")
    if is_simulated(target) and not force:
        raise InputError(f"{target} holds a simulation already; add --force to replace it")


def write_simulated(study: Path, manifest: StudyManifest, made_up: Simulated, target: Path) -> None:
    """Copy pictures and manifest of a study, and write made-up answers beside them.

    Args:
        study: folder of the study; nothing in it is changed, no people's answers are copied.
        manifest: of the study.
        made_up: answers.
        target: folder of the copy, made when missing; see `refuse_target`.

    Raises:
        InputError: when a picture is missing or the folder cannot be written to.
    """
    for picture in manifest.pictures:
        for relative in picture.files:
            source, copy = own_picture(study, relative), target / relative
            try:
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
            except OSError as error:
                message = f"{source} cannot be copied to {copy}: {error.strerror}"
                raise InputError(message) from error
    content = {
        "version": _VERSION,
        "words": made_up.words,
        "answers": [asdict(each) for each in made_up.answers],
    }
    write_whole(target / SIMULATED, json_line(content) + "\n")
    write_manifest(target, manifest)


def read_simulated(study: Path) -> Simulated:
    """Read made-up answers.

    Raises:
        InputError: when the file is damaged or of another version.
    """
    path = study / SIMULATED
    try:
        content = parse_json(path.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            message = f"version {content['version']}, not {_VERSION}"
            raise ValueError(message)  # noqa: TRY301 - completed below
        return Simulated(str(content["words"]), [checked_answer(x) for x in content["answers"]])
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        remedy = "simulate the study anew"
        raise InputError(f"{path} is damaged: {error}; {remedy}") from error
