"""Questions about processes and ports for tests."""

import socket
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    """Returns whether a process listens on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def is_alive(pid: int) -> bool:
    """Returns whether the process is alive. A zombie that was not waited for is dead."""
    state = _stat(pid)
    return bool(state) and state[0] not in "ZX"


def children_of(pid: int) -> list[int]:
    """Returns the child processes of a process, and their children."""
    parents = {
        int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()
    }
    children, pending = [], [pid]
    while pending:
        parent = pending.pop()
        found_children = [child for child, state in parents.items() if state and int(state[1]) == parent]
        children += found_children
        pending += found_children
    return children


def _stat(pid: int) -> list[str]:
    """Returns state, parent and the rest of /proc/PID/stat, after the name in brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
