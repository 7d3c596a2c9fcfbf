"""Draw a card as a CDS Hooks client shows it: `python docs/picture.py REQUEST.json OUT.png`.

Needs Chromium. The page is made from what the service really answers, nothing is painted by hand.
"""

from __future__ import annotations

import html
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from markdown_it import MarkdownIt

from service.files import read_file
from service.judging import load_engine

COLOURS = {"critical": "#c5362f", "warning": "#b8660b", "info": "#1f6fb2"}
STYLE = """
body {font: 15px/1.45 "Liberation Sans", "DejaVu Sans", Arial, sans-serif; margin: 0;
      background: #eef1f4; color: #222}
.card {background: #fff; border-top: 5px solid var(--colour); margin: 16px; padding: 14px 20px;
       box-shadow: 0 1px 4px #0003; max-width: 660px}
h1 {font-size: 19px; margin: 0 0 2px; color: var(--colour)}
.source {color: #777; font-size: 13px; margin-bottom: 8px}
p, ul, ol {margin: 6px 0} ul, ol {padding-left: 22px}
button {font: inherit; font-size: 14px; margin: 8px 8px 0 0; padding: 7px 14px; border: 0;
        border-radius: 3px; background: #1f6fb2; color: #fff}
.override {margin-top: 12px; font-size: 13px; color: #555}
select {font: inherit; max-width: 260px}
"""


def draw(card: dict[str, Any]) -> str:
    """One card as HTML."""
    buttons = "".join(
        f"<button>{html.escape(one['label'])}</button>" for one in card.get("suggestions", ())
    )
    links = "".join(
        f'<p><a href="#">{html.escape(one["label"])}</a></p>' for one in card.get("links", ())
    )
    reasons = "".join(
        f"<option>{html.escape(one['display'])}</option>" for one in card["overrideReasons"]
    )
    return (
        f'<div class="card" style="--colour: {COLOURS[card["indicator"]]}">'
        f"<h1>{html.escape(card['summary'])}</h1>"
        f'<div class="source">Source: {html.escape(card["source"]["label"])}</div>'
        f"{MarkdownIt('commonmark').render(card['detail'])}{links}{buttons}"
        f'<div class="override">Dismiss, because <select>{reasons}</select></div></div>'
    )


def main(request: Path, out: Path, at: str) -> None:
    """Judge the request and take the picture."""
    engine = load_engine("http://127.0.0.1:8000")
    now = datetime.fromisoformat(at).astimezone(ZoneInfo("UTC"))
    judged = engine.judge(read_file(request.read_bytes(), None, "patient-view"), now)
    cards = "".join(draw(card) for card in judged.cards)
    page = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{cards}"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "card.html"
        file.write_text(page, encoding="utf-8")
        command = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars"]
        size = "--window-size=712,760"
        shot = [f"--screenshot={out.resolve()}", size, f"file://{file}"]
        subprocess.run([*command, *shot], check=True, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
