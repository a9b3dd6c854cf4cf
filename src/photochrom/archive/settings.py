"""How a run over a listing goes about it."""

from dataclasses import dataclass
from pathlib import Path

from photochrom.flags import option


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingOptions:
    """How a run over a listing goes about it; the command line is derived from it."""

    listing: Path | None = option(
        None,
        "All pictures of a listing that `photochrom list` has made, to -o OUT.",
        metavar="FILE",
    )
    retry: bool = option(False, "With --listing: also what failed in an earlier run.")
    dedupe: bool = option(
        False, "With --listing: color identical scans once, and link the results."
    )
    ledger: Path | None = option(
        None,
        "With results in object storage: where it is noted what is done; else NAME.ledger here.",
        metavar="FOLDER",
    )
