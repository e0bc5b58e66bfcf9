"""The tables as the page has them, and the files of the site."""

from __future__ import annotations

import json
import re

from bridge.actions import ACTIONS
from bridge.control_pages import FIRST, STARTS
from bridge.controls import TABLE
from bridge.presets.file import Preset
from bridge.views.page.rows import action_rows, control_rows, model_rows, preset_rows, read_site


def test_every_control_is_there_with_all_that_the_table_says_of_it() -> None:
    """Range, step, unit, curve, choices, default, sentence, in JSON."""
    rows = json.loads(json.dumps(control_rows(TABLE)))["rows"]
    assert [row["name"] for row in rows] == [control.name for control in TABLE]
    by_name = {row["name"]: row for row in rows}
    patience = by_name["patience"]
    assert (patience["low"], patience["high"], patience["log"], patience["home"]) == (0.25, 4.0, True, 0.5)
    assert by_name["turn"]["choices"] == ["adaptive", "fixed", "ask", "bars", "free"]
    assert by_name["bpm"]["unit"] == "bpm"
    assert by_name["swing"]["decimals"] == 3
    assert {row["page"] for row in rows} == {FIRST, *STARTS}


def test_every_action_from_afar_is_there_without_the_marks_of_the_pages() -> None:
    """Sentences are for people who look at a button."""
    rows = action_rows()["rows"]
    assert [row["name"] for row in rows] == [row.name for row in ACTIONS if row.osc]
    assert not re.search(r"[`\]\[]", " ".join(row["sentence"] for row in rows))
    assert (
        next(row for row in rows if row["name"] == "preset")["sentence"]
        == "recalls a preset by its name or number"
    )


def test_presets_have_number_name_and_sentence() -> None:
    """One without a number has none."""
    assert preset_rows([Preset("a", "Soft."), Preset("b", "", 3)])["rows"] == [
        {"name": "a", "number": None, "about": "Soft."},
        {"name": "b", "number": 3, "about": ""},
    ]


def test_models_have_name_and_licence() -> None:
    """Whoever changes to one is told what may be done with what it plays."""
    assert model_rows({"essen": "non-commercial"})["rows"] == [{"name": "essen", "licence": "non-commercial"}]


def test_the_site_is_whole_and_fetches_nothing_from_elsewhere() -> None:
    """What a file refers to is one of them; no other host is named, nothing inline that the policy forbids."""
    site = read_site()
    assert {"/", "/page.css", "/page.js", "/roll.js", "/controls.js", "/link.js", "/icon.svg"} == set(site)
    index = site["/"].body.decode()
    for name in re.findall(r'(?:src|href)="([^"]+)"', index):
        assert f"/{name}" in site
    for path, asset in site.items():
        text = asset.body.decode()
        assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text), path
        for name in re.findall(r'from "\./([\w.]+)"', text):
            assert f"/{name}" in site
    assert not re.search(r"<style|\sstyle=|<script(?! type=\"module\" src)|\son\w+=", index)
    script = "".join(asset.body.decode() for path, asset in site.items() if path.endswith(".js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script)
