"""The small nets that a checkpoint is played with: those in its own folder, else the ones that ship. No torch.

What a checkpoint's licence permits is true of its playing only where the nets that find its bars and judge its
drafts permit it too. So a checkpoint can bring its own, learned from the same songs; runs that begin from it take
them along.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.installed import CRITIC, critic_file
from engine.metre_net import Net
from engine.planning.critic import Critic

METRE = "metre.safetensors"


def metre_net(checkpoint: Path) -> Net:
    """Return the net that finds the bars for the checkpoint in this folder; raise UserError for a broken file."""
    file = checkpoint / METRE
    return Net.load(file) if file.is_file() else Net.shipped()


def critic(checkpoint: Path) -> Critic:
    """Return the critic that judges this checkpoint's drafts; raise UserError for a broken file."""
    return Critic.load(critic_file(checkpoint))


def take_along(checkpoint: Path, out: Path) -> None:
    """Copy a checkpoint's own nets, as far as it has any, into the folder of one that began from it."""
    for name in (METRE, CRITIC):
        if (checkpoint / name).is_file() and checkpoint.resolve() != out.resolve():
            shutil.copyfile(checkpoint / name, out / name)
