"""Whether a second model fits into memory beside the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.engine.memory import available_bytes, lack, needed_bytes


def test_a_model_that_does_not_fit_is_refused_with_both_numbers() -> None:
    """The sentence says what it needs, what there is, and what to do."""
    needed = needed_bytes(3_000_000)
    assert lack("essen", 3_000_000, needed) == ""
    text = lack("essen", 3_000_000, needed - 1)
    assert text.startswith("essen needs about 156 MB")
    assert "are free; close something" in text
    assert lack("paper", 700_000_000, 4_000_000_000).startswith("paper needs about 5,100 MB")


def test_where_the_system_does_not_say_nothing_is_refused() -> None:
    """Then the engine itself says that it has no memory, and the old model plays on."""
    assert lack("paper", 700_000_000, None) == ""


def tree(root: Path, files: dict[str, str]) -> Path:
    """Return `root` with these files in it, as a system would have them."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


MACHINE = {"proc/meminfo": "MemTotal:  9000000 kB\nMemAvailable:  8000000 kB\n"}
OURS, AROUND = "sys/fs/cgroup/stage.slice/bridge.scope", "sys/fs/cgroup/stage.slice"
V2 = {"proc/self/cgroup": "0::/stage.slice/bridge.scope\n"}
V1 = {"proc/self/cgroup": "12:pids:/docker/ab\n4:memory:/docker/ab\n1:name=systemd:/docker/ab\n"}
UNLIMITED_V1 = "9223372036854771712\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("MemTotal:  100 kB\nMemAvailable:     2000 kB\n", 2_048_000),
        ("MemTotal:  100 kB\n", None),
        ("MemAvailable:\n", None),
        ("MemAvailable: much kB\n", None),
    ],
)
def test_what_is_available_is_what_the_kernel_says(tmp_path: Path, text: str, found: int | None) -> None:
    """Free memory alone would be too little: what the page cache holds can be had as well."""
    assert available_bytes(tree(tmp_path, {"proc/meminfo": text})) == found
    assert available_bytes(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    ("group", "found"),
    [
        ({f"{OURS}/memory.max": "600\n", f"{OURS}/memory.current": "200\n"}, 400),
        ({f"{OURS}/memory.max": "max\n", f"{OURS}/memory.current": "200\n"}, 8_192_000_000),
        ({f"{AROUND}/memory.max": "900\n", f"{AROUND}/memory.current": "300\n"}, 600),
        (
            {
                f"{OURS}/memory.max": "max\n",
                f"{OURS}/memory.high": "700\n",
                f"{OURS}/memory.current": "200\n",
            },
            500,
        ),
        (
            {
                f"{OURS}/memory.max": "600\n",
                f"{OURS}/memory.current": "500\n",
                f"{OURS}/memory.stat": "anon 100\ninactive_file 250\nactive_file 50\n",
            },
            400,
        ),
        ({f"{OURS}/memory.max": "600\n", f"{OURS}/memory.current": "800\n"}, 0),
        ({"sys/fs/cgroup/memory.max": "500\n", "sys/fs/cgroup/memory.current": "100\n"}, 400),
    ],
)
def test_a_control_group_that_is_nearly_full_leaves_what_it_leaves(
    tmp_path: Path, group: dict[str, str], found: int
) -> None:
    """A container is ended at its own limit, whatever the machine has left; cgroup v2, ours or one around it."""
    assert available_bytes(tree(tmp_path, MACHINE | V2 | group)) == found


@pytest.mark.parametrize("folder", ["sys/fs/cgroup/memory/docker/ab", "sys/fs/cgroup/memory"])
def test_a_control_group_of_the_first_kind_counts_as_well(tmp_path: Path, folder: str) -> None:
    """cgroup v1 has a tree for memory alone, of which a container may see its own part only."""
    group = {f"{folder}/memory.limit_in_bytes": "600\n", f"{folder}/memory.usage_in_bytes": "500\n"}
    group |= {f"{folder}/memory.stat": "cache 90\ntotal_inactive_file 250\ntotal_active_file 50\n"}
    assert available_bytes(tree(tmp_path, MACHINE | V1 | group)) == 400
    group[f"{folder}/memory.limit_in_bytes"] = UNLIMITED_V1
    assert available_bytes(tree(tmp_path, MACHINE | V1 | group)) == 8_192_000_000
