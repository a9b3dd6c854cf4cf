"""Decide what a second run does with a picture that an earlier run has seen."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from photochrom.engine.batch.manifest import Entry, FileNow
from photochrom.engine.result import Status
from photochrom.errors import InputError
from photochrom.picture.reading.read import read_picture

OTHER_MAKING: Final = "made with other options or another model"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one picture.

    Attributes:
        status: `STARTED` to colorize it; else what it is reported as, untouched.
        reason: why it is left untouched, in plain words.
        may_replace: whether the file now under the target's name may be replaced.
    """

    status: Status
    reason: str = ""
    may_replace: bool = False


def judge(
    target: Path,
    known: Entry | None,
    *,
    owner: Entry | None,
    making: Entry,
    companions: Iterable[Path] = (),
) -> Decision:
    """Decide about one picture, without `--force`.

    A result is never replaced unless it is ours and nobody has changed it since, or nothing but
    the beginning of one of ours. A result that was made with other options or another model stays:
    the person may want to keep both.

    Args:
        target: where the result of the photograph belongs.
        known: what the manifest says about a photograph with these bytes, whatever its name was.
        owner: what it says about the file that lies, or lay, under the target's name.
        making: an entry that says how the result would be made now.
        companions: what else is known to have been written for the photograph.

    Raises:
        OSError: when the result cannot be read.
    """
    if known is not None and known.status is Status.SKIPPED:
        return Decision(Status.SKIPPED, known.reason)
    if not target.exists():
        return Decision(Status.STARTED)
    result = FileNow(target)
    is_begun = owner is not None and owner.status is Status.STARTED
    if known is not None and known.status is Status.COLORIZED and not is_begun:  # retouched or not
        is_own = known is owner
        is_done = _is_whole(result, known) if is_own else result.sha256 == known.output_sha256
        if is_done and not any(path.exists() and not path.stat().st_size for path in companions):
            is_same = known.is_made_like(making)
            return Decision(Status.KEPT) if is_same else Decision(Status.OUTDATED, OTHER_MAKING)
    refusal = _refusal(result, owner)
    return (
        Decision(Status.FAILED, refusal) if refusal else Decision(Status.STARTED, may_replace=True)
    )


def _refusal(result: FileNow, owner: Entry | None) -> str:
    """Say why a file under a result's name is not to be replaced; empty when it may be."""
    if owner is None:
        return f"{result.path} is there already: --force replaces it"
    is_begun = owner.status is Status.STARTED or result.size == 0
    if is_begun or result.sha256 == owner.output_sha256:
        return ""
    if _is_whole(result, owner):
        return f"{result.path} was changed by someone else: --force replaces it"
    is_cut = owner.output_size is not None and result.size < owner.output_size
    return "" if is_cut else f"{result.path} cannot be opened any more: --force makes it anew"


def _is_whole(result: FileNow, entry: Entry) -> bool:
    """Say whether a result has all its pixels; it is decoded only when it is not as it was."""
    if (result.size, result.mtime_ns) == (entry.output_size, entry.output_mtime_ns):
        return True
    if result.size == 0 or result.sha256 == entry.output_sha256:
        return result.size > 0
    try:
        for _ in read_picture(result.path).strips():
            pass
    except InputError:
        return False
    return True
