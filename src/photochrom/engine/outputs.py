"""Give every result a name of its own, before anything is read."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from photochrom.engine.result import confidence_path, variant_paths
from photochrom.errors import InputError
from photochrom.picture.kinds import SUFFIXES, kind_of_suffix


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One picture to colorize.

    Attributes:
        source: the photograph; never written to.
        target: where its colored picture goes. When the content of `source` turns out to be of
            another kind than its name says, the right suffix is appended.
        confidence_map: where the picture of the model's doubts goes, if it is asked for.
        kind: the kind to write, such as `"png"`; None for the kind of `source`.
        manifest_folder: the folder whose manifest records the result; None for a single picture.
    """

    source: Path
    target: Path
    confidence_map: Path
    kind: str | None = None
    manifest_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A picture, and where its result would like to lie: `folder / (name + tail + suffix)`."""

    source: Path
    folder: Path
    tail: str = ""
    manifest_folder: Path | None = None


def settle_claims(claims: Iterable[Claim], kind: str | None) -> list[Job]:
    """Turn claims into jobs, no two of which share a name.

    A result that keeps its suffix keeps its name. One whose suffix changes would be called
    `a.png`; where that name is taken or wanted twice it becomes `a.jpg.png`.

    Args:
        claims: what the results would like to be called; equal ones are one.
        kind: the kind to write; None for the kind that comes in.

    Returns:
        One job per claim, in the same order.
    """
    unique = list(dict.fromkeys(claims))
    wanted = Counter(_target(claim, kind, claim.source.stem) for claim in unique)
    taken: set[Path] = set()
    targets: dict[Claim, Path] = {}
    for claim in sorted(unique, key=lambda claim: not _keeps_suffix(claim, kind)):  # stable
        target = _target(claim, kind, claim.source.stem)
        if wanted[target] > 1 and not _keeps_suffix(claim, kind):
            target = _target(claim, kind, claim.source.name)
        targets[claim] = _free_name(target, taken)
        taken.add(targets[claim])
    return _with_own_maps([_job(claim, targets[claim], kind) for claim in unique], taken)


def refuse_inputs_as_targets(
    jobs: Sequence[Job], sources: Iterable[Path], *, variants: int = 0
) -> None:
    """Refuse a plan in which a result would take the place of a photograph.

    Args:
        jobs: the plan.
        sources: all photographs.
        variants: other colorings of each.

    Raises:
        InputError: naming the first such photograph.
    """
    inputs = {source.resolve() for source in sources}
    for job in jobs:
        for target in (job.target, job.confidence_map, *variant_paths(job.target, variants)):
            if target.resolve() in inputs:
                raise InputError(f"{target} is an input and is never written to: choose another -o")


def _keeps_suffix(claim: Claim, kind: str | None) -> bool:
    return kind is None or kind_of_suffix(claim.source.suffix) == kind


def _target(claim: Claim, kind: str | None, name: str) -> Path:
    keeps = kind is None or _keeps_suffix(claim, kind)
    suffix = claim.source.suffix if keeps or kind is None else SUFFIXES[kind][0]
    return claim.folder / f"{name}{claim.tail}{suffix}"


def _job(claim: Claim, target: Path, kind: str | None) -> Job:
    return Job(
        source=claim.source,
        target=target,
        confidence_map=confidence_path(claim.folder / claim.source.name),
        kind=kind,
        manifest_folder=claim.manifest_folder,
    )


def _with_own_maps(jobs: Sequence[Job], taken: Collection[Path]) -> list[Job]:
    """Rename the confidence maps that would share a name with another or with a result."""
    wanted = Counter(job.confidence_map for job in jobs)
    used = set(taken)
    named: list[Job] = []
    for job in jobs:
        chosen = job.confidence_map
        if wanted[chosen] > 1:
            named_fully = confidence_path(job.source, keeps_suffix=True).name
            chosen = chosen.with_name(named_fully)
        chosen = _free_name(chosen, used)
        used.add(chosen)
        named.append(replace(job, confidence_map=chosen))
    return named


def _free_name(path: Path, taken: Collection[Path]) -> Path:
    """Append -2, -3 and so on to a name until nobody has taken it."""
    number, candidate = 1, path
    while candidate in taken:
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate
