"""Workers as actors of Ray, on this machine or on those of a cluster."""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

from synact_bench.core.errors import SynactError
from synact_bench.isolation.processes import search_path
from synact_bench.run.executors.task import Task, WorkerMessage

EXTRA = "pip install 'synact-bench[ray]'"


class Actor:
    """A worker that lives in a process of Ray's."""

    def __init__(self) -> None:
        from synact_bench.run.executors.worker import Worker  # noqa: PLC0415  (model libraries)

        self._worker = Worker()

    def measure(self, task: Task) -> Iterator[WorkerMessage]:
        """What the worker says of a task, as it says it."""
        said: queue.SimpleQueue[WorkerMessage | BaseException | None] = queue.SimpleQueue()

        def work() -> None:
            try:
                self._worker.measure(task, said.put)
            except BaseException as error:  # noqa: BLE001  (raised where it is waited for)
                said.put(error)
            said.put(None)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        while (message := said.get()) is not None:
            if isinstance(message, BaseException):
                raise message
            yield message
        thread.join()


class Actors:
    """Actors of Ray, one a worker.

    Args:
        size: how many there may be at once.
        address: of a cluster, as ``ray.init`` takes it; None starts one on this machine.
        gpus: of each, of which a part may be.
        threads: of each on this machine, and processors that Ray counts for it. Those of a cluster
            are shared out instead.

    Raises:
        SynactError: Ray is not installed, there is no such cluster, or none fits any of its nodes.
    """

    def __init__(self, size: int, *, address: str | None, gpus: float, threads: int) -> None:
        try:
            import ray  # noqa: PLC0415  (an optional extra)
        except ModuleNotFoundError as error:
            raise SynactError("is not installed", where="--executor ray", fix=EXTRA) from error
        self.size, self.alike, self._ray = size, address is None, ray
        self._actors: set[Any] = set()
        self._said: dict[Any, Any] = {}
        self._own = not ray.is_initialized()
        if self._own:
            self._connect(address, processors=size * threads)
        nodes = [each["Resources"] for each in ray.nodes() if each["Alive"]]
        if address is not None:
            threads = shared([int(each.get("CPU", 0)) for each in nodes], size)
        if not any(_holds(each, {"CPU": threads, "GPU": gpus}) for each in nodes):
            self.close()
            raise SynactError(
                f"no node has {threads} processors and {gpus:g} GPUs for a worker",
                where=f"Ray at {address or 'this machine'}",
                fix="give fewer --gpus-per-worker, or a cluster that has them",
            )
        environment = {"OMP_NUM_THREADS": str(threads)}
        if self._own and address is None:  # modules are found where the run has them
            environment["PYTHONPATH"] = os.pathsep.join(search_path())
        self._kind: Any = ray.remote(
            num_cpus=threads, num_gpus=gpus, max_restarts=0, runtime_env={"env_vars": environment}
        )(Actor)

    def _connect(self, address: str | None, *, processors: int) -> None:
        ray: Any = self._ray
        words: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        if address is None:
            words |= {"num_cpus": processors, "include_dashboard": False}
        ending = signal.getsignal(signal.SIGTERM)  # which Ray replaces by one that says nothing
        try:
            ray.init(address=address or "local", **words)
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, ending)
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise SynactError(
                f"cannot be reached: {error}",
                where=f"Ray at {address or 'this machine'}",
                fix="start it with 'ray start --head', or leave --address out",
            ) from error

    def start(self) -> Hashable:
        """A new actor."""
        found: Hashable = self._kind.remote()
        self._actors.add(found)
        return found

    def give(self, worker: Any, task: Task) -> None:
        """Send it; what it says is fetched as it comes."""
        self._said[worker] = worker.measure.options(num_returns="streaming").remote(task)

    def heard(self) -> Sequence[tuple[Hashable, WorkerMessage]]:
        """The next message of each that has one."""
        ray: Any = self._ray
        ready, _ = ray.wait(list(self._said.values()), num_returns=1)
        workers = [worker for worker, said in self._said.items() if said in ready]
        return [(worker, self._next(worker)) for worker in workers]

    def _next(self, worker: Any) -> WorkerMessage:
        ray: Any = self._ray
        try:
            message: WorkerMessage = ray.get(next(self._said[worker]))
        except (ray.exceptions.RayError, StopIteration) as error:
            del self._said[worker]
            self._kill(worker)
            said = str(error).strip().splitlines()
            return WorkerMessage("lost", f"{type(error).__name__}: {said[-1] if said else ''}")
        if message.kind in {"done", "failed"}:
            del self._said[worker]
        return message

    def end(self, worker: Any) -> None:
        """End one, which takes its files with it, and free what Ray counts for it."""
        self._actors.remove(worker)
        worker.__ray_terminate__.remote()

    def close(self) -> None:
        """End what was started here."""
        self._said.clear()
        for each in list(self._actors):
            self._kill(each)
        if self._own:
            self._ray.shutdown()

    def _kill(self, worker: Any) -> None:
        self._actors.remove(worker)
        self._ray.kill(worker)


def shared(processors: Sequence[int], size: int) -> int:
    """The most threads that each of ``size`` workers can have, of all nodes; 1 at least.

    Args:
        processors: of each node.
        size: how many workers there are.
    """
    most = range(max(processors, default=1), 1, -1)
    fits = (each for each in most if sum(node // each for node in processors) >= size)
    return next(fits, 1)


def _holds(node: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    return all(node.get(name, 0) >= amount for name, amount in wanted.items())
