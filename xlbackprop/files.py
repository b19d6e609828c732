"""Files written whole or not at all, and the seal by which an untouched build is recognised."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from xlbackprop.errors import BadOption

SEAL = b"xlbackprop "


def write_whole(path: Path, data: bytes) -> None:
    """Write the file whole or not at all."""
    with whole(path) as out:
        out.write(data)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, so that whatever happens, either the old one stands there or the new one."""
    target = Path(os.path.realpath(path))  # through a link, to the file itself
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "the file is read-only")
        handle, name = tempfile.mkstemp(prefix=".xlbackprop-", dir=target.parent)
    except OSError as error:
        raise BadOption(f"{path}: cannot write in this folder ({error.strerror}); choose another") from None
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(target)
    except OSError as error:
        raise BadOption(f"{path}: not written ({error.strerror}); what stood there before still does") from None
    finally:
        part.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def seal(archive: zipfile.ZipFile) -> bytes:
    """A digest of the workbook's parts, to be the zip's comment, which no spreadsheet program keeps."""
    parts = "\n".join(f"{part.filename} {part.CRC} {part.file_size}" for part in archive.infolist())
    return SEAL + hashlib.sha256(parts.encode()).hexdigest().encode()


def is_untouched(path: Path) -> bool:
    """Whether the file is a build of ours that nobody has saved since."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment == seal(archive)
    except (OSError, zipfile.BadZipFile):
        return False
