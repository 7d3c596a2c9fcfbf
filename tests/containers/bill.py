"""The list of what the image is made of, which its build leaves in it."""

from __future__ import annotations

import json

from tests.containers.engine import expect, run
from tests.containers.image import IMAGE
from tests.docs.bill import locked, packages

PLACE = "/opt/backflag/backflag.cdx.json"


def held() -> str:
    """It holds every package that the lock brings into the image, and no other."""
    told = run("docker", "run", "--rm", "--entrypoint", "cat", IMAGE, PLACE)
    found = packages(json.loads(told[told.index("{") :]))  # behind what the engine warns of
    expect(found == locked(), f"another than in the lock: {found.items() ^ locked().items()}")
    return f"{len(found)} packages, those of the lock"
