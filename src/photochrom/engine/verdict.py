"""Decide what a second run does with a picture that an earlier run has seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from photochrom.engine.manifest import Entry, Status, sha256_of

OTHER_MAKING: Final = "made with other options or another model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a result is made; two results of one photograph with equal makings are the same."""

    options: Mapping[str, object]
    model_sha256: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with one picture.

    Attributes:
        status: `STARTED` to colorize it; else what it is reported as, untouched.
        reason: why it is left untouched, in plain words.
        may_replace: whether the file now under the target's name may be replaced.
    """

    status: Status
    reason: str = ""
    may_replace: bool = False


def judge(source: Path, target: Path, entry: Entry | None, making: Making) -> Verdict:
    """Decide about one picture, without `--force`.

    A result is never replaced unless it is ours and nobody has changed it since. A result that was
    made with other options or another model stays: the person may want to keep both.

    Args:
        source: the photograph.
        target: where its result belongs.
        entry: what the manifest says about the photograph.
        making: how it would be made now.

    Returns:
        What to do.

    Raises:
        OSError: when the photograph or its result cannot be read.
    """
    is_unchanged = entry is not None and _is_unchanged(entry, source)
    if entry is not None and entry.status is Status.SKIPPED and is_unchanged:
        return Verdict(Status.SKIPPED, entry.reason)
    if not target.exists():
        return Verdict(Status.STARTED)
    if entry is None:
        return Verdict(Status.FAILED, f"{target} is there already: --force replaces it")
    if entry.status is Status.COLORIZED and is_unchanged:
        is_same = entry.options == making.options and entry.model_sha256 == making.model_sha256
        return Verdict(Status.KEPT) if is_same else Verdict(Status.OUTDATED, OTHER_MAKING)
    if entry.status is Status.STARTED or _is_ours(target, entry):
        return Verdict(Status.STARTED, may_replace=True)
    return Verdict(Status.FAILED, f"{target} was changed by someone else: --force replaces it")


def _is_unchanged(entry: Entry, source: Path) -> bool:
    return entry.input_file is not None and entry.input_file.matches(source)


def _is_ours(target: Path, entry: Entry) -> bool:
    return entry.output_sha256 is not None and sha256_of(target) == entry.output_sha256
