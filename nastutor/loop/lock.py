"""A lock on an open file, so that one search at a time writes to it.

The system holds the lock for the process that took it, so it ends with that process, however that ends: nothing is
left behind that blocks. On a network file system it reaches as far as that system's locks do (on NFS: between machines,
but perhaps not between two searches of one process).
"""

from __future__ import annotations

import errno
import os
import sys
import weakref
from io import FileIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_BUSY = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_FAR = 2**31 - 2  # Windows locks bytes, and others cannot read them: one byte that no log reaches

_locked: weakref.WeakSet[FileIO] = weakref.WeakSet()


def lock(file: FileIO) -> bool:
    """Lock an open file, without waiting; return False if somebody else has locked it.

    Raises
    ------
    OSError : the file system has no locks.
    """
    try:
        if sys.platform == "win32":
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        raise
    _locked.add(file)
    return True


def close(file: FileIO) -> None:
    """Close a file, which ends its lock if it has one."""
    if sys.platform == "win32" and file in _locked:
        file.seek(_FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    _locked.discard(file)
    file.close()


def _close_in_child() -> None:
    """Close a forked process's copies: a worker that outlives a killed search would go on holding its lock."""
    for file in list(_locked):
        file.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_in_child)
