"""The surfaces that ship are those that the tables give now."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.presets.shelf import bundled_presets
from bridge.surfaces.plan import Wiring
from bridge.surfaces.write import surface_files, write_surfaces
from engine.errors import UserError
from tests.paths import ROOT

SHIPPED = ROOT / "presets" / "surfaces"


def test_the_shipped_files_are_what_the_tables_give() -> None:
    """Byte for byte, with the usual ports; `python -m tests.test_docs` writes them anew."""
    files = surface_files(Wiring(), bundled_presets())
    assert {path.name for path in SHIPPED.iterdir()} == set(files)
    stale = [name for name, data in files.items() if (SHIPPED / name).read_bytes() != data]
    assert stale == [], "python -m tests.test_docs writes them anew"


def test_all_are_written_into_a_folder_that_is_made(tmp_path: Path) -> None:
    """And their paths are returned."""
    written = write_surfaces(tmp_path / "new" / "folder", Wiring(), bundled_presets())
    assert {path.name for path in written} == set(surface_files(Wiring(), bundled_presets()))
    assert all(path.stat().st_size for path in written)


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    """A file stands in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"--out .*file: it cannot be written"):
        write_surfaces(tmp_path / "file", Wiring(), bundled_presets())
