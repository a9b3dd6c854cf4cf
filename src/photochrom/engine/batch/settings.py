"""How a run over many pictures treats their files."""

from dataclasses import dataclass
from typing import Final

from photochrom.engine.batch.shard import Shard
from photochrom.errors import InputError
from photochrom.flags import option
from photochrom.picture.reading.formats import KINDS, kind_of_suffix
from photochrom.work.parallel import available_cores

MAX_TIME_LIMIT: Final = 1e6
_MANY: Final = 32  # pictures from which on starting processes is repaid by their running freely


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How a run treats files; the command line is derived from it."""

    format: str | None = option(
        None,
        "Write jpeg, png, tiff, webp, avif or heic; else the kind that came in.",
        metavar="KIND",
    )
    quality: int | None = option(None, "Quality of lossy kinds, 1 to 100 (JPEG: 95).")
    recursive: bool = option(False, "Go into sub-folders.")
    force: bool = option(False, "Replace results that are there.")
    jobs: int | None = option(None, "Pictures worked on at once; else one per core.")

    shard: Shard | None = option(
        None,
        "Do the I-th of N parts, as one of N commands that share one OUT.",
        metavar="I/N",
        parse=Shard.parse,
    )
    time_limit: float = option(
        1800.0, "Seconds a picture may take, where processes of their own work on many."
    )

    def __post_init__(self) -> None:
        """Reject values outside their documented range."""
        if not 0 < self.time_limit <= MAX_TIME_LIMIT:
            limits = f"above 0 and at most {MAX_TIME_LIMIT:.0f} s"
            raise InputError(f"time limit must be {limits}, not {self.time_limit}")
        if self.format is not None and kind_of_suffix(f".{self.format}") is None:
            raise InputError(f"format must be one of {', '.join(KINDS)}, not {self.format!r}")
        if self.quality is not None and not 1 <= self.quality <= 100:
            raise InputError(f"quality must be from 1 to 100, not {self.quality}")
        if self.jobs is not None and self.jobs < 1:
            raise InputError(f"jobs must be at least 1, not {self.jobs}")

    @property
    def kind(self) -> str | None:
        """The kind of file to write; `jpg` and `tif` are understood. None: as it came in."""
        return None if self.format is None else kind_of_suffix(f".{self.format}")

    def workers_for(self, pictures: int) -> int:
        """Choose how many pictures to work on at once."""
        return max(1, min(self.jobs or available_cores(), pictures))

    def threads_for(self, pictures: int) -> int | None:
        """Share out the cores: threads for each of the pictures worked on at once.

        Returns:
            At least 1; None, all that are useful, when there is one picture at a time.
        """
        workers = self.workers_for(pictures)
        return None if workers == 1 else max(1, available_cores() // workers)

    def takes_children(self, pictures: int) -> bool:
        """Say whether processes of their own do so many pictures sooner than threads of this."""
        return pictures >= _MANY and self.workers_for(pictures) > 1
