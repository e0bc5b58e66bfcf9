"""The console is the program's own, whatever C libraries print."""

from __future__ import annotations

import subprocess
import sys

from tests.paths import ROOT


def test_c_libraries_are_quiet_and_python_is_not() -> None:
    """What is written to file descriptor 2 goes nowhere; what Python says there is read."""
    program = (
        "import os, sys\nfrom bridge.console import quiet_c_libraries\nquiet_c_libraries()\n"
        "os.write(2, b'ALSA lib: no such card')\nprint('ours', file=sys.stderr)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stderr == "ours\n"
