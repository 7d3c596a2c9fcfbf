"""The Helm chart: what it makes is valid, fits the service, and lets in and out what it says."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from service import ending, serving, tracing
from service.records import carrier
from service.settings import Settings
from tests.deploy.tools import HELM, PYTHON, ROOT, need, run

CHART = ROOT / "deploy" / "helm" / "backflag"
EXAMPLES = sorted((ROOT / "deploy" / "helm" / "examples").glob("*.yaml"))
MINIMAL = ROOT / "deploy" / "helm" / "examples" / "minimal.yaml"
HOSPITAL = ROOT / "deploy" / "helm" / "examples" / "hospital.yaml"
RECORDS_FIRST = ROOT / "deploy" / "helm" / "examples" / "records-first.yaml"
CHECK = ROOT / "deploy" / "helm" / "check.py"
WORKLOADS = ("Deployment", "StatefulSet")
Json = dict[str, Any]


@cache
def template(*args: str | Path, values: Path = MINIMAL) -> list[Json]:
    need(HELM)
    made = run(HELM, "template", "cds", CHART, "--values", values, *args)
    assert made.returncode == 0, made.stderr
    return [one for one in yaml.safe_load_all(made.stdout) if one]


def refused(*args: str, values: Path = MINIMAL) -> str:
    need(HELM)
    made = run(HELM, "template", "cds", CHART, "--values", values, *args)
    assert made.returncode != 0
    return made.stderr


def one_of(documents: list[Json], *kinds: str) -> Json:
    (found,) = [one for one in documents if one["kind"] in kinds]
    return found


def pod_of(documents: list[Json]) -> Json:
    found: Json = one_of(documents, *WORKLOADS)["spec"]["template"]["spec"]
    return found


def environment(pod: Json) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in pod["containers"][0]["env"]}


def schema() -> Json:
    found: Json = json.loads((CHART / "values.schema.json").read_text())
    return found


def test_every_manifest_of_every_example_is_valid() -> None:
    need(PYTHON)
    done = run(PYTHON, CHECK)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(EXAMPLES)} examples, 0 findings" in done.stdout


@pytest.mark.parametrize(
    ("file", "right", "wrong", "told"),
    [
        ("_pod.tpl", "readinessProbe:", "readynessProbe:", "readynessProbe"),
        ("autoscaler.yaml", "autoscaling/v2", "autoscaling/v9", "Couldn't find schema"),
        ("service.yaml", "  type:", "  type: ClusterIP\n  type:", "twice: type"),
        ("monitor.yaml", "interval:", "intervall:", "intervall"),
        ("network.yaml", "{{- end }}", "", "unexpected EOF"),
    ],
)
def test_the_check_finds_what_is_wrong(
    file: str, right: str, wrong: str, told: str, tmp_path: Path
) -> None:
    need(PYTHON)
    chart = Path(shutil.copytree(CHART, tmp_path / "backflag"))
    path = chart / "templates" / file
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong, 1))
    done = run(PYTHON, CHECK, chart, HOSPITAL)
    assert done.returncode == 1
    assert told in done.stdout


@pytest.mark.parametrize("value", ["baseUrl", "database.url", "networkPolicy.database"])
def test_what_has_no_sensible_default_has_to_be_set(value: str) -> None:
    empty = "{}" if value == "networkPolicy.database" else ""
    assert value.replace(".", "/") in refused("--set", f"{value}={empty}")


@pytest.mark.parametrize(
    "wrong",
    [
        "database.url=postgresql+psycopg://backflag:secret@db/backflag",
        "baseUrl=http://cds.example.org",
        "baseUrl=https://cds.example.org/",
        "settings.BACKFLAG_AUTH=off",
        "settings.BACKFLAG_NO_SUCH=1",
        "networkPolicy.ehr[0].cidr=ehr.example.org",
        "site.files.strange\\.yaml=a",
        "replicaCount=3",
    ],
)
def test_a_wrong_value_is_refused(wrong: str) -> None:
    assert "don't meet the specifications" in refused("--set", wrong)


def test_the_settings_of_the_chart_are_those_of_the_service() -> None:
    offered = set(schema()["properties"]["settings"]["properties"])
    known = {f"BACKFLAG_{name}".upper() for name in Settings.model_fields} - {
        "BACKFLAG_HOST",
        "BACKFLAG_PORT",
    }
    assert offered <= known
    # the rest is the chart's own to set, or not to be had in a cluster
    texts = "".join(path.read_text() for path in (CHART / "templates").iterdir())
    own = set(re.findall(r"BACKFLAG_\w+", texts))
    assert known - offered - own == {"BACKFLAG_ALLOW_INSECURE"}
    assert own <= known


def test_the_values_are_those_that_the_schema_knows() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    def compare(found: Json, shape: Json, where: str) -> None:
        if shape.get("additionalProperties") is not False or not isinstance(found, dict):
            return
        assert set(found) == set(shape["properties"]) - {"global"}, where
        for name, value in found.items():
            compare(value, shape["properties"][name], f"{where}.{name}")

    values["settings"] = dict.fromkeys(schema()["properties"]["settings"]["properties"], 0)
    compare(values, schema(), "values")


@pytest.mark.parametrize("values", EXAMPLES, ids=lambda path: path.stem)
def test_no_pod_may_do_more_than_it_has_to(values: Path) -> None:
    documents = template(values=values)
    pods = [pod_of(documents)]
    pods += [one["spec"]["template"]["spec"] for one in documents if one["kind"] == "Job"]
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert set(container["resources"]) == {"requests", "limits"}


def test_user_and_port_are_those_of_the_image() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    user = re.search(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE)
    port = re.search(r"^EXPOSE (\d+)$", dockerfile, re.MULTILINE)
    assert user is not None
    assert port is not None
    pod = pod_of(template())
    assert str(pod["securityContext"]["runAsUser"]) == user[1]
    assert str(pod["securityContext"]["runAsGroup"]) == user[2]
    assert str(pod["containers"][0]["ports"][0]["containerPort"]) == port[1]
    assert pod["containers"][0]["args"][-1] == port[1]


@pytest.mark.parametrize("deadline", [2000, 4500])
def test_a_pod_is_given_the_time_that_the_service_takes_to_end(deadline: int) -> None:
    pod = pod_of(template("--set", f"settings.BACKFLAG_DEADLINE_MS={deadline}"))
    set_ = environment(pod)
    assert set_["BACKFLAG_DEADLINE_MS"] == str(deadline)
    calls = -(-deadline // 1000) + serving.GRACE
    longest = (
        int(set_["BACKFLAG_STOP_DELAY_S"]) + ending.LINGER + calls + 2 * carrier.END + tracing.END
    )
    assert longest < pod["terminationGracePeriodSeconds"] <= longest + 10


def test_a_rollout_takes_no_pod_away_before_another_is_ready() -> None:
    documents = template()
    spec = one_of(documents, "Deployment")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert one_of(documents, "HorizontalPodAutoscaler")["spec"]["minReplicas"] == 2
    assert one_of(documents, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
    container = pod_of(documents)["containers"][0]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"


def test_every_selector_selects_the_pods_and_not_those_of_the_upgrade() -> None:
    documents = template("--set", "monitoring.serviceMonitor=true")
    pods = one_of(documents, "Deployment")["spec"]["template"]["metadata"]["labels"]
    service = one_of(documents, "Service")
    job = one_of(documents, "Job")["spec"]["template"]["metadata"]["labels"]
    selectors = [
        one_of(documents, "Deployment")["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        one_of(documents, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
    ]
    for selector in selectors:
        assert selector.items() <= pods.items()
        assert not selector.items() <= job.items()
    monitor = one_of(documents, "ServiceMonitor")["spec"]["selector"]["matchLabels"]
    assert monitor.items() <= service["metadata"]["labels"].items()


def egress(policy: Json) -> set[tuple[str, int]]:
    """Where it lets out to: a peer in short, and a port."""
    found = set()
    for rule in policy["spec"]["egress"]:
        for peer in rule["to"]:
            name = peer["ipBlock"]["cidr"] if "ipBlock" in peer else "dns"
            found |= {(name, port["port"]) for port in rule["ports"]}
    return found


def test_nothing_is_let_out_but_to_names_the_database_and_the_ehr() -> None:
    documents = template(values=HOSPITAL)
    service, upgrade = sorted(
        (one for one in documents if one["kind"] == "NetworkPolicy"),
        key=lambda one: str(one["metadata"]["name"]),
    )
    assert service["spec"]["policyTypes"] == upgrade["spec"]["policyTypes"] == ["Ingress", "Egress"]
    near = {("dns", 53), ("10.20.0.5/32", 5432)}
    ehr = {("10.30.8.0/28", 443), ("203.0.113.17/32", 443), ("203.0.113.17/32", 8443)}
    assert egress(service) == near | ehr
    assert egress(upgrade) == near
    assert "ingress" not in upgrade["spec"]
    for rule in service["spec"]["ingress"] + service["spec"]["egress"]:
        assert rule.get("from") or rule.get("to"), "an empty peer is everybody"


def test_traces_may_go_to_a_collector_where_one_is_named() -> None:
    peer = "networkPolicy.collector[0].ipBlock.cidr=10.40.0.9/32"
    settings = (
        "settings.BACKFLAG_TRACES=on,settings.OTEL_EXPORTER_OTLP_ENDPOINT=http://10.40.0.9:4318"
    )
    documents = template("--set", peer, "--set", settings)
    policies = [one for one in documents if one["kind"] == "NetworkPolicy"]
    reach = [("10.40.0.9/32", 4318) in egress(one) for one in policies]
    assert sorted(reach) == [False, True], "the service, and not the upgrade"
    assert environment(pod_of(documents))["BACKFLAG_TRACES"] == "on"


def test_no_secret_stands_in_a_manifest() -> None:
    documents = template(values=HOSPITAL)
    assert not [one for one in documents if one["kind"] == "Secret"]
    mounted = {
        volume["secret"]["secretName"]
        for volume in pod_of(documents)["volumes"]
        if "secret" in volume
    }
    assert mounted == {
        "backflag-clients",
        "backflag-patient-key",
        "backflag-database",
        "backflag-insights",
    }
    job = one_of(documents, "Job")["spec"]["template"]["spec"]
    assert [one["secret"]["secretName"] for one in job["volumes"] if "secret" in one] == [
        "backflag-database"
    ]


def test_a_database_address_may_be_a_secret_as_a_whole() -> None:
    pod = pod_of(template(values=RECORDS_FIRST))
    (url,) = [one for one in pod["containers"][0]["env"] if one["name"] == "BACKFLAG_DATABASE_URL"]
    assert url["valueFrom"] == {"secretKeyRef": {"name": "database-address", "key": "url"}}
    assert "BACKFLAG_DATABASE_PASSWORD_FILE" not in environment(pod)


def test_records_outlast_their_pod_where_that_is_asked_for() -> None:
    spec = one_of(template(values=RECORDS_FIRST), "StatefulSet")["spec"]
    (claim,) = spec["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "state"
    assert spec["persistentVolumeClaimRetentionPolicy"] == {
        "whenDeleted": "Retain",
        "whenScaled": "Retain",
    }
    spool = environment(spec["template"]["spec"])["BACKFLAG_SPOOL_DIR"]
    (mount,) = [
        one
        for one in spec["template"]["spec"]["containers"][0]["volumeMounts"]
        if one["name"] == "state"
    ]
    assert spool.startswith(mount["mountPath"] + "/")
    assert "state" not in {one["name"] for one in spec["template"]["spec"]["volumes"]}


def test_a_full_spool_does_not_get_its_pod_evicted() -> None:
    pod = pod_of(template("--set", "spool.maxMb=4000"))
    (state,) = [one for one in pod["volumes"] if one["name"] == "state"]
    assert environment(pod)["BACKFLAG_SPOOL_MAX_MB"] == "4000"
    assert state["emptyDir"]["sizeLimit"] == "6000M"


def test_the_alerts_of_the_chart_lead_to_the_hospitals_own_page() -> None:
    rules = one_of(template(values=HOSPITAL), "PrometheusRule")["spec"]["groups"][0]["rules"]
    pages = {one["annotations"]["runbook"].partition("#")[0] for one in rules}
    assert pages == {"https://wiki.example.org/backflag/operate"}


def test_a_changed_site_folder_rolls_the_pods() -> None:
    def checksum(text: str) -> Any:
        documents = template("--set", f"site.files.site\\.yaml={text}")
        metadata = one_of(documents, "Deployment")["spec"]["template"]["metadata"]
        return metadata["annotations"]["checksum/site"]

    assert checksum("a") == checksum("a") != checksum("b")
