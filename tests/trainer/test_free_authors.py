"""Lead sheets all of whose authors died long ago."""

from __future__ import annotations

from trainer.free_authors import AUTHORS, all_free


def test_all_authors_of_a_folder_must_have_died() -> None:
    assert all_free("Gus_Kahn-Walter_Donaldson")
    assert not all_free("Lorenz_Hart-Richard_Rodgers"), "one of them is not enough"
    assert not all_free("")


def test_a_hyphen_parts_authors_and_stands_in_names() -> None:
    assert all_free("Sabine_Baring-Gould")
    assert all_free("Arthur_Sullivan-Sabine_Baring-Gould")
    assert not all_free("Gould-Sabine_Baring")


def test_tradition_is_free() -> None:
    assert "[Traditional]" in AUTHORS
