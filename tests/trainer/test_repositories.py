"""The table of corpora that permit any use."""

from __future__ import annotations

import re

import pytest

from trainer.repositories import REPOSITORIES, SONGBOOK, as_markdown, digest_of, names_of


@pytest.mark.parametrize("name", REPOSITORIES)
def test_each_is_named_by_a_full_commit_and_a_full_checksum(name: str) -> None:
    each = REPOSITORIES[name]
    assert re.fullmatch(r"[0-9a-f]{40}", each.commit)
    assert re.fullmatch(r"[0-9a-f]{64}", each.digest)
    assert each.commit in each.url
    assert each.counts.songs >= each.counts.metre >= each.counts.upbeat > 0


def test_styles_differ_and_a_songbook_is_all_of_them() -> None:
    assert len({each.style for each in REPOSITORIES.values()}) == len(REPOSITORIES)
    assert names_of(SONGBOOK) == list(REPOSITORIES)
    assert names_of("irish") == ["irish"]


def test_the_checksum_is_of_names_and_contents_in_whatever_order() -> None:
    files = [("b", b"2"), ("a", b"1")]
    assert digest_of(files) == digest_of(files[::-1])
    assert len({digest_of(files), digest_of([("b", b"2")]), digest_of([("b", b"1"), ("a", b"2")])}) == 3


def test_what_an_archive_puts_before_names_is_left_off_and_other_files_are_passed_over() -> None:
    lieder, ewld, irish, hymns = (REPOSITORIES[name] for name in ("lieder", "ewld", "irish", "hymns"))
    assert lieder.name_within("Lieder-bca1224/scores/A/_/B/lc1.mxl") == "scores/A/_/B/lc1.mxl"
    assert lieder.name_within("Lieder-bca1224/scores/A/_/B/lc1.mscz") is None
    assert ewld.name_within("OpenEWLD.db") is None, "the metadata is not for any use"
    assert ewld.name_within("dataset/A/B/B.txt") is None
    assert irish.name_within("x/cre_corpus/roots.csv") == "cre_corpus/roots.csv"
    assert hymns.name_within("OpenHymnal.abc") == "OpenHymnal.abc"


def test_the_table_names_every_licence() -> None:
    table = as_markdown()
    assert all(each.licence in table and each.digest[:16] in table for each in REPOSITORIES.values())
