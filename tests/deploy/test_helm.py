"""The chart: what it renders fits the schemas of Kubernetes, holds no secret, and runs confined."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from ciam.settings import Settings
from tests.parts import helm
from tests.parts.helm import CHART, Refused, render
from tests.parts.server import ROOT

RENDERED = ROOT / "deploy" / "kubernetes" / "ciam.yaml"
EXAMPLE = RENDERED.with_name("values.yaml")
VERSIONS = ("1.29", "1.33", "1.36")
NEEDED = {"issuer": "https://id.example.jp", "secret": {"name": "ciam"}}
EVERYTHING = NEEDED | {
    "secret": {"name": "ciam", "keys": {"redisUrl": "redis-url", "smsUrl": "sms-url"}},
    "trustedProxies": ["10.0.0.0/8", "fd00::/8"],
    "mailFrom": 'A "quoted" name <no-reply@example.com>',
    "env": {"CIAM_HASH_THREADS": "2"},
    "envFrom": [{"configMapRef": {"name": "more"}}],
    "config": {"secretEnv": "shop-secrets", "files": {"shop.yaml": "clients: []\n# {{ not }}\n"}},
    "traces": {"endpoint": "http://collector:4318", "sampleRatio": 1},
    "ingress": {"className": "nginx", "tlsSecret": "tls", "annotations": {"a.example/b": "c"}},
    "networkPolicy": {
        "ingressFrom": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "metricsFrom": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}],
    },
    "podAnnotations": {"x": "y"},
    "podLabels": {"team": "identity"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "nodeSelector": {"disk": "ssd"},
    "affinity": {"nodeAffinity": {}},
    "image": {"repository": "registry.example.com/ciam", "pullSecrets": [{"name": "registry"}]},
}
SPARSE = NEEDED | {
    "autoscaling": {"enabled": False},
    "podDisruptionBudget": {"enabled": False},
    "ingress": {"enabled": False},
    "metrics": {"enabled": False},
    "networkPolicy": {"enabled": False},
    "migration": "none",
}

WRONG = [
    {"issuer": "http://id.example.jp", "secret": {"name": "ciam"}},
    {"issuer": "https://id.example.jp/path", "secret": {"name": "ciam"}},
    {"secret": {"name": "ciam"}},
    {"issuer": "https://id.example.jp"},
    NEEDED | {"replica": 3},
    NEEDED | {"migration": "sometimes"},
    NEEDED | {"env": {"CIAM_PORT": 8000}},
    NEEDED | {"masterKey": "a secret in the values"},
]


def kept() -> list[dict[str, Any]]:
    """Give the manifests that are shipped for who has no Helm."""
    return [one for one in yaml.safe_load_all(RENDERED.read_text()) if one]


def rendered(values: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """Render the chart."""
    path = folder / "values.yaml"
    path.write_text(json.dumps(values))
    return render(path)


def pods(manifests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give the template of every pod."""
    for one in manifests:
        if one["kind"] in {"Deployment", "Job"}:
            yield one["spec"]["template"]


