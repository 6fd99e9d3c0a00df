"""Ports for notebook kernels that no other process takes, so that notebooks can run side by side.

Jupyter asks the system for a free port, closes it, and tells the kernel to open it a second later: two processes that
start kernels at once are now and then told the same one, and so is any program that opens a connection in between.
Here each process owns a block of ports for as long as it lives, by listening on the block's first port: the system
grants that once, and takes it back by itself. The blocks lie below the ports that systems give to connections.
"""

import errno
import os
import random
import socket

from jupyter_client.connect import LocalPortCache

FIRST, LAST, BLOCK = 20000, 30000, 100


def _bound(ip, port):
    """Return a socket that holds a port, or None if another one does."""
    held = socket.socket()
    # as kernels do: a connection that has just ended on this port is no reason to avoid it
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((ip, port))
        held.listen(1)
    except OSError as error:
        held.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        raise
    return held


class PortsOfThisProcess(LocalPortCache):
    """Gives each kernel ports of a block that is this process's own."""

    _owner = None

    def _take_block(self):
        """Own a block; a forked process needs one of its own."""
        # each process begins elsewhere, or all would queue for the first block
        starts = list(range(FIRST, LAST, BLOCK))
        random.Random(os.getpid()).shuffle(starts)
        for start in starts:
            held = _bound("127.0.0.1", start)
            if held is not None:
                self._owner, self._held, self._start, self._next = os.getpid(), held, start, 1
                return
        raise OSError(f"each block of ports from {FIRST} to {LAST} is in use: too many processes run notebooks")

    def find_available_port(self, ip):
        """Return a port of this process's block that nothing listens on."""
        if self._owner != os.getpid():
            self._take_block()
        for _ in range(BLOCK - 1):
            port = self._start + self._next
            # Round and round: a port that was offered last comes last, long after its kernel has opened it. Whether it
            # is free is asked of the system, since not everyone who ends a kernel gives its ports back.
            self._next = self._next % (BLOCK - 1) + 1
            if (probe := _bound(ip, port)) is not None:
                probe.close()
                return port
        raise OSError(f"all ports from {self._start} to {self._start + BLOCK - 1} are in use by kernels")


def own():
    """Let every kernel that this process or its forks start get such ports."""
    LocalPortCache.clear_instance()
    PortsOfThisProcess.instance()
