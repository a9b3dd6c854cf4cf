"""The manifest of a study: what was fixed before anybody answered."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.study.answers import RANDOM, Part
from photochrom.study.design.presets import PREFERENCE, PRESETS
from photochrom.texts import json_page, parse_json

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
_PICTURE_FILE: Final = re.compile(r"pictures/[0-9a-f]+\.png")
RULE: Final[Mapping[str, float]] = {
    "vigilance_share": 0.75,
    "exposure_share": 0.20,
    "exposure_off_ms": 100.0,
    "least_share": 0.5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPicture:
    """One photograph of a study and everything that was made of it, at one size.

    Attributes:
        name: opaque; what answers call it.
        original: name of the photograph in the collection it came from.
        part: the set it belongs to; no picture is in two.
        truth: file of the real photograph, relative to the study's folder.
        results: by model, the file of its result; of vigilance pictures only "random".
    """

    name: str
    original: str
    part: Part
    truth: str
    results: Mapping[str, str]

    def __post_init__(self) -> None:
        """Reject files outside the study's folder of pictures."""
        for file in self.files:
            if not _PICTURE_FILE.fullmatch(file):
                raise ValueError(f"{file!r} is not a picture of a study")

    @property
    def files(self) -> tuple[str, ...]:
        """All files, relative to the study's folder."""
        return (self.truth, *self.results.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyManifest:
    """What was fixed when a study was created.

    Attributes:
        title: what participants and the report call the study.
        contact: whom participants may ask; may be empty.
        preset: ``cic``, ``untimed``, ``preference`` or ``single``.
        seed: of pictures, sides and orders.
        models: names, in the order of the command line.
        mixed: whether a participant sees the results of several models.
        in_turn: whether the two pictures of a pair are seen one after the other.
        exposure_ms: how long a picture is to be seen; None for as long as people wish.
        practice: practice trials of a session.
        test: test trials of a session.
        vigilance: vigilance trials of a session, among the test trials.
        size_px: longest side of the pictures.
        rule: the exclusion rule; its keys are the fields of `exclusion.Rule`.
        left_out: photographs of the collection that are not used, by reason.
        pictures: all sets.
        version: of this format.
    """

    title: str
    contact: str
    preset: str
    seed: int
    models: tuple[str, ...]
    mixed: bool
    in_turn: bool
    exposure_ms: float | None
    practice: int
    test: int
    vigilance: int
    size_px: int
    rule: Mapping[str, float]
    left_out: Mapping[str, tuple[str, ...]]
    pictures: tuple[StudyPicture, ...]
    version: int = VERSION

    @property
    def trials(self) -> int:
        """Count all trials of a session."""
        return self.practice + self.test + self.vigilance

    def of_part(self, part: Part) -> tuple[StudyPicture, ...]:
        """List the pictures of one set."""
        return tuple(each for each in self.pictures if each.part is part)

    def picture(self, name: str) -> StudyPicture:
        """Find a picture by its opaque name; a `KeyError` when there is none."""
        return {each.name: each for each in self.pictures}[name]


def manifest_text(manifest: StudyManifest) -> str:
    """Write a manifest as JSON, the same bytes for the same study."""
    return json_page(asdict(manifest))


def write_manifest(study: Path, manifest: StudyManifest) -> None:
    """Write the manifest into the folder of a study.

    Raises:
        InputError: when it cannot be written.
    """
    write_whole(study / MANIFEST, manifest_text(manifest))


def read_manifest(study: Path) -> StudyManifest:
    """Read what was fixed when a study was created.

    Args:
        study: its folder.

    Raises:
        InputError: when the folder holds no study, or one of another version.
    """
    path = study / MANIFEST
    try:
        return parse_manifest(path.read_text(encoding="utf-8"), str(path))
    except FileNotFoundError as error:
        remedy = "photochrom study create makes one"
        raise InputError(f"{study} holds no study (no {MANIFEST}); {remedy}") from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise InputError(f"{path} cannot be read: {reason}") from error


def parse_manifest(text: str, name: str) -> StudyManifest:
    """Build a manifest from its JSON.

    Args:
        text: what `manifest_text` wrote.
        name: what messages call it.

    Raises:
        InputError: when it is something else, or of another version.
    """
    try:
        content = parse_json(text)
    except ValueError as error:
        raise InputError(f"{name} is damaged: {error}") from error
    version = content.get("version") if isinstance(content, dict) else None
    if version != VERSION:
        remedy = "make the study anew, or use the photochrom that made it"
        raise InputError(f"{name} is of version {version}, not {VERSION}; {remedy}")
    try:
        manifest = StudyManifest(**_converted(content))
        _check(manifest)
        return manifest  # noqa: TRY300 - what it needs is looked at here
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{name} is damaged: {error}") from error


def _converted(content: Mapping[str, Any]) -> dict[str, Any]:
    """Turn what JSON knows into the types of the fields."""
    known = {item.name for item in fields(StudyManifest)}
    if set(content) != known:
        raise ValueError(f"unexpected or missing: {', '.join(sorted(set(content) ^ known))}")
    return {
        **content,
        "models": tuple(content["models"]),
        "left_out": {reason: tuple(names) for reason, names in content["left_out"].items()},
        "pictures": tuple(
            StudyPicture(**{**each, "part": Part(each["part"])}) for each in content["pictures"]
        ),
    }


def _check(manifest: StudyManifest) -> None:
    """Refuse values of the wrong type or out of range: a study may come from a stranger."""
    part_sizes = {part: len(manifest.of_part(part)) for part in Part}
    names = [each.name for each in manifest.pictures]
    models = set(manifest.models)
    checks = {
        "title": _is_name(manifest.title),
        "contact": isinstance(manifest.contact, str),
        "preset": manifest.preset in PRESETS,
        "seed": _is_count(manifest.seed, 0, 1 << 128),
        "models": all(map(_is_name, manifest.models))
        and (1 if manifest.preset == PREFERENCE else 0) < len(manifest.models) == len(models),
        "mixed": isinstance(manifest.mixed, bool),
        "in_turn": isinstance(manifest.in_turn, bool),
        "exposure_ms": manifest.exposure_ms is None or _is_number(manifest.exposure_ms, 1e6),
        "practice": _is_count(manifest.practice, 0, part_sizes[Part.PRACTICE]),
        "test": _is_count(manifest.test, 1, part_sizes[Part.TEST]),
        "vigilance": _is_count(manifest.vigilance, 0, part_sizes[Part.VIGILANCE]),
        "size_px": _is_count(manifest.size_px, 1, 1 << 16),
        "rule": set(manifest.rule) == set(RULE)
        and all(_is_number(each, 1e6) for each in manifest.rule.values()),
        "left_out": all(
            map(_is_name, [name for group in manifest.left_out.values() for name in group])
        ),
        "pictures": all(map(_is_name, names)) and len(names) == len(set(names)),
        "original": all(_is_name(each.original) for each in manifest.pictures),
        "results": all(set(each.results) <= models | {RANDOM} for each in manifest.pictures),
    }
    for name, is_good in checks.items():
        if not is_good:
            raise ValueError(f"its {name!r} cannot be")


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_count(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most
