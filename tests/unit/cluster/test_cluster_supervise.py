from collections import Counter, deque
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from random import Random

import pytest

from photochrom.archive.duplicates import SAME_SCAN
from photochrom.cluster import hand
from photochrom.cluster.crew import Arrived, Finished, Gone, News
from photochrom.cluster.supervise import Supervisor
from photochrom.engine.batch.chunk import ChunkItem, ChunkOptions, ChunkRecord
from photochrom.engine.result import FileResult, Status
from photochrom.errors import RunError
from photochrom.files import file_sha256

Chunk = Sequence[ChunkItem]
DONE = FileResult(status=Status.COLORIZED)


class PlayedCrew:
    """Workers that are played: each look at the news lets some of them do a step."""

    def __init__(self, room: int = 3, *, dice: Random | None = None, deaths: float = 0) -> None:
        self.now_s = 0.0
        self.hired = 0
        self.done: Counter[str] = Counter()
        self.most_given = 0
        self._room = room
        self._dice = dice or Random(1)  # noqa: S311 - no secret
        self._deaths = deaths
        self._given: dict[Hashable, deque[Chunk]] = {}
        self._coming: list[int] = []

    def room(self) -> int:
        return self._room

    def hire(self) -> Hashable:
        self.hired += 1
        self._coming.append(self.hired)
        return self.hired

    def hand_out(self, worker: Hashable, items: Chunk) -> None:
        self._given[worker].append(items)
        self.most_given = max(self.most_given, len(self._given[worker]))

    def news(self, patience_s: float) -> Sequence[News]:
        self.now_s += patience_s
        found: list[News] = [Arrived(worker) for worker in self._coming]
        self._given |= {worker: deque() for worker in self._coming}
        self._coming = []
        for worker in [*self._given]:
            if self._dice.random() < self._deaths or not self.survives(worker):
                del self._given[worker]
                found.append(Gone(worker, "killed"))
            elif self._given[worker] and self._dice.random() < 0.7:
                found.append(Finished(worker, self.records(self._given[worker].popleft())))
        return found

    def survives(self, worker: Hashable) -> bool:
        return not any(item.source == "deadly" for item in next(iter(self._given[worker]), ()))

    def records(self, items: Chunk) -> list[ChunkRecord]:
        self.done.update(item.source for item in items)
        return [ChunkRecord(item=item, result=DONE) for item in items]


def run(crew: PlayedCrew, chunks: Sequence[Chunk], **named: float) -> Iterator[list[ChunkRecord]]:
    given = {"most_workers": 9, "patience_s": 600.0} | named
    return Supervisor(crew, clock=lambda: crew.now_s, **given).run(chunks)  # type: ignore[arg-type]


def chunks_of(*sizes: int) -> list[Chunk]:
    return [
        [ChunkItem(source=f"{chunk}/{item}", target="") for item in range(size)]
        for chunk, size in enumerate(sizes)
    ]


@pytest.mark.parametrize("seed", range(10))
def test_every_item_has_one_record_whoever_dies(seed: int) -> None:
    crew = PlayedCrew(dice=Random(seed), deaths=0.2)  # noqa: S311 - no secret
    chunks = chunks_of(*range(1, 41))
    records = [record for done in run(crew, chunks) for record in done]
    assert crew.hired > 9
    assert sorted(record.item.source for record in records) == sorted(
        item.source for chunk in chunks for item in chunk
    )
    assert crew.most_given <= 2


def test_a_picture_that_kills_twice_is_a_crash_and_the_rest_goes_on() -> None:
    chunk = [ChunkItem(source=name, target="") for name in ("a", "deadly", "b")]
    (records,) = run(PlayedCrew(), [chunk])
    assert [record.trouble for record in records] == ["", "crash", ""]
    assert records[1].result.status is Status.FAILED


def test_a_machine_that_goes_blames_no_picture() -> None:
    class Stormy(PlayedCrew):
        storms = 6

        def news(self, patience_s: float) -> Sequence[News]:
            found = super().news(patience_s)
            gone = [Gone(n.worker, "node", is_innocent=True) for n in found if isinstance(n, Gone)]
            return [n for n in found if not isinstance(n, Gone)] + gone

        def survives(self, worker: Hashable) -> bool:
            self.storms -= 1
            return self.storms < 0

    (records,) = run(Stormy(room=1), chunks_of(1))
    assert [record.trouble for record in records] == [""]


@pytest.mark.parametrize("is_innocent", [True, False])
def test_all_workers_may_go_at_once(*, is_innocent: bool) -> None:
    class Outage(PlayedCrew):
        looks = 0

        def news(self, patience_s: float) -> Sequence[News]:
            self.looks += 1
            if self.looks != 3:
                return super().news(patience_s)
            gone, self._given = [*self._given], {}
            return [Gone(worker, "outage", is_innocent=is_innocent) for worker in gone]

    chunks = chunks_of(*[2] * 200)
    done = [*run(Outage(room=30), chunks, most_workers=99)]
    assert len(done) == 200


def test_pools_grow_with_the_machines_up_to_a_limit() -> None:
    crew = PlayedCrew(room=1)
    running = run(crew, chunks_of(*[1] * 40), most_workers=4)
    next(running)
    assert crew.hired == 1
    crew._room = 7
    assert len([*running]) == 39
    assert crew.hired == 4


def test_when_nothing_is_finished_the_run_ends_with_a_line() -> None:
    class Stuck(PlayedCrew):
        def news(self, patience_s: float) -> Sequence[News]:
            return [news for news in super().news(patience_s) if isinstance(news, Arrived)]

    with pytest.raises(RunError, match="no chunk was finished for 10 minutes; run again"):
        [*run(Stuck(), chunks_of(1))]


def test_workers_that_cannot_live_end_the_run() -> None:
    with pytest.raises(RunError, match="before they have done anything: killed"):
        [*run(PlayedCrew(deaths=1), chunks_of(1))]


def test_a_full_disk_ends_what_has_begun_and_begins_nothing() -> None:
    class Full(PlayedCrew):
        def records(self, items: Chunk) -> list[ChunkRecord]:
            failed = FileResult(status=Status.FAILED)
            return [ChunkRecord(item=item, result=failed, is_disk_full=True) for item in items]

    done = [*run(Full(room=2), chunks_of(*[2] * 50))]
    assert 1 <= len(done) <= 4


def test_a_worker_links_what_is_the_same_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PlayedChild:
        def __init__(self, _: ChunkOptions) -> None: ...

        def color(self, item: ChunkItem) -> ChunkRecord:
            target = Path(item.target)
            target.write_bytes(b"colors of " + Path(item.source).read_bytes())
            return ChunkRecord(item=item, result=DONE, output_sha256=file_sha256(target))

    monkeypatch.setattr(hand, "Child", PlayedChild)
    items = []
    for name, scan in (("a.jpg", b"one"), ("b.jpg", b"two"), ("c.jpg", b"one")):
        (tmp_path / name).write_bytes(scan)
        target = tmp_path / "out" / name
        target.parent.mkdir(exist_ok=True)
        sums = tmp_path / "out" / ".photochrom" / "sums"
        items.append(ChunkItem(source=str(tmp_path / name), target=str(target), sums=str(sums)))
    records = hand.Hand(ChunkOptions(), lambda: "node").color(items)
    assert [record.result.notes for record in records] == [(), (), (f"{SAME_SCAN} a.jpg",)]
    assert Path(items[0].target).samefile(items[2].target)
