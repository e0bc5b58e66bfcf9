"""Run every measurement, one after the other: `make bench`, or `python -m bench [--quick] [NAME ...]`.

The corpora that some of them need are fetched and prepared under corpus/ the first time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from bench.machine import machine, missing, quiet_line

ESSEN, PAPER, RESULTS = Path("corpus/essen"), Path("corpus/paper"), Path("runs/bench")

BENCHES: dict[str, tuple[list[str], list[str]]] = {
    "live": (["bench.live"], ["--phrases", "10", "--starts", "1"]),
    "punctual": (["bench.punctual"], ["--seconds", "9"]),
    "flood": (["bench.flood"], ["--seconds", "24"]),
    "decode": (["bench.decode", "--out", str(RESULTS)], ["--quick"]),
    "loss": (["bench.decode_loss", str(PAPER), "--out", str(RESULTS)], ["--quick"]),
    "session": (["bench.long_session", "--out", str(RESULTS)], ["--notes", "2000"]),
    "rhythm": (["bench.rhythm", str(ESSEN)], ["--quick"]),
    "turns": (["bench.turns", str(ESSEN)], ["--quick"]),
    "played": (["bench.played", str(ESSEN)], ["--phrases", "10"]),
    "clocked": (["bench.clocked", str(ESSEN)], ["--quick"]),
    "keys": (["bench.keys"], []),
    "bar": (["bench.bar", str(ESSEN)], ["--quick"]),
    "changes": (["bench.changes", str(ESSEN)], ["--quick"]),
    "answers": (["bench.answers", str(ESSEN)], ["--quick"]),
    "form": (["bench.form", str(ESSEN)], ["--quick"]),
    "styles": (["bench.styles", str(ESSEN)], ["--songs", "10"]),
    "ngram": (["bench.ngram", str(ESSEN)], ["--quick"]),
    "plan": (["bench.plan", str(ESSEN)], ["--quick"]),
    "training": (["bench.training", str(ESSEN)], ["--quick"]),
}
"""Name: the module with its arguments, and what makes it quick."""
NEEDS = {"live": "psutil", "session": "psutil"}
"""Name: the package without which it measures nothing."""
TIMED = ("live", "punctual", "flood", "decode", "played", "plan", "training")
"""Those whose figures are times by the clock, so that they want a quiet machine."""


def prepare() -> None:
    """Fetch and prepare the corpora that are not there yet."""
    for name, folder in (("essen", ESSEN), ("paper", PAPER)):
        if not folder.exists():
            print(f"preparing {folder} (first time only)", flush=True)
            command = [sys.executable, "-m", "trainer.cli", "prepare", "--fetch", name, "--out", str(folder)]
            subprocess.run(command, check=True)


def main() -> int:
    """Run the benches asked for; return 1 if one failed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; default all")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(BENCHES))
    if unknown:
        parser.error(f"no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    print(machine(), flush=True)
    print(f"times by the clock, which want a quiet machine: {', '.join(TIMED)}; of the others none", flush=True)
    prepare()
    failed = []
    for name in options.names or BENCHES:
        if reason := missing(NEEDS[name]) if name in NEEDS else "":
            print(f"\n== {name} left out: {reason}", flush=True)
            failed.append(name)
            continue
        module, quick = BENCHES[name]
        print(f"\n== {name}: python -m {' '.join(module)}", flush=True)
        if name in TIMED:
            print(quiet_line(), flush=True)
        command = [sys.executable, "-m", *module, *(quick if options.quick else [])]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
