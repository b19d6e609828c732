"""Freed memory is kept for the next step instead of being handed back to the system."""

from __future__ import annotations

import ctypes
import platform

# Of <malloc.h>: what mallopt is told, and the most that it takes for each.
M_TRIM_THRESHOLD, NEVER = -1, 2**31 - 1
M_MMAP_THRESHOLD, LARGEST = -3, 2**25


def keep_freed_memory() -> bool:
    """Tell glibc to keep what this process frees in blocks of up to 32 MiB; whether there is a glibc to tell.

    A step frees a dozen tensors of a megabyte or two, and the next step wants them again. By default they go back to
    the system in between, which costs two thousand page faults a step: a quarter of the processor's time.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST) and mallopt(M_TRIM_THRESHOLD, NEVER))
