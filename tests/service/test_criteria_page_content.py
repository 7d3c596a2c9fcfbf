"""What the pages of the criteria show, read as a browser and a screen reader would read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest

from knowledge.language.schema import Parameter
from knowledge.library import Library, load_library
from knowledge.site.model import Change, SignOff, Silenced, Site, SwitchedOff
from service.pages.accept import Form
from service.pages.views import Views
from tests.conftest import ROOT

CES = "cauda-equina-syndrome"
NAMES = sorted(path.stem for path in (ROOT / "knowledge" / "criteria").glob("*.yaml"))
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """A page taken apart: its elements with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def views(library: Library) -> Views:
    return Views(library, "https://cds.example.org")


def one(views: Views, name: str = CES) -> Page:
    return Page(views._one(name, Form.HTML).decode())


def overview(views: Views) -> Page:
    return Page(views._list(Form.HTML).decode())


@pytest.fixture(scope="module", params=["", *NAMES], ids=lambda name: name or "overview")
def page(request: pytest.FixtureRequest, views: Views) -> Page:
    return one(views, request.param) if request.param else overview(views)


def test_the_page_is_well_formed(page: Page) -> None:
    assert page.wrong == []
    assert page.open == []


def test_a_screen_reader_finds_its_way(page: Page) -> None:
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {attributes.get("aria-labelledby") for attributes in page.all("section")}
    assert named <= set(ids)
    assert all("scope" in attributes for attributes in page.all("th"))


def test_the_page_needs_no_script_and_fetches_nothing(page: Page) -> None:
    assert page.all("script", "iframe", "img", "link", "form", "object", "embed") == []
    for _, attributes in page.tags:
        assert not {name for name in attributes if name.startswith("on") or name == "style"}
        assert "src" not in attributes
    for attributes in page.all("a"):
        href = attributes["href"] or ""
        assert href.startswith(("https://", "http://", "#", "?", "../criteria", "criteria/"))\
            or href == "changelog.txt"  # fmt: skip


def test_the_page_fits_a_phone(page: Page) -> None:
    viewport = [one for one in page.all("meta") if one.get("name") == "viewport"]
    assert viewport[0]["content"] == "width=device-width, initial-scale=1"


def test_the_overview_says_of_each_criterion_what_and_how_urgent(
    views: Views, library: Library
) -> None:
    page = overview(views)
    for criterion in library.criteria.values():
        assert criterion.title in page.text
        assert " ".join(criterion.about.split()) in page.text
    links = {attributes["href"] for attributes in page.all("a")}
    assert {f"criteria/{name}" for name in library.criteria} <= links
    assert page.text.count("not signed off at this site") == len(library.criteria)
    assert page.text.index("Red flags") < page.text.index("Causes")


