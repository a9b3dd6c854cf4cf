"""Give every result a name of its own, before anything is read."""

import os
import threading
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from photochrom.collection.walk import identity
from photochrom.engine.result import confidence_path, numbered, variant_paths
from photochrom.errors import InputError
from photochrom.picture.reading.formats import SUFFIXES, kind_of_suffix


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

    @property
    def home(self) -> Path:
        """The folder that recorded names are relative to."""
        return self.manifest_folder or self.target.parent

    @property
    def name(self) -> str:
        """Where the result lies below there, as it was planned, with `/`."""
        return self.target.relative_to(self.home).as_posix()


@dataclass(frozen=True, slots=True)
class Claim:
    """A picture, and where its result would like to lie: `folder / (name + tail + suffix)`."""

    source: Path
    folder: Path
    tail: str = ""
    manifest_folder: Path | None = None


class Names:
    """Names that are given out, told apart as the disk tells them apart.

    exFAT, FAT, NTFS and macOS take `IMG_1.png` and `img_1.png` for one name.

    Args:
        taken: the names that are given out already.
    """

    def __init__(self, taken: Iterable[Path] = ()) -> None:
        self._ignores_case: dict[Path, bool] = {}
        self._taken: set[Path] = set()
        self._given = list(taken)  # whose keys are not needed until a name is taken
        self._lock = threading.Lock()

    def key(self, path: Path) -> Path:
        """Give what is the same for all spellings of a name."""
        folder = path.parent
        if folder not in self._ignores_case:
            self._ignores_case[folder] = ignores_case(folder)
        if not self._ignores_case[folder]:
            return path
        return Path(unicodedata.normalize("NFC", str(path)).casefold())

    def take(self, path: Path, *, variants: int = 0) -> Path:
        """Give a name out; -2, -3 and so on is appended until nobody has it.

        Args:
            path: the name that is wanted.
            variants: how many variants will lie beside it, under names of their own.
        """
        with self._lock:
            self._taken.update(map(self.key, self._given))
            self._given.clear()
            named = ((name, *variant_paths(name, variants)) for name in numbered(path))
            keyed = ((names[0], set(map(self.key, names))) for names in named)
            candidate, keys = next(each for each in keyed if self._taken.isdisjoint(each[1]))
            self._taken |= keys
        return candidate


def ignores_case(folder: Path) -> bool:
    """Find out whether a disk takes names that differ in case for one, without writing to it.

    Args:
        folder: need not be there yet.

    Returns:
        True also when nothing on the disk tells.
    """
    whole = folder.resolve()
    here = next(each for each in (whole, *whole.parents) if each.is_dir())
    try:
        device = here.stat().st_dev
        for parent in (here, *here.parents):
            if parent.stat().st_dev != device:
                break
            listed = {member.name for member in parent.iterdir()}
            for name in listed:
                other = name.swapcase()
                if other.swapcase() == name != other:  # else it has no case
                    return other not in listed and os.path.lexists(parent / other)
    except OSError:
        return True
    return True


def settle_claims(claims: Iterable[Claim], kind: str | None, *, variants: int = 0) -> list[Job]:
    """Turn claims into jobs, no two of which share a name.

    A result that keeps its suffix keeps its name. One whose suffix changes would be called
    `a.png`; where that name is taken or wanted twice it becomes `a.jpg.png`.

    Args:
        claims: what the results would like to be called; equal ones are one.
        kind: the kind to write; None for the kind that comes in.
        variants: other colorings of each, which lie beside the results.

    Returns:
        One job per claim, in the same order.
    """
    unique = list(dict.fromkeys(claims))
    names = Names()
    wanted = Counter(names.key(_target(claim, kind, claim.source.stem)) for claim in unique)
    targets: dict[Claim, Path] = {}
    for claim in sorted(unique, key=lambda claim: not _keeps_suffix(claim, kind)):  # stable
        target = _target(claim, kind, claim.source.stem)
        if wanted[names.key(target)] > 1 and not _keeps_suffix(claim, kind):
            target = _target(claim, kind, claim.source.name)
        targets[claim] = names.take(target, variants=variants)
    jobs = [
        Job(
            source=claim.source,
            target=targets[claim],
            confidence_map=confidence_path(claim.folder / claim.source.name),
            kind=kind,
            manifest_folder=claim.manifest_folder,
        )
        for claim in unique
    ]
    maps = Counter(names.key(job.confidence_map) for job in jobs)
    for place, job in enumerate(jobs):
        chosen = job.confidence_map  # renamed where it shares its name with another or a result
        if maps[names.key(chosen)] > 1:
            chosen = chosen.with_name(confidence_path(job.source, keeps_suffix=True).name)
        jobs[place] = replace(job, confidence_map=names.take(chosen))
    return jobs


def beside_earlier(job: Job, *, variants: int = 0) -> Job:
    """Give a job the next names that are free: `a-color-2.jpg` where `a-color.jpg` is there.

    Args:
        job: of one picture.
        variants: other colorings, which lie beside the result.

    Returns:
        The job itself when its result is not there yet.
    """
    if not os.path.lexists(job.target):
        return job
    names = zip(numbered(job.target), numbered(job.confidence_map), strict=True)
    target, doubts = next(
        (target, doubts)
        for target, doubts in names
        if not any(map(os.path.lexists, (target, doubts, *variant_paths(target, variants))))
    )
    return replace(job, target=target, confidence_map=doubts)


def refuse_inputs_as_targets(
    jobs: Sequence[Job], sources: Iterable[Path], *, variants: int = 0
) -> None:
    """Refuse a plan in which a result would take the place of a photograph.

    Raises:
        InputError: naming the first such photograph.
    """
    is_there = os.path.exists  # which says no, too, to names that are too long and locked folders
    inputs = {identity(path) for path in sources if is_there(path)}
    for job in jobs:
        for target in (job.target, job.confidence_map, *variant_paths(job.target, variants)):
            if is_there(target) and identity(target) in inputs:  # also where a disk ignores case
                raise InputError(f"{target} is an input and is never written to: choose another -o")


def _keeps_suffix(claim: Claim, kind: str | None) -> bool:
    return kind is None or kind_of_suffix(claim.source.suffix) == kind


def _target(claim: Claim, kind: str | None, name: str) -> Path:
    keeps = kind is None or _keeps_suffix(claim, kind)
    suffix = claim.source.suffix if keeps or kind is None else SUFFIXES[kind][0]
    return claim.folder / f"{name}{claim.tail}{suffix}"
