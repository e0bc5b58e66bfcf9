"""Write files and folders so that under their names there is always something whole, or nothing; where they go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = "MELODY_BRIDGE_CACHE"


def cache_folder() -> Path:
    """Return where what can be had again is kept: as MELODY_BRIDGE_CACHE says, else in the user's cache folder."""
    told, base = os.environ.get(CACHE), os.environ.get("XDG_CACHE_HOME")
    if told:
        return Path(told)
    return (Path(base) if base else Path.home() / ".cache") / "melody-bridge"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its name and rename it when it is on the disk.

    Raises OSError; what stood there before then still stands.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(draft, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside `path` to be filled; it takes that name when the block has gone well.

    Raises OSError; on any fault nothing is left. `path` must not exist yet, or be an empty folder.
    """
    import shutil  # these two take long to load, and most programs that come here write files alone
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        partial.chmod(0o755)
        yield partial
        partial.replace(path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