def containers(manifests: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give every container."""
    for pod in pods(manifests):
        yield from pod["spec"].get("initContainers", [])
        yield from pod["spec"]["containers"]


def check_schemas(manifests: list[dict[str, Any]]) -> None:
    """Raise for what Kubernetes does not know, in each version that the chart is for."""
    assert len(manifests) >= 2
    for version in VERSIONS:
        for one in manifests:
            kubernetes_validate.validate(one, version, strict=True)


def check_confined(manifests: list[dict[str, Any]]) -> None:
    """Raise unless each container keeps to the `restricted` standard of pods, read-only."""
    for pod in pods(manifests):
        assert pod["spec"]["automountServiceAccountToken"] is False
        security = pod["spec"]["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] > 0
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}
        assert all("emptyDir" in one or "configMap" in one for one in pod["spec"]["volumes"])
    for container in containers(manifests):
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]


def check_environment(manifests: list[dict[str, Any]]) -> None:
    """Raise for a variable that is no setting, given twice, or a secret as a value."""
    known = {f"CIAM_{name.upper()}": field for name, field in Settings.model_fields.items()}
    for container in containers(manifests):
        names = [one["name"] for one in container["env"]]
        assert len(names) == len(set(names))
        for one in container["env"]:
            if not one["name"].startswith("OTEL_"):
                assert one["name"] in known
                is_secret = "Secret" in str(known[one["name"]].annotation)
                assert is_secret == ("valueFrom" in one), one["name"]


def test_what_is_shipped_for_who_has_no_helm_fits_kubernetes_and_is_confined() -> None:
    manifests = kept()
    check_schemas(manifests)
    check_confined(manifests)
    check_environment(manifests)
    assert {one["kind"] for one in manifests} == {
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
    }


def test_what_is_shipped_is_of_this_chart() -> None:
    files = sorted([*CHART.rglob("*"), EXAMPLE], key=lambda path: str(path.relative_to(ROOT)))
    content = b"".join(path.read_bytes() for path in files if path.is_file())
    digest = hashlib.sha256(content).hexdigest()
    assert f"# digest: {digest}" in RENDERED.read_text(), "run: .ci/scripts/render-chart"


def test_rendering_it_again_gives_the_same(tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    for part in ("deploy/helm", "deploy/kubernetes", ".ci/scripts"):
        subprocess.run(["mkdir", "-p", copy / part], check=True)
        subprocess.run(["cp", "-r", f"{ROOT / part}/.", copy / part], check=True)
    script = copy / ".ci" / "scripts" / "render-chart"
    subprocess.run([script], env={"HELM": helm.find(), "PATH": "/usr/bin:/bin"}, check=True)
    assert (copy / "deploy" / "kubernetes" / "ciam.yaml").read_text() == RENDERED.read_text()


@pytest.mark.parametrize("values", [NEEDED, EVERYTHING, SPARSE])
@pytest.mark.parametrize("migration", ["job", "init"])
def test_whatever_is_chosen_it_fits_kubernetes_and_is_confined(
    values: dict[str, Any], migration: str, tmp_path: Path
) -> None:
    manifests = rendered({"migration": migration} | values, tmp_path)
    check_schemas(manifests)
    check_confined(manifests)
    check_environment(manifests)


def test_everything_that_is_set_arrives(tmp_path: Path) -> None:
    manifests = rendered(EVERYTHING, tmp_path)
    by_kind = {(one["kind"], one["metadata"]["name"]): one for one in manifests}
    server = by_kind["Deployment", "shop-ciam"]["spec"]["template"]
    env = {one["name"]: one.get("value") for one in server["spec"]["containers"][0]["env"]}
    assert env["CIAM_TRUSTED_PROXIES"] == "10.0.0.0/8,fd00::/8"
    assert env["CIAM_MAIL_FROM"] == EVERYTHING["mailFrom"]
    assert env["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318"
    config = by_kind["Job", "shop-ciam-config"]["spec"]["template"]["spec"]["containers"][0]
    assert config["args"] == ["config", "apply", "/etc/ciam/shop.yaml"]
    assert {"secretRef": {"name": "shop-secrets"}} in config["envFrom"]
    assert {"secretRef": {"name": "shop-secrets"}} not in server["spec"]["containers"][0]["envFrom"]
    files = by_kind["ConfigMap", "shop-ciam-config"]["data"]
    assert files == {"shop.yaml": "clients: []\n# {{ not }}\n"}
    assert by_kind["Ingress", "shop-ciam"]["spec"]["rules"][0]["host"] == "id.example.jp"
    migrate = by_kind["Job", "shop-ciam-migrate"]
    assert "pre-upgrade" in migrate["metadata"]["annotations"]["helm.sh/hook"]


def test_probes_and_the_time_to_end_fit_the_server() -> None:
    (pod,) = pods(kept())
    (server,) = pod["spec"]["containers"]
    assert server["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert server["readinessProbe"]["httpGet"]["path"] == "/readyz"
    env = {one["name"]: one.get("value") for one in server["env"]}
    looks_every = server["readinessProbe"]["periodSeconds"]
    assert float(env["CIAM_DRAIN"]) > 2 * looks_every, "a proxy has to see 503 while it drains"
    assert pod["spec"]["terminationGracePeriodSeconds"] >= float(env["CIAM_DRAIN"]) + 25


def test_every_selector_finds_the_server_and_no_job() -> None:
    manifests = kept()
    (pod,) = pods(manifests)
    labels = pod["metadata"]["labels"].items()
    for one in manifests:
        selector = one["spec"].get("selector") or one["spec"].get("podSelector") or {}
        wanted = selector.get("matchLabels", selector)
        assert wanted.items() <= labels, one["kind"]
        if one["kind"] in {"Service", "PodDisruptionBudget", "Deployment"}:
            assert wanted["app.kubernetes.io/component"] == "server"


@pytest.mark.parametrize("values", WRONG)
def test_values_that_are_wrong_do_not_fit_their_schema(values: dict[str, Any]) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    secret = defaults["secret"] | values.get("secret", {})
    jsonschema.validate(defaults | NEEDED | {"secret": defaults["secret"] | {"name": "x"}}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(defaults | values | {"secret": secret}, schema)


@pytest.mark.parametrize("values", WRONG)
def test_values_that_are_wrong_are_refused(values: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(Refused):
        rendered(values, tmp_path)


def test_the_values_and_their_schema_know_the_same() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    assert set(defaults) == set(schema["properties"]) - {"global"}
    used = set()
    for path in (CHART / "templates").iterdir():
        used |= set(re.findall(r"\.Values\.(\w+)", path.read_text()))
    assert used == set(defaults), "a value that nobody reads, or one that is not there"


def test_the_chart_has_the_version_of_the_server() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{chart["appVersion"]}"' in project
