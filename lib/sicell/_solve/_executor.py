"""Work for any executor, with a bounded number of jobs in flight, and how far it is."""

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any

from tqdm import tqdm

_IN_FLIGHT = 32


class _Bar(tqdm):
    """A bar without the thread that watches it, which a browser cannot start."""

    monitor_interval = 0


def bar(total: int, unit: str, progress: bool) -> tqdm:
    """Return a bar that is shown on a terminal, if progress is asked for at all."""
    return _Bar(total=total, disable=None if progress else True, unit=unit)


def distribute(
    executor: Executor,
    function: Callable[..., Any],
    jobs: Iterator[tuple[int, tuple[Any, ...]]],
    put: Callable[[int, Any], None],
) -> None:
    """Call `function` with the arguments of each job and hand its result, or its exception, to `put` with the key.

    Jobs are taken as there is room, and those that wait are cancelled if the caller is interrupted.
    """
    flying: dict[Future, int] = {}
    try:
        while True:
            while len(flying) < _IN_FLIGHT and (job := next(jobs, None)) is not None:
                key, arguments = job
                flying[executor.submit(function, *arguments)] = key
            if not flying:
                return
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                key, problem = flying.pop(future), future.exception()
                put(key, future.result() if problem is None else problem)
    finally:
        for future in flying:
            future.cancel()
