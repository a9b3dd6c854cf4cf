"""A simulated study: a copy of a study that made-up observers have answered.

The answers lie in a file of their own and never in a database of people's answers, so that nothing
can mix the two.
"""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.report.words import percent
from photochrom.study.answers import TRUTH, Answer, checked_answer
from photochrom.study.design.manifest import StudyManifest, read_manifest, write_manifest
from photochrom.study.design.presets import SINGLE
from photochrom.study.design.sessions import conditions_of, plan_session
from photochrom.study.folder import own_picture
from photochrom.study.simulation.observers import MadeUp
from photochrom.study.simulation.simulate import simulate
from photochrom.study.statistics.rates import Judged, shown_of
from photochrom.texts import json_line, parse_json

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
