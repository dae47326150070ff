"""Files that are there whole or not at all, also after the machine lost its power."""

import os
import threading
from pathlib import Path


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file's content: written aside, synced, renamed, and the folder synced.

    Whoever reads sees the old content or the new. Envoy needs the rename besides: it watches for that alone.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.new")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    aside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in a folder last."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
