"""The manifest of a study: what was fixed before anybody answered."""

import re
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, fields, replace
from math import ceil
from pathlib import Path
from typing import Final

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.records import MisfitError, record_of
from photochrom.study.answers import RANDOM, Part
from photochrom.study.design.presets import PREFERENCE, PRESETS, SINGLE, Wishes
from photochrom.texts import json_page, parse_json

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
_PICTURE_FILE: Final = re.compile(r"pictures/[0-9a-f]+\.png")
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Whom to leave out, and which answers of the others.

    Attributes:
        vigilance_share: least share of right answers where the colors were random, 0 to 1.
        exposure_share: largest share of bad exposures, 0 to 1.
        exposure_off_ms: an exposure further off than this is bad, as is one out of sight.
        least_share: least share of the session's test trials that a participant must have answered.
    """

    vigilance_share: float = 0.75
    exposure_share: float = 0.20
    exposure_off_ms: float = 100.0
    least_share: float = 0.5

    @property
    def words(self) -> str:
        """Say the rule in one sentence."""
        return (
            f"Participants are left out who were right in less than {self.vigilance_share:.0%} of "
            f"the vigilance trials, or of whose exposures more than {self.exposure_share:.0%} were "
            f"off by more than {self.exposure_off_ms:.0f} ms or out of sight, or who answered less "
            f"than {self.least_share:.0%} of their trials; of the others, single answers after "
            "such an exposure do not count."
        ).replace("%", " %")

    def fewest_right(self, trials: int) -> int:
        """Say how many of so many vigilance trials must be right.

        >>> Rule().fewest_right(4), Rule().fewest_right(5)
        (3, 4)
        """
        return ceil(self.vigilance_share * trials - _ROUNDING)


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
        rule: whom to leave out.
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
    rule: Rule
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

    @property
    def has_pairs(self) -> bool:
        """Whether two pictures are seen per trial, so that one half is chance."""
        return self.preset != SINGLE


def settle(preset: str, wishes: Wishes, models: tuple[str, ...]) -> StudyManifest:
    """Put a preset and wishes together.

    Args:
        preset: one of ``PRESETS``.
        wishes: what was asked for.
        models: names.

    Returns:
        The manifest, but for the pictures.

    Raises:
        InputError: when they do not go together.
    """
    base = PRESETS[preset]
    if len(models) < base.fewest_models:
        word = "two models; give --results twice" if base.fewest_models == 2 else "--results"
        raise InputError(f"the preset {preset} needs {word}")
    if base.exposure_ms is None and wishes.exposure_ms is not None:
        why = f"with the preset {preset}, people look as long as they wish"
        raise InputError(f"{why}; leave --exposure-ms out")
    if wishes.in_turn and (base.exposure_ms is None or base.shown == 1):
        raise InputError(f"--in-turn makes no sense with the preset {preset}; leave it out")
    test = base.test if wishes.test is None else wishes.test
    share = base.vigilance if wishes.vigilance is None else wishes.vigilance
    if wishes.pool is not None and wishes.pool < test:
        raise InputError(f"--pool {wishes.pool} is less than --test {test}")
    return StudyManifest(
        title=wishes.title,
        contact=wishes.contact,
        preset=preset,
        seed=wishes.seed,
        models=models,
        mixed=wishes.mixed,
        in_turn=wishes.in_turn,
        exposure_ms=base.exposure_ms if wishes.exposure_ms is None else wishes.exposure_ms,
        practice=base.practice if wishes.practice is None else wishes.practice,
        test=test,
        vigilance=max(1, round(share * test)) if share else 0,
        size_px=wishes.size,
        rule=Rule(),
        left_out={},
        pictures=(),
    )


def part_sizes(manifest: StudyManifest, wishes: Wishes) -> Mapping[Part, int]:
    """Count the photographs that a study needs for each part; none shares one with another."""
    return {
        Part.PRACTICE: manifest.practice,
        Part.VIGILANCE: manifest.vigilance,
        Part.TEST: manifest.test if wishes.pool is None else wishes.pool,
    }


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
        manifest = record_of(StudyManifest, content)
    except MisfitError as error:
        raise InputError(f"{name} is damaged: it {error}") from error
    if missing := {item.name for item in fields(Rule)} - set(content["rule"]):
        raise InputError(f"{name} is damaged: its exclusion rule lacks {min(missing)!r}")
    _check(manifest, name)
    # the database has the sum of the text, in which a whole number may stand for a fraction
    return replace(manifest, exposure_ms=content["exposure_ms"])


def _check(manifest: StudyManifest, name: str) -> None:
    """Refuse values out of range: a study may come from a stranger."""
    part_sizes = {part: len(manifest.of_part(part)) for part in Part}
    names = [each.name for each in manifest.pictures]
    models = set(manifest.models)
    left_out = [each for group in manifest.left_out.values() for each in group]
    checks = {
        "title": manifest.title,
        "preset": manifest.preset in PRESETS,
        "seed": 0 <= manifest.seed <= 1 << 128,
        "models": all(manifest.models)
        and (1 if manifest.preset == PREFERENCE else 0) < len(manifest.models) == len(models),
        "exposure_ms": 0 <= (manifest.exposure_ms or 0) <= 1e6,
        "practice": 0 <= manifest.practice <= part_sizes[Part.PRACTICE],
        "test": 1 <= manifest.test <= part_sizes[Part.TEST],
        "vigilance": 0 <= manifest.vigilance <= part_sizes[Part.VIGILANCE],
        "size_px": 1 <= manifest.size_px <= 1 << 16,
        "rule": all(0 <= each <= 1e6 for each in astuple(manifest.rule)),
        "left_out": all(left_out),
        "pictures": all(names) and len(names) == len(set(names)),
        "original": all(each.original for each in manifest.pictures),
        "results": all(set(each.results) <= models | {RANDOM} for each in manifest.pictures),
    }
    for key, is_good in checks.items():
        if not is_good:
            raise InputError(f"{name} is damaged: its {key!r} cannot be")
