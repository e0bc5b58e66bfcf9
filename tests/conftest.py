"""How tests run here: no timed verdicts, which lie on shared machines; in CI the same examples always.

The terminal is one that can move its cursor, whatever the tests were started from: rich asks TERM. What a start
keeps of its machine goes to a folder of the tests' own.
"""

from __future__ import annotations

import os
import tempfile

from hypothesis import HealthCheck, settings

os.environ["TERM"] = "xterm-256color"
os.environ.pop("NO_COLOR", None)
_kept = tempfile.TemporaryDirectory(prefix="melody-bridge-tests-")
for name in ("MELODY_BRIDGE_CACHE", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_MUSIC_DIR"):
    os.environ[name] = os.path.join(_kept.name, name)  # the user's presets and music are none of ours

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
