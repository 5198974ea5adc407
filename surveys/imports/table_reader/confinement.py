"""Drops privileges of this process before it reads the first byte.

Each step is taken if the system supports it. On all systems, no further file or socket can be opened.
"""

import contextlib
import ctypes
import os
import resource
from pathlib import Path

MAX_MEMORY = 150_000_000
NEW_NETWORK = 0x40000000
NEW_USER = 0x10000000
STATISTICS = Path("/proc/self/statm")


def confine(*, largest_output: int, seconds: int = 10) -> None:
    """Confines the process. `seconds` is the processor time from now on."""
    _enter_empty_network()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, _seconds_used() + seconds)
    _limit(resource.RLIMIT_FSIZE, largest_output)
    if STATISTICS.exists():
        _limit(resource.RLIMIT_AS, _address_space() + MAX_MEMORY)
    with contextlib.suppress(ValueError, OSError):
        _limit(resource.RLIMIT_NPROC, 0)
    # Standard input, output and error stay open; nothing else can be opened.
    _limit(resource.RLIMIT_NOFILE, 3)


def _limit(kind: int, limit: int) -> None:
    _, highest = resource.getrlimit(kind)
    limit = limit if highest == resource.RLIM_INFINITY else min(limit, highest)
    resource.setrlimit(kind, (limit, limit))


def _seconds_used() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime) + 1


def _address_space() -> int:
    """Returns the address space that the interpreter and its modules use already, in bytes."""
    return int(STATISTICS.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _enter_empty_network() -> None:
    """Moves the process into an empty network namespace: as root, or as another user if the system allows it."""
    with contextlib.suppress(AttributeError, OSError):
        unshare = ctypes.CDLL(None, use_errno=True).unshare
        if unshare(NEW_NETWORK):
            unshare(NEW_USER | NEW_NETWORK)
