"""Starting an improviser: what must be so before torch is there."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.paths import ROOT

WATCHED = """
import os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print("torch meets", os.environ.get("PYTORCH_ENABLE_MPS_FALLBACK"))
            raise SystemExit

sys.meta_path.insert(0, Watch())
"""


@pytest.mark.parametrize(
    "started",
    [
        "from engine.server import start; start('essen', 'cpu', 1)",
        "from engine.generate import main; main(['E4 F4', '--notes', '1'])",
    ],
    ids=["play", "generate"],
)
@pytest.mark.parametrize(("before", "met"), [(None, "1"), ("0", "0")], ids=["unset", "set"])
def test_what_a_macs_gpu_cannot_compute_is_left_to_the_cpu(started: str, before: str | None, met: str) -> None:
    """Whoever starts a model has set so before torch is imported, and a user's own setting stands."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTORCH_ENABLE_MPS_FALLBACK"}
    if before is not None:
        environment["PYTORCH_ENABLE_MPS_FALLBACK"] = before
    command = [sys.executable, "-c", WATCHED + started]
    out = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == f"torch meets {met}"
