from __future__ import annotations

from typing import Any

import pytest
import structlog

from service.settings import read_settings
from service.site_log import MEANT_FOR_HERE, tell_openness

PUBLIC = "https://cds.example.org"
IN_A_CONTAINER = {
    "host": "0.0.0.0",
    "auth": "off",
    "allow_insecure": True,
    "base_url": "http://127.0.0.1:8000",
}


@pytest.mark.parametrize(
    ("given", "warned"),
    [
        ({}, []),
        ({"host": "::1"}, []),
        ({"auth": "required", "base_url": PUBLIC}, []),
        ({"base_url": PUBLIC}, ["BACKFLAG_AUTH is off"]),
        ({"auth": "required", "base_url": "http://cds.example.org"}, ["BACKFLAG_BASE_URL is http"]),
        ({"clients_file": __file__}, ["BACKFLAG_AUTH is off"]),
        ({"auth": "required", "clients_file": __file__}, []),
        ({"host": "0.0.0.0"}, ["BACKFLAG_BASE_URL is http"]),
        (IN_A_CONTAINER, [MEANT_FOR_HERE]),
        (IN_A_CONTAINER | {"base_url": PUBLIC}, ["BACKFLAG_AUTH is off"]),
    ],
)
def test_what_is_open_that_should_not_be_is_told_at_the_start(
    given: dict[str, Any], warned: list[str]
) -> None:
    with structlog.testing.capture_logs() as lines:
        tell_openness(read_settings(_env_file=None, **given))
    assert [line["why"] for line in lines] == warned
