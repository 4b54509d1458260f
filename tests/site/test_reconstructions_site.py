from __future__ import annotations

import re

from synact_bench.core.printable import printable
from synact_bench.reports.reconstructions import build
from synact_bench.results.store import Cell
from synact_bench.site import reconstructions, render
from tests.helpers import cells
from tests.helpers.reconstruction_cells import reconstruction
from tests.helpers.sites import HOSTILE
from tests.site.test_render import Page, target


def files(given: list[Cell]) -> dict[str, bytes]:
    return reconstructions.contents(build(given, replicates=200), given)


def page(given: list[Cell]) -> str:
    return files(given)[reconstructions.INDEX].decode()


TWO = [*reconstruction("mild", times=0.5), *reconstruction("harsh", times=8)]


def test_the_page_has_verdicts_scores_and_four_curves_of_every_row() -> None:
    found = page(TWO)
    assert "harsh: its error (33.3 % of the distance between activations) changes" in found
    first = found.index('<th scope="row"><bdi>mild</bdi></th>')
    assert first < found.index('<th scope="row"><bdi>harsh</bdi></th>')
    assert found.count('<figure class="curve">') == 2 * 2
    drawn = re.findall(r'<path class="mean line-(\w+)"', found)
    assert drawn == ["isotropic", "gaussian", "real", "row"] * 4
    assert "2.5 times the error</text>" in found
    assert "lies at 40 % of the axis" in found


def test_it_is_well_formed_and_loads_what_lies_beside_it() -> None:
    given = files(TWO)
    found = Page(given[reconstructions.INDEX].decode())
    assert found.open == []
    assert found.tags.count("h1") == 1
    assert found.inline == []
    urls = tuple(render.project_urls().values())
    for href in found.links:
        assert href.startswith(("#", *urls)) or target("index.html", href) in given
    for place in found.loaded:
        assert place == "data:," or place in given


def test_what_authors_write_is_text() -> None:
    given = [
        cell
        for name in HOSTILE
        for cell in reconstruction(
            name,
            card={
                "track": "reconstruction",
                "summary": name,
                "authors": (name,),
                "reference": name,
            },
            version=name,
            made=cells.provenance(machine=name, commit=name),
        )
    ]
    text = page(given)
    found = Page(text)
    assert found.open == []
    assert found.inline == []
    assert "img" not in found.tags
    assert found.tags.count("script") == text.count("<script defer src=")
    assert all(printable(name) in re.sub("&#34;", '"', text) for name in HOSTILE[1:])


def test_of_few_documents_it_shows_what_ran_and_the_curves() -> None:
    text = page(reconstruction(bases=8))
    assert "8 prompts: it runs; nothing can be read off." in text
    assert "its error" not in text
    assert "What ran" in text
    assert text.count('<figure class="curve">') == 2
