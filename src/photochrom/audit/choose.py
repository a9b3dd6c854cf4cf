"""Choose the auditor of a collection, and say in one line why it fits or does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from photochrom.audit.auditor import Auditor, open_auditor, shipped_auditors
from photochrom.audit.auditor_card import VALID
from photochrom.audit.results import Result, models_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The auditor of a run.

    Attributes:
        auditor: None when there is none that fits.
        warnings: what speaks against it, one line each.
    """

    auditor: Auditor | None = None
    warnings: tuple[str, ...] = ()


def choose_auditor(asked: str | Path | None, results: Sequence[Result]) -> Chosen:
    """Choose an auditor.

    One that is asked for is used, with a warning where it does not fit. When none is asked for, the
    package's auditor of the model that colored the pictures is used if it fits.

    Args:
        asked: name or file, or None.
        results: the pictures.

    Raises:
        ModelError: when the one asked for is none.
    """
    if asked is not None:
        auditor = open_auditor(asked, threads=1)
        reason = why_unfit(auditor, results)
        about = f"auditor {auditor.name} was not made for these pictures: {reason}"
        return Chosen(auditor=auditor, warnings=(about,) if reason else ())
    return _shipped(results)


def _shipped(results: Sequence[Result]) -> Chosen:
    """Take the package's auditor if it fits."""
    made = models_of(results)
    if not made:
        reason = (
            "nothing tells which model colored these pictures (no photochrom.jsonl beside them)"
        )
        return Chosen(warnings=(f"no auditor ranks: {reason}; --auditor NAME takes one anyway",))
    model = made.most_common(1)[0][0][0]
    if model not in shipped_auditors():
        reason = f"this installation has none that was trained against {model}"
        return Chosen(warnings=(f"no auditor ranks: {reason}; audit train makes one",))
    auditor = open_auditor(model, threads=1)
    unfit = why_unfit(auditor, results)
    if unfit:
        return Chosen(warnings=(f"no auditor ranks: {unfit}; --auditor {model} takes it anyway",))
    return Chosen(auditor=auditor)


def why_unfit(auditor: Auditor, results: Sequence[Result]) -> str:
    """Say what an auditor never saw of these pictures; "" when it fits."""
    card = auditor.card
    if card.verdict != VALID:
        return f"its own verdict is {card.verdict!r}"
    made = models_of(results)
    if not made:
        return f"it was trained against {card.model}, and nothing tells which model colored these"
    strange = {name: n for (name, sha256), n in made.items() if sha256 != card.model_sha256}
    if not strange:
        return ""
    name = max(strange, key=lambda each: strange[each])
    other = f"another version of {name}" if name == card.model else name
    count = sum(strange.values())
    return f"it was trained against {card.model}, and {other} colored {count} of {len(results)}"


def why_too_small(auditor: Auditor, sizes: Sequence[tuple[int, int]]) -> str:
    """Say how many pictures are smaller than anything an auditor has seen; "" when none is."""
    side = auditor.card.size
    count = sum(height * width < side**2 for height, width in sizes)
    if not count:
        return ""
    seen = f"it was trained at {side} x {side} pixels"
    return f"{seen}, and {count} of {len(sizes)} pictures are smaller"
