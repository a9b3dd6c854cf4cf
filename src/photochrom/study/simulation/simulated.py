"""A simulated study: a copy of a study's pictures and manifest with made-up answers beside them.

The answers lie in a file of their own and never in a database of people's answers, so that nothing
can mix the two.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.study.answers import Answer, Part
from photochrom.study.design.manifest import StudyManifest, write_manifest
from photochrom.study.folder import own_picture
from photochrom.texts import json_line, parse_json

SIMULATED: Final = "simulated.json"
_VERSION: Final = 1
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {  # as JSON gives them; a bool is no int here
    **dict.fromkeys(("participant", "model", "against", "picture"), (str,)),
    "trial": (int,),
    **dict.fromkeys(("left", "right", "hidden"), (bool,)),
    "reaction_ms": (int, float),
    "exposure_ms": (int, float, type(None)),
}


@dataclass(frozen=True, slots=True)
class Simulated:
    """Made-up answers.

    Attributes:
        words: how they were made up, for the report.
        answers: of all observers.
    """

    words: str
    answers: Sequence[Answer]


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
            _copy(study, relative, target)
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
        return _simulated(content)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        remedy = "simulate the study anew"
        raise InputError(f"{path} is damaged: {error}; {remedy}") from error


def _copy(study: Path, relative: str, target: Path) -> None:
    """Copy one picture."""
    source, copy = own_picture(study, relative), target / relative
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    except OSError as error:
        raise InputError(f"{source} cannot be copied to {copy}: {error.strerror}") from error


def _simulated(content: dict[str, Any]) -> Simulated:
    """Build answers from the JSON of the file."""
    if content["version"] != _VERSION:
        raise ValueError(f"version {content['version']}, not {_VERSION}")
    return Simulated(str(content["words"]), [_answer(each) for each in content["answers"]])


def _answer(content: dict[str, Any]) -> Answer:
    """Build an answer from its JSON; unknown and missing names are errors."""
    if set(content) != {item.name for item in fields(Answer)}:
        raise ValueError("an answer has other fields than expected")
    for name, kinds in _KINDS.items():
        if type(content[name]) not in kinds:
            raise ValueError(f"{name} of an answer cannot be {str(content[name])[:40]!r}")
    return Answer(**{**content, "part": Part(content["part"])})
