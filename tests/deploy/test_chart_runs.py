"""What the chart makes, started as a kubelet would: first the upgrade, then the service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from service.records.site_version import site_version
from tests.callers.ehr import Keys
from tests.deploy.test_chart import one_of, pod_of, template
from tests.deploy.tools import ROOT
from tests.service.store.conftest import PASSWORD, Cluster, cluster
from tests.service.test_serving import PATIENCE, SERVICE, Server

__all__ = ["cluster"]
BACKFLAG = (sys.executable, "-c", "from service.cli import main; main()")
EHR = "https://ehr.example.org/fhir"
KEYS = Keys("ES384", "k1")
CLIENTS = f"clients:\n  - {{name: main, iss: {EHR}, jwks_file: keys.json}}\n"
EXAMPLE = ROOT / "knowledge" / "patients" / "us-saddle-numbness.request.json"
SITE = "site: St. Elsewhere Hospital\ner: ED\n"
SECRETS = {
    "backflag-clients": {"clients.yaml": CLIENTS, "keys.json": json.dumps(KEYS.public)},
    "backflag-patient-key": {"patient.key": "0123456789abcdef" * 4 + "\n"},
    "backflag-database": {"password": PASSWORD + "\n"},
    "backflag-insights": {"password": "a password of insights\n"},
}
Json = dict[str, Any]


def mount(folder: Path, files: dict[str, str], moment: str = "..2026_11_27_09_00_00.1") -> None:
    """Files as Kubernetes mounts them: links into a hidden folder that is named by the time."""
    hidden = folder / moment
    hidden.mkdir(parents=True)
    (folder / "..data").symlink_to(hidden.name)
    for name, text in files.items():
        (hidden / name).write_text(text)
        (folder / name).symlink_to(Path("..data") / name)


def files_of(volume: Json, documents: list[Json]) -> dict[str, str]:
    """What a volume holds, under the names that it is to have there."""
    if "configMap" in volume:
        maps = [one for one in documents if one["kind"] == "ConfigMap"]
        (found,) = [one for one in maps if one["metadata"]["name"] == volume["configMap"]["name"]]
        return dict(found["data"])
    secret = volume.get("secret", {})
    held = SECRETS[secret["secretName"]] if secret else {}
    items = {one["key"]: one["path"] for one in secret.get("items", ())}
    return {items.get(key, key): text for key, text in held.items() if not items or key in items}


def started_in(folder: Path, pod: Json, documents: list[Json]) -> dict[str, str]:
    """The variables of a pod's container, whose volumes are made below a folder."""
    (container,) = pod["containers"]
    volumes = {one["name"]: one for one in pod["volumes"]}
    places = {one["mountPath"]: volumes[one["name"]] for one in container["volumeMounts"]}
    for place, volume in places.items():
        if place != "/tmp":
            mount(folder / place[1:], files_of(volume, documents))
    set_ = {one["name"]: one["value"] for one in container["env"]}
    inside = tuple(f"{place}/" for place in places)
    return {
        name: f"{folder}{value}" if f"{value}/".startswith(inside) else value
        for name, value in set_.items()
    }


@pytest.fixture(scope="module")
def documents(cluster: Cluster) -> list[Json]:
    url = cluster.url(cluster.create()).replace(f":{PASSWORD}@", "@")
    return template(
        "--set", f"database.url={url}",
        "--set", "insights.enabled=true",
        "--set", f"site.files.site\\.yaml={SITE}",
    )  # fmt: skip


@pytest.fixture(scope="module")
def pod(documents: list[Json], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    tmp_path = tmp_path_factory.mktemp("pod")
    job = one_of(documents, "Job")["spec"]["template"]["spec"]
    set_ = started_in(tmp_path / "job", job, documents)
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    (container,) = job["containers"]
    done = subprocess.run(
        [*BACKFLAG, *container["args"]], env=bare | set_, cwd=ROOT, capture_output=True,
        timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert b"schema none -> " in done.stdout
    server = Server(1, started_in(tmp_path / "pod", pod_of(documents), documents))
    server.start()
    yield server
    server.stop()


def test_a_pod_comes_up_well_and_lets_in_nobody_without_a_token(pod: Server) -> None:
    status, ready = pod.call("/readyz")
    assert (status, ready["degraded"]) == (HTTPStatus.OK, [])
    assert pod.call(SERVICE, b"{}")[0] == HTTPStatus.UNAUTHORIZED
    assert pod.call("/cds-services")[0] == HTTPStatus.OK


def test_a_pod_answers_a_signed_call_with_a_critical_card(pod: Server) -> None:
    token = KEYS.token({"iss": EHR, "aud": f"https://cds.example.org{SERVICE}"})
    status, answer = pod.call(SERVICE, EXAMPLE.read_bytes(), Authorization=token)
    assert status == HTTPStatus.OK
    assert answer["cards"][0]["indicator"] == "critical"
    assert "ED" in answer["cards"][0]["summary"], "as the site calls its ER"


def test_a_pod_judges_by_the_site_s_folder(pod: Server) -> None:
    with urlopen(f"http://127.0.0.1:{pod.port}/metrics", timeout=PATIENCE) as response:
        (line,) = [one for one in response.read().decode().splitlines() if "knowledge_info{" in one]
    assert 'site="none"' not in line


def test_pods_that_were_started_at_different_times_have_one_site(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "site.yaml").write_text(SITE)
    mount(tmp_path / "first", {"site.yaml": SITE}, "..2026_11_27_09_00_00.1")
    mount(tmp_path / "second", {"site.yaml": SITE}, "..2026_11_27_10_00_00.2")
    mount(tmp_path / "other", {"site.yaml": SITE + "# changed\n"})
    found = [site_version(tmp_path / name) for name in ("plain", "first", "second", "other")]
    assert found[0] == found[1] == found[2] != found[3]
