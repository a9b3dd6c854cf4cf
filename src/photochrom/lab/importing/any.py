"""Turn whatever was published into what it is for: a colorizer, or features to measure with."""

from collections.abc import Sequence
from pathlib import Path

from photochrom.errors import InputError, ModelError
from photochrom.lab.importing.features import (
    FEATURE_KINDS,
    feature_kind,
    import_features,
    read_all,
)
from photochrom.lab.importing.kinds import KINDS
from photochrom.lab.importing.published import ImportReport, guess_kind, import_published


def import_any(
    sources: Sequence[Path],
    *,
    kind: str | None = None,
    classes: Path | None = None,
    target: Path | None = None,
    overwrite: bool = False,
) -> ImportReport:
    """Turn published weights into a model file or a feature file.

    Args:
        sources: the published files; a colorizer comes in one.
        kind: what they are; told from the names of the weights when not given.
        classes: names of a classifier's classes, one a line.
        target: where the result goes; its usual place when not given.
        overwrite: replace a file that is already there.

    Raises:
        InputError: too many files, classes where there are none, or the target is there.
        ModelError: unknown kind, or the weights are not what they should be.
    """
    name = kind or _kind_of(sources)
    if name in FEATURE_KINDS:
        return import_features(
            sources, kind=name, classes=classes, target=target, overwrite=overwrite
        )
    if name not in KINDS:
        known = ", ".join((*KINDS, *FEATURE_KINDS))
        raise ModelError(f"{name!r} cannot be imported; known are {known}")
    if len(sources) > 1:
        raise InputError(f"{name} comes in one file, not in {len(sources)}")
    if classes is not None:
        raise InputError(f"{name} has no classes: leave --classes out")
    return import_published(sources[0], kind=name, target=target, overwrite=overwrite)


def _kind_of(sources: Sequence[Path]) -> str:
    """Tell what files are from the names of their weights."""
    weights = read_all(sources)
    try:
        return feature_kind(weights) or guess_kind(weights)
    except ModelError as error:
        raise ModelError(f"{error}, {', '.join(FEATURE_KINDS)}") from error
