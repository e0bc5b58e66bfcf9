"""Windows over one long stream of songs."""

from __future__ import annotations

from tests.trainer.songs import SONGS
from trainer.batch import IGNORED
from trainer.stream import StreamData
from trainer.vocabulary import make_tokenizer


def test_windows_cover_the_stream() -> None:
    """Every token of the stream but the first is predicted in some window, also the last."""
    tokenizer = make_tokenizer("pitch", SONGS)
    data = StreamData(SONGS, tokenizer, context=32, stride=16)
    seen: set[int] = set()
    for items in data.plain_batches():
        batch = data.collate(items)
        for item, tokens in zip(items, batch.tokens, strict=True):
            count = int((tokens != IGNORED).sum())
            seen.update(range(data.starts[item] + 1, data.starts[item] + 1 + count))
    assert seen == set(range(1, len(data.stream)))
