"""What a start does not wait for, and no patient should: made ready beside the first calls."""

from __future__ import annotations

from threading import Thread

from knowledge.chart import units
from knowledge.library import Library


def warm_beside(library: Library) -> None:
    """Begin at once, in a thread that ends with the process."""
    Thread(target=warm, args=(library,), daemon=True).start()


def warm(library: Library) -> None:
    """Load what the first emergency needs, then what the others do."""
    import fhir.resources.R4B.servicerequest  # noqa: F401 - the draft orders of a card

    library.reader.concepts.warm()
    units.warm()
    import service.pages.render  # noqa: F401 - the templates' engine
