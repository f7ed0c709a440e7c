"""What ``data/signals.yml`` holds; what it finds is tested with the brain."""

from __future__ import annotations

from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader

from bot.settings import ROOT

SIGNALS = yaml.safe_load((ROOT / "data" / "signals.yml").read_text(encoding="utf-8"))["signals"]
SLOTS = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["slots"]


def test_no_pattern_holds_what_yaml_takes_for_a_truth_value() -> None:
    def leaves(node: Any) -> list[Any]:
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else None
        return [node] if children is None else [leaf for child in children for leaf in leaves(child)]

    assert [leaf for leaf in leaves(SIGNALS) if not isinstance(leaf, str)] == []


def test_staff_read_every_value_in_words() -> None:
    pages = Environment(loader=FileSystemLoader(ROOT / "bot" / "console" / "templates"), autoescape=True)
    pages.filters["uk"] = str
    gathered: dict[str, tuple[str, dict[str, str]]] = vars(pages.get_template("_labels.html").module)["GATHERED"]
    for signal in SIGNALS:
        values = {value["is"] for value in signal["values"]} - {"sum"}
        if signal["name"] in gathered:
            assert values <= set(gathered[signal["name"]][1]), signal["name"]
    assert set(gathered) <= set(SLOTS)
