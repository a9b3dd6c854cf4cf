"""How a run over a listing goes about it."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingOptions:
    """How a run over a listing goes about it; the command line is derived from it."""

    listing: Path | None = field(
        default=None,
        metadata={
            "metavar": "FILE",
            "help": "All pictures of a listing that `photochrom list` has made, to -o OUT.",
        },
    )
    retry: bool = field(
        default=False,
        metadata={"help": "With --listing: also what failed in an earlier run."},
    )
    dedupe: bool = field(
        default=False,
        metadata={"help": "With --listing: color identical scans once, and link the results."},
    )
    ledger: Path | None = field(
        default=None,
        metadata={
            "metavar": "FOLDER",
            "help": "With results in object storage: where it is noted what is done; "
            "else NAME.ledger here.",
        },
    )
