"""Workers on Ray: plain actors, which are given paths, never pixels.

Ray Data is not used: its actors and its reading tasks can wait for each other forever where cores
are few (ray-project/ray#44687), and its pools do not replace the dead (#62746).
"""

import contextlib
import itertools
import logging
import os
import time
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Final, Self

from photochrom.cluster.crew import Arrived, Finished, Gone, News
from photochrom.cluster.hand import Hand, Identity, Introduction
from photochrom.cluster.settings import AUTO, ClusterOptions
from photochrom.cluster.supervise import Supervisor
from photochrom.engine.batch.chunk import ChunkItem, ChunkOptions, ChunkRecord
from photochrom.engine.session import first_line
from photochrom.errors import RunError
from photochrom.extras import need
from photochrom.work.parallel import available_cores

_STORE_BYTES: Final = 80 * 2**20  # the least that Ray takes, for paths and records
_LOOK_S: Final = 10.0  # between looks at the machines
_NO_LIMIT: Final = 10**6
_TRIALS: Final = 3  # to start Ray, whose node gives up after 30 s where much else is going on


def spread(
    chosen: ClusterOptions,
    most_workers: int | None,
    options: ChunkOptions,
    chunks: Iterator[list[ChunkItem]],
) -> Iterator[list[ChunkRecord]]:
    """Have chunks done by the machines of a cluster; where there is none to do, none is joined.

    Args:
        chosen: the cluster.
        most_workers: at once; None for as many as there are cores for.
        options: how pictures are colored.
        chunks: of paths that all machines reach.

    Yields:
        The records of each chunk, as chunks get done.

    Raises:
        InputError: when Ray is not installed.
        RunError: as `Supervisor.run`, and when there is no cluster.
    """
    first = next(chunks, None)
    if first is None:
        return
    with RayCrew(chosen.cluster or AUTO, options) as crew:
        supervisor = Supervisor(
            crew, most_workers=most_workers or _NO_LIMIT, patience_s=chosen.patience * 60
        )
        yield from supervisor.run(itertools.chain([first], chunks))


class RayCrew:
    """Workers of a Ray cluster, as a context; `Supervisor` keeps them busy.

    Args:
        address: "auto" to start Ray here, or HOST:PORT.
        options: how pictures are colored; a worker takes as many cores as a picture has threads.

    Raises:
        InputError: when Ray is not installed.
    """

    def __init__(self, address: str, options: ChunkOptions) -> None:
        need("scale", "ray", what="--cluster")
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # before Ray is loaded
        import ray  # noqa: PLC0415 - loaded when it is used

        self._ray: Any = ray
        self._address = address
        self._options = options
        self._cores = options.threads or 1
        self._identity = Identity.of(options.model)
        self._actors: dict[int, Any] = {}
        self._asked: dict[Any, int] = {}  # answers that are awaited, and of whom
        self._node_of: dict[int, str] = {}
        self._home = ""  # the node of this driver
        self._hired = 0
        self._room = 0
        self._looked_s = float("-inf")

    def __enter__(self) -> Self:
        """Join the cluster, or start one.

        Raises:
            RunError: when there is none, or none can be started.
        """
        is_here = self._address == AUTO
        own = {"num_cpus": available_cores(), "object_store_memory": _STORE_BYTES}
        named: dict[str, Any] = {"include_dashboard": False, **own} if is_here else {}
        for trial in range(_TRIALS if is_here else 1):
            try:
                self._ray.init(
                    address="local" if is_here else self._address,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    **named,
                )
            except Exception as error:
                self._ray.shutdown()
                if is_here and trial < _TRIALS - 1:
                    continue
                what = "Ray cannot be started" if is_here else f"no Ray answers at {self._address}"
                raise RunError(f"{what}: {first_line(error)}") from error
            break
        self._home = self._ray.get_runtime_context().get_node_id()
        return self

    def __exit__(self, *_: object) -> None:
        self._ray.shutdown()

    def room(self) -> int:
        """Count the workers for which the machines have cores now.

        Raises:
            RunError: when the node of this driver has gone, without which nothing can go on; one
                that was started here is started anew.
        """
        if time.monotonic() - self._looked_s > _LOOK_S:
            nodes = self._alive()
            if self._home not in nodes and self._address != AUTO:
                raise RunError("Ray has ended on this machine; start it, and run again to go on")
            if self._home not in nodes and not self._asked:
                self._ray.shutdown()
                self.__enter__()
                nodes = self._alive()
            self._room = sum(cores // self._cores for cores in nodes.values())
            self._looked_s = time.monotonic()
        return self._room

    def hire(self) -> Hashable:
        """Start an actor, which arrives when the cluster has a place for it."""
        self._hired += 1
        kind = self._ray.remote(num_cpus=self._cores, max_restarts=0)(Hand)
        actor = self._actors[self._hired] = kind.remote(self._options, _node)
        self._asked[actor.introduce.remote()] = self._hired
        return self._hired

    def hand_out(self, worker: Any, items: Sequence[ChunkItem]) -> None:
        """Give an actor a chunk; it does one after the other."""
        self._asked[self._actors[worker].color.remote(list(items))] = worker

    def news(self, patience_s: float) -> Sequence[News]:
        """Wait for answers of actors.

        Raises:
            RunError: when a worker has another version or model, or the whole cluster is gone.
        """
        if not self._asked:
            time.sleep(min(patience_s, 1.0))
            return []
        waiting = list(self._asked)
        ready, _ = self._ray.wait(waiting, num_returns=1, timeout=patience_s)
        if ready:
            ready, _ = self._ray.wait(waiting, num_returns=len(waiting), timeout=0)
        found: list[News] = []
        for answer in ready:
            if (worker := self._asked.pop(answer, None)) is not None:
                found.append(self._read(worker, answer))
        return found

    def _read(self, worker: int, answer: Any) -> News:
        try:
            told = self._ray.get(answer)
        except self._ray.exceptions.RayError as error:
            return self._bury(worker, error)
        if not isinstance(told, Introduction):
            return Finished(worker, told)
        if told.identity is None:
            raise RunError(f"{told.host}: {told.refusal}")
        self._identity.refuse_other(told.identity, told.host)
        self._node_of[worker] = told.node
        return Arrived(worker)

    def _bury(self, worker: int, error: Exception) -> Gone:
        """Forget an actor, which is ended if it lives, and all that it was asked."""
        with contextlib.suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(self._actors[worker])
        del self._actors[worker]
        self._asked = {each: whose for each, whose in self._asked.items() if whose != worker}
        node = self._node_of.pop(worker, self._home)
        self._looked_s = float("-inf")
        return Gone(worker, _reason(error), is_innocent=node not in self._alive())

    def _alive(self) -> dict[str, int]:
        """Count the cores of each node that lives."""
        nodes = [node for node in self._ray.nodes() if node["Alive"]]
        return {node["NodeID"]: int(node["Resources"].get("CPU", 0)) for node in nodes}


def _node() -> str:
    import ray  # noqa: PLC0415 - loaded when it is used

    node: str = ray.get_runtime_context().get_node_id()
    return node


def _reason(error: Exception) -> str:
    """Find the line that tells: of what was raised far away, the last."""
    lines = [line.strip() for line in str(error).splitlines() if "Error: " in line]
    return lines[-1] if lines else first_line(error)
