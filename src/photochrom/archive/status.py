"""How far an archive is, read from what is noted beside its results and from nothing else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from photochrom.archive.ledger import lines_in, plans_in
from photochrom.engine.result import Status
from photochrom.errors import InputError
from photochrom.texts import printable

_COLUMNS: Final = "input blob primary key, status, reason, pixels int, bytes int"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStatus:
    """How far an archive is.

    Attributes:
        total: pictures that there are to do, of the shards that have begun.
        counts: pictures that are done, by status.
        failures: how many failed for each reason, most first.
        shards_begun: labels such as "3/16"; empty when there are none.
        shards: how many there are in all.
        megapixels: of the pictures that are done.
        megapixels_left: an estimate by the bytes that are left; None when nothing is done yet.
        megapixels_per_s: of the latest run of each shard, together; None when nothing is done yet.
    """

    total: int
    counts: dict[str, int]
    failures: dict[str, int]
    shards_begun: tuple[str, ...]
    shards: int
    megapixels: float
    megapixels_left: float | None
    megapixels_per_s: float | None

    @property
    def done(self) -> int:
        """Pictures that nothing is left to do for."""
        return sum(self.counts.values())

    @property
    def seconds_left(self) -> float | None:
        """An estimate, when all that ran last goes on at its rate; None when there is no rate."""
        if self.megapixels_left is None or not self.megapixels_per_s:
            return None
        return self.megapixels_left / self.megapixels_per_s


def status_of(out: Path) -> ArchiveStatus:
    """Count what is done; works while drivers run, and after they were killed.

    Raises:
        InputError: when no run over a listing has begun there.
    """
    plans = [plan for plan in plans_in(out) if isinstance(plan.get("items"), int)]
    if not plans:
        raise InputError(f"no run over a listing has begun in {out}")
    whole = [plan for plan in plans if not plan["shard"]]
    most = max(int(plan["shard"].partition("/")[2] or 1) for plan in plans)
    parts = whole or [plan for plan in plans if plan["shard"].endswith(f"/{most}")]
    rates: dict[str, tuple[int, int, float]] = {}
    # a database without a name lies in a temporary file, so that memory stays what it is
    with closing(sqlite3.connect("")) as table:
        table.execute(f"create table latest ({_COLUMNS}) without rowid")
        table.executemany("insert or replace into latest values (?, ?, ?, ?, ?)", _rows(out, rates))
        by_status = "select status, count(*) from latest group by 1 order by 2 desc"
        by_reason = "select reason, count(*) from latest where reason != '' group by 1"
        sums = "select total(pixels), total(bytes) from latest"
        counts = dict(table.execute(by_status))
        failures = dict(table.execute(f"{by_reason} order by 2 desc"))
        pixels, size_bytes = table.execute(sums).fetchone()
        measured = table.execute(f"{sums} where pixels > 0 and bytes > 0").fetchone()
    left_bytes = sum(plan["bytes"] for plan in parts) - size_bytes
    per_byte = measured[0] / max(1, measured[1])
    per_s = sum(done / max(at_s, 1e-3) for _, done, at_s in rates.values())
    return ArchiveStatus(
        total=sum(plan["items"] for plan in parts),
        counts=counts,
        failures=failures,
        shards_begun=tuple(plan["shard"] for plan in parts if plan["shard"]),
        shards=1 if whole else most,
        megapixels=pixels / 1e6,
        megapixels_left=max(0, left_bytes) * per_byte / 1e6 if measured[0] else None,
        megapixels_per_s=per_s / 1e6 if rates else None,
    )


def _rows(
    out: Path, rates: dict[str, tuple[int, int, float]]
) -> Iterator[tuple[bytes, str, str, int, int]]:
    """Go through what is noted of pictures, the newest of each last; collect rates meanwhile."""
    for told in lines_in(out):
        if "chunk" in told:
            _add_rate(rates, told)
        elif told.get("key"):
            name = str(told.get("input", "")).encode(errors="surrogatepass")
            status = str(told.get("status", ""))
            reason = f"{told.get('trouble') or 'error'}: {told.get('reason', '')}"
            reason = printable(reason) if status == Status.FAILED else ""
            yield name, status, reason, told.get("pixels") or 0, told.get("input_size") or 0


def _add_rate(rates: dict[str, tuple[int, int, float]], told: dict[str, Any]) -> None:
    """Add a chunk to the latest run of its shard; clocks of machines are never compared."""
    shard, run = str(told.get("shard")), int(told.get("run", 0))
    known, pixels, at_s = rates.get(shard, (run, 0, 0.0))
    if run < known:
        return
    pixels, at_s = (pixels, at_s) if run == known else (0, 0.0)
    rates[shard] = (run, pixels + int(told["pixels"]), max(at_s, float(told["at_s"])))
