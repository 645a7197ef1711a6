"""The files that travel with the program are what the program says they are."""

from __future__ import annotations

import runpy
from pathlib import Path

from PIL import Image, ImageChops

from lab_tui.config import LabConfig, config_text, load_config
from lab_tui.resources import asset


def test_the_example_settings_are_the_defaults_in_the_program_s_own_words(tmp_path: Path) -> None:
    text = asset("lab.toml.example").read_text(encoding="utf-8")
    assert text == config_text(LabConfig())
    (tmp_path / "lab.toml").write_text(text, encoding="utf-8")
    assert load_config(tmp_path) == LabConfig(folder=tmp_path)


def test_the_logo_is_what_its_script_draws() -> None:
    script = runpy.run_path(str(asset("draw_logo.py")))
    with Image.open(asset("logo.png")) as logo:
        assert logo.size == (512, 512)
        assert ImageChops.difference(logo.convert("RGBA"), script["draw"]()).getbbox() is None


def test_the_kiosk_s_unit_restarts_what_failed() -> None:
    lines = asset("lab-tui.service").read_text(encoding="utf-8").splitlines()
    assert "Restart=on-failure" in lines
    assert any(line.strip() == "/usr/local/bin/lab-tui --lab /var/lib/lab-tui run" for line in lines)
