"""Time a function or a command: wall, CPU with children, peak memory."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table."""

    name: str
    what: str
    runs: int
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float | None
    note: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the row for JSON."""
        return asdict(self)


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(s.ru_utime + s.ru_stime for s in spent)


def function(
    name: str, what: str, work: Callable[[], object], *, runs: int = 5, warmup: int = 1, note: str = ""
) -> Figure:
    """Measure calls in this process; memory is not reported, since the process has a history."""
    for _ in range(warmup):
        work()
    walls, cpus = list[float](), list[float]()
    for _ in range(runs):
        wall, cpu = time.perf_counter(), _cpu()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(_cpu() - cpu)
    return Figure(name, what, runs, statistics.median(walls), statistics.median(cpus), None, note)


# A process inherits the peak memory of the one it was forked from; so commands are started by a small one, which
# writes their own account: wall and CPU seconds, peak kilobytes.
_LAUNCHER = """
import os, sys, time
begun = time.perf_counter()
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
    file_actions=[(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)])
_, status, usage = os.wait4(pid, 0)
print(time.perf_counter() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def command(name: str, what: str, words: Sequence[str], *, runs: int = 5, warmup: int = 1, note: str = "") -> Figure:
    """Measure a fresh process from outside, with the operating system's account of it."""
    walls, cpus, peaks = list[float](), list[float](), list[float]()
    for turn in range(warmup + runs):
        launched = (sys.executable, "-S", "-E", "-c", _LAUNCHER, *words)
        done = subprocess.run(launched, capture_output=True, text=True, check=False)
        if done.returncode:
            message = f"{' '.join(words)} ended with {done.returncode}"
            raise RuntimeError(message)
        if turn >= warmup:
            wall, cpu, peak = map(float, done.stdout.split())
            walls.append(wall)
            cpus.append(cpu)
            peaks.append(peak / 1024)
    return Figure(name, what, runs, statistics.median(walls), statistics.median(cpus), statistics.median(peaks), note)


def wait(process: subprocess.Popen[bytes]) -> tuple[int, int, resource.struct_rusage]:
    """Reap a process with its resource usage."""
    import os

    pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return pid, process.returncode, usage
