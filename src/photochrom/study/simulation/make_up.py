"""Answer a copy of a study with made-up observers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photochrom.errors import InputError
from photochrom.study.answers import TRUTH, Answer
from photochrom.study.design.manifest import StudyManifest, read_manifest
from photochrom.study.design.presets import SINGLE
from photochrom.study.design.sessions import conditions_of, plan_session
from photochrom.study.simulation.observers import Observers
from photochrom.study.simulation.simulate import simulate
from photochrom.study.simulation.simulated import Simulated, refuse_target, write_simulated
from photochrom.study.statistics.power import PUBLISHED_CORRELATION_OF_ANSWERS
from photochrom.study.statistics.rates import Judged
from photochrom.study.statistics.verdicts import percent


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUp:
    """Who answers.

    Attributes:
        participants: how many observers, at least 1.
        rates: true rate per model in the order of the study; of the first of every two models with
            the preset ``preference``.
        real_rate: preset ``single``: true rate of real photographs.
        spread: correlation of two answers of a person.
        agreement: whether the same people are fooled by several models, 0 to 1.
        inattentive: share of observers who guess.
        seed: of chance.
    """

    participants: int
    rates: tuple[float, ...]
    real_rate: float = 0.8
    spread: float = PUBLISHED_CORRELATION_OF_ANSWERS
    agreement: float = 0.5
    inattentive: float = 0.0
    seed: int = 0


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
    found = Simulated(_words(manifest, made_up), answers_of(manifest, made_up))
    write_simulated(study, manifest, found, target)
    return found


def answers_of(manifest: StudyManifest, made_up: MadeUp) -> list[Answer]:
    """Let made-up observers answer the sessions that a study planned.

    Raises:
        InputError: when the rates do not fit the study.
    """
    judged, rates = _judged(manifest, made_up)
    observers = Observers(
        rates=rates,
        spread=made_up.spread,
        agreement=made_up.agreement,
        inattentive=made_up.inattentive,
    )
    sessions = {
        f"simulated-{place + 1:04}": plan_session(manifest, place)
        for place in range(made_up.participants)
    }
    return simulate(
        sessions, observers, judged, exposure_ms=manifest.exposure_ms, seed=made_up.seed
    )


def _judged(manifest: StudyManifest, made_up: MadeUp) -> tuple[list[Judged], tuple[float, ...]]:
    """Put what is judged beside its true rate."""
    conditions = conditions_of(manifest)
    if len(made_up.rates) != len(conditions):
        wanted = ", ".join(_named(conditions))
        number = f"{len(conditions)} in all, not {len(made_up.rates)}"
        raise InputError(f"give one --rate for each of {wanted}: {number}")
    judged, rates = [], []
    for (model, against), rate in zip(conditions, made_up.rates, strict=True):
        is_turned = against not in (TRUTH, max(model, against))
        judged.append(Judged(against, model) if is_turned else Judged(model, against))
        rates.append(1 - rate if is_turned else rate)
    if manifest.preset == SINGLE:
        judged.append(Judged(TRUTH))
        rates.append(made_up.real_rate)
    return judged, tuple(rates)


def _named(conditions: Sequence[tuple[str, str]]) -> list[str]:
    return [Judged(model, against).name for model, against in conditions]


def _words(manifest: StudyManifest, made_up: MadeUp) -> str:
    """Say how answers were made up."""
    named = _named(conditions_of(manifest))
    rates = [f"{percent(rate)} ({name})" for name, rate in zip(named, made_up.rates, strict=False)]
    if manifest.preset == SINGLE:
        rates.append(f"{percent(made_up.real_rate)} (real photographs)")
    return (
        f"{made_up.participants} made-up observers with the true rates {', '.join(rates)}, answers "
        f"of one observer correlating by {made_up.spread:.3g}, {percent(made_up.inattentive)} of "
        f"observers only guessing, seed {made_up.seed}"
    )