def test_a_page_says_what_a_clinician_asks_of_it(views: Views, library: Library) -> None:
    text, criterion = one(views).text, library.criteria[CES]
    for tier in criterion.tiers:
        assert tier.card.summary in text
    for source in criterion.sources:
        assert " ".join(source.says.split()) in text
        assert " ".join(library.sources[source.id].read.split()) in text
    for wanted in (
        "within 4 hours", "No single sign excludes it.", "over 200 mL", "began or got worse in the",
        "What lowers it", "saddle or genital sensation", "A choice of this project",
        "449813001", "SNOMED CT", "Funding of the technical implementation", "Not checked:",
        "Use of race", "Released 2026-11-22", "not signed off at this site",
        "copyright © Regenstrief",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_the_notices_are_those_of_the_program(views: Views) -> None:
    notice = " ".join((ROOT / "NOTICE").read_text(encoding="utf-8").split())
    text = one(views).text
    assert "used by permission of SNOMED International" in notice
    assert "used by permission of SNOMED International" in text
    assert "http://loinc.org/license" in notice
    assert "http://loinc.org/license" in text


def test_the_first_look_is_short_and_the_rest_folds(views: Views) -> None:
    page = one(views)
    folds = page.all("details")
    assert len([fold for fold in folds if "open" not in fold]) > len(folds) / 2
    assert [tag for tag, _ in page.tags].count("summary") == len(folds)


# -- what a site has set ------------------------------------------------------------------------


def site(
    library: Library, *, changed: Mapping[str, tuple[Change, ...]] | None = None, **more: Any
) -> Views:
    own = replace(Site(name="Here"), **more)
    return Views(replace(library, site=own, changed=changed or {}), "https://cds.example.org")


def test_what_is_switched_off_says_so_loudly_with_the_reason(library: Library) -> None:
    off = {CES: SwitchedOff(CES, "Another service does this here.")}
    views = site(library, off=off)
    for page in (one(views), overview(views)):
        assert "SWITCHED OFF at this site" in page.text
        assert "Another service does this here." in page.text
    assert "SWITCHED OFF" not in one(views, "saddle-anaesthesia").text


def test_what_is_silent_says_so_loudly_with_the_reason(library: Library) -> None:
    quiet = {CES: Silenced(CES, "We watch it for the first weeks.")}
    views = site(library, silent=quiet)
    for page in (one(views), overview(views)):
        assert "SILENT at this site" in page.text
        assert "We watch it for the first weeks." in page.text
        assert "SWITCHED OFF" not in page.text
    assert "SILENT" not in one(views, "saddle-anaesthesia").text


def test_what_confirms_a_red_flag_afterwards_stands_on_its_page(library: Library) -> None:
    page = one(Views(library, "https://cds.example.org"))
    assert "What confirms it afterwards" in page.text
    assert library.findings["spine-decompression"].title in page.text
    no_emergency = one(Views(library, "https://cds.example.org"), "herpes-zoster")
    assert "What confirms it afterwards" not in no_emergency.text


def test_for_how_long_an_override_keeps_it_quiet_stands_on_its_page(library: Library) -> None:
    page = " ".join(one(Views(library, "https://cds.example.org"), "aortic-emergency").text.split())
    assert "After an override" in page
    assert "kept as information for 4 hours" in page
    assert "kept as information for 7 days" in page
    waiting = one(Views(library, "https://cds.example.org"), "herpes-zoster").text.split()
    assert "no card for 90 days" in " ".join(waiting)


def test_a_moved_number_is_shown_with_what_it_was_and_why(library: Library) -> None:
    was = library.parameter("chart", "pvr")
    now = Parameter(value=150, unit="mL", basis="local-choice", step=10)
    change = Change("chart", "pvr", was, now, "Our urologists ask for it.")
    views = site(library, changed={CES: (change,)})
    for page in (one(views), overview(views)):
        assert "residual over 150 mL instead of 200 mL. Our urologists ask for it." in page.text
    assert "changed here, was 200 mL" in one(views).text


def test_the_example_of_a_site_s_folder_shows_on_the_pages() -> None:
    here = load_library(site=ROOT / "docs" / "site-example", today=date(2026, 11, 26))
    views = Views(here, "https://cds.example.org")
    text = overview(views).text
    assert text.count("SWITCHED OFF at this site") == len(here.site.off if here.site else ())
    assert "The neurology network runs its own alert" in text
    assert text.count("SILENT at this site") == len(here.site.silent if here.site else ())
    assert "The bladder scanners here read low" in one(views).text


def test_a_sign_off_counts_for_its_version_alone(library: Library) -> None:
    signed = SignOff(CES, library.criteria[CES].version, "Dr A. Sample", "spinal lead",
                     date(2026, 11, 3))  # fmt: skip
    other = replace(signed, version=signed.version + 1)
    text = one(site(library, sign_offs=(signed,))).text
    assert "signed off by Dr A. Sample (spinal lead), 2026-11-03, for version" in text
    assert "not signed off at this site" not in text
    assert "not signed off at this site" in one(site(library, sign_offs=(other,))).text


def test_what_a_site_writes_is_text_and_no_markup(library: Library) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
    signed = SignOff(CES, library.criteria[CES].version, bad, bad, date(2026, 11, 3))
    views = site(library, off={CES: SwitchedOff(CES, bad)}, sign_offs=(signed,))
    for page in (one(views), overview(views)):
        assert page.all("script", "img") == []
        assert bad in page.text


def test_a_source_s_link_leads_to_the_web_alone(library: Library) -> None:
    source = replace_url(library, "javascript:alert(1)")
    page = one(Views(source, "https://cds.example.org"))
    assert not [a for a in page.all("a") if (a["href"] or "").startswith("javascript")]


def replace_url(library: Library, url: str) -> Library:
    name = library.criteria[CES].sources[0].id
    changed = library.sources[name].model_copy(update={"url": url})
    return replace(library, sources={**library.sources, name: changed})
