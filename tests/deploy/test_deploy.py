"""Deployment files: checked by the tools that are here, and by what the program itself says.

What has no checker on this machine is skipped with its reason; nothing builds an image here.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.settings import load_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "config/deploy"
DOCKERFILE = DEPLOY / "docker/Dockerfile"
UNIT = DEPLOY / "systemd/gateway.service"
MOST_EXPOSED = 1.5
SECRETS = {
    "slack__bot_token": "xoxb-1",
    "slack__signing_secret": "8f742231b10e8888",
    "pager__client_id": "id",
    "pager__client_secret": "secret",
    "pager__jwt": "jwt",
    "database__url": "postgresql://gateway:password@database/gateway",
    "vault__keys": '["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]',
}
PUBLIC = (
    "/slack/events",
    "/ringcentral/webhook/secret",
    "/ringcentral/oauth/callback",
    "/alerts/prom",
    "/v2/enqueue",
    "/v2/change/enqueue",
    "/api/v1/pages",
    "/healthz",
)
INSIDE = ("/metrics", "/readyz", "/-/status", "/-/reload", "/-/audit", "/", "/healthzz")


def documents(path: Path) -> list[Any]:
    return list(YAML(typ="safe").load_all(path))


def document(path: Path) -> Any:
    (one,) = documents(path)
    return one


def kubernetes(kind: str) -> Any:
    """Find the one manifest of a kind."""
    found = (each for path in (DEPLOY / "kubernetes").glob("*.yaml") for each in documents(path))
    (one,) = (each for each in found if each["kind"] == kind)
    return one


def run(*command: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603  fixed commands of this file


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"{tool} is not installed")


# --- what they tell the program -----------------------------------------------------------------


def environment_of_image() -> dict[str, str]:
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    return dict(re.findall(r"(GATEWAY_\w+)=(\S+)", text))


def environment_of_unit() -> dict[str, str]:
    return dict(re.findall(r"^Environment=(GATEWAY_\w+)=(\S+)$", UNIT.read_text(), re.MULTILINE))


def container() -> Any:
    (one,) = kubernetes("Deployment")["spec"]["template"]["spec"]["containers"]
    return one


def environment_of_pod() -> dict[str, str]:
    return environment_of_image() | {each["name"]: each["value"] for each in container()["env"]}


ENVIRONMENTS = {
    "image": environment_of_image(),
    "unit": environment_of_unit(),
    "pod": environment_of_pod(),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_settings_are_ones_there_are(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every variable and every secret's file name is taken by the program, and none is missing."""
    folder = tmp_path / "..2026_11_22"
    folder.mkdir()
    for secret, value in SECRETS.items():
        (folder / secret).write_text(value)
        # As Kubernetes mounts a Secret: each file a link through a folder that is swapped.
        (tmp_path / secret).symlink_to(Path("..data") / secret)
    (tmp_path / "..data").symlink_to(folder.name)
    for variable, value in ENVIRONMENTS[name].items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setenv("GATEWAY_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("GATEWAY_CONFIG", str(DEPLOY / "kubernetes/gateway.toml"))
    settings = load_settings()
    assert settings.slack.bot_token
    assert len(settings.vault.keys) == 1
    assert str(settings.admin.socket) == "/run/gateway/gateway.sock"


def test_secrets_are_named_alike_everywhere() -> None:
    """Compose mounts what the program reads; the unit loads what is needed with a file database."""
    compose = document(DEPLOY / "docker/compose.yaml")
    assert set(compose["services"]["gateway"]["secrets"]) == set(SECRETS)
    assert set(compose["secrets"]) == {*SECRETS, "database_password"}
    loaded = set(re.findall(r"^LoadCredential=(\w+):", UNIT.read_text(), re.MULTILINE))
    assert loaded == set(SECRETS) - {"database__url", "vault__keys"}
    kustomization = (DEPLOY / "kubernetes/kustomization.yaml").read_text()
    assert all(name in kustomization for name in SECRETS)


# --- two listeners, told apart -------------------------------------------------------------------


def proxied_by_nginx(path: str) -> bool:
    text = (DEPLOY / "nginx/gateway.conf").read_text()
    patterns = re.findall(r"location ~ (\S+) \{\s*proxy_pass", text)
    exact = re.findall(r"location = (\S+) \{\s*proxy_pass", text)
    return path in exact or any(re.search(pattern, path) for pattern in patterns)


def proxied_by_caddy(path: str) -> bool:
    text = (DEPLOY / "caddy/Caddyfile").read_text()
    (listed,) = re.findall(r"@gateway path (.*)", text)
    return any(
        path == each or (each.endswith("*") and path.startswith(each[:-1]))
        for each in listed.split()
    )


@pytest.mark.parametrize("proxied", [proxied_by_nginx, proxied_by_caddy])
def test_proxy_lets_the_public_doors_through_and_nothing_else(proxied: Any) -> None:
    """Whoever points it at the wrong port by mistake still shows no metrics and no status."""
    assert [path for path in PUBLIC if not proxied(path)] == []
    assert [path for path in INSIDE if proxied(path)] == []


def test_admin_listener_is_never_public() -> None:
    """No published port, no Service and no open policy leads to it."""
    assert re.findall(r"^EXPOSE (.*)$", DOCKERFILE.read_text(), re.MULTILINE) == ["8080"]
    assert "GATEWAY_ADMIN__HOST" not in environment_of_image()
    (published,) = document(DEPLOY / "docker/compose.yaml")["services"]["gateway"]["ports"]
    assert published == "127.0.0.1:8080:8080"
    assert [port["targetPort"] for port in kubernetes("Service")["spec"]["ports"]] == ["public"]
    for rule in kubernetes("NetworkPolicy")["spec"]["ingress"]:
        ports = [port["port"] for port in rule["ports"]]
        assert "from" in rule or ports == ["public"]


# --- the image ----------------------------------------------------------------------------------


def test_image_is_built_of_what_there_is() -> None:
    """In two stages; everything copied exists and reaches the builder; it runs as nobody's root."""
    text = DOCKERFILE.read_text()
    assert len(re.findall(r"^FROM ", text, re.MULTILINE)) == 2
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.*)$", text, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    let_in = (DEPLOY / "docker/Dockerfile.dockerignore").read_text().splitlines()
    for source in sources:
        assert (ROOT / source).exists()
        assert f"!{source}" in let_in
    assert "--require-hashes" in text
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert text.index("USER ") > text.index("COPY --from")
    assert 'CMD ["gateway", "healthcheck"]' in text


def test_compose_takes_every_right_away() -> None:
    """A read-only root, no capabilities, nothing new gained; time enough to drain."""
    gateway = document(DEPLOY / "docker/compose.yaml")["services"]["gateway"]
    assert gateway["read_only"] is True
    assert gateway["cap_drop"] == ["ALL"]
    assert gateway["security_opt"] == ["no-new-privileges:true"]
    assert gateway["stop_grace_period"] == "30s"
    assert (DEPLOY / "docker" / gateway["build"]["context"]).resolve() == ROOT


# --- Kubernetes ---------------------------------------------------------------------------------


def test_pods_are_restricted_and_probed() -> None:
    """What the namespace enforces is what the pod declares; probes ask the right listeners."""
    spec = kubernetes("Deployment")["spec"]
    pod, its = spec["template"]["spec"], container()
    assert spec["replicas"] >= 2
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert its["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert its["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "public"}
    assert its["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "admin"}
    assert pod["terminationGracePeriodSeconds"] >= 5 + 25
    mounted = {each["name"] for each in its["volumeMounts"]}
    assert mounted == {each["name"] for each in pod["volumes"]}


def test_selectors_mean_the_pods() -> None:
    """A budget or a policy that selects nothing protects nothing."""
    spec = kubernetes("Deployment")["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels
    assert kubernetes("Service")["spec"]["selector"] == labels
    assert kubernetes("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert kubernetes("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert kubernetes("PodDisruptionBudget")["spec"]["minAvailable"] < spec["replicas"]


@needs("kubectl")
def test_manifests_are_built() -> None:
    """`kubectl kustomize` puts all of them together, with the settings."""
    built = run("kubectl", "kustomize", str(DEPLOY / "kubernetes"))
    assert built.returncode == 0, built.stderr
    kinds = {each["kind"] for each in YAML(typ="safe").load_all(built.stdout)}
    assert kinds == {
        *("Namespace", "Deployment", "Service", "ConfigMap"),
        *("PodDisruptionBudget", "NetworkPolicy"),
    }


# --- systemd, nginx, Caddy ------------------------------------------------------------------------


def complaints(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith("gateway.service:") and "/opt/gateway/bin/gateway is not" not in line:
            yield line


@needs("systemd-analyze")
def test_unit_is_understood() -> None:
    """`systemd-analyze verify` finds only that nothing is installed in /opt here."""
    verified = run("systemd-analyze", "verify", str(UNIT))
    assert list(complaints(verified.stdout + verified.stderr)) == []


@needs("systemd-analyze")
def test_unit_is_locked_up() -> None:
    """`systemd-analyze security` rates how much it could do if it were taken over."""
    rated = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT))
    found = re.search(r"Overall exposure level for gateway\.service: ([\d.]+)", rated.stdout)
    assert found, rated.stderr
    assert float(found[1]) <= MOST_EXPOSED


@needs("nginx")
def test_nginx_takes_its_snippet(tmp_path: Path) -> None:
    """`nginx -t`, with a certificate made for it."""
    text = (DEPLOY / "nginx/gateway.conf").read_text()
    made = run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
        *("-subj", "/CN=pager.example.com", "-out", str(tmp_path / "c"), "-keyout"),
        str(tmp_path / "k"),
    )
    assert made.returncode == 0, made.stderr
    text = re.sub(r"/etc/ssl/\S+\.crt", str(tmp_path / "c"), text)
    text = re.sub(r"/etc/ssl/\S+\.key", str(tmp_path / "k"), text)
    whole = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole)
    tested = run("nginx", "-t", "-e", str(tmp_path / "log"), "-c", str(tmp_path / "nginx.conf"))
    assert tested.returncode == 0, tested.stderr


@needs("caddy")
def test_caddy_takes_its_file() -> None:
    """`caddy validate`."""
    file = str(DEPLOY / "caddy/Caddyfile")
    validated = run("caddy", "validate", "--adapter", "caddyfile", "--config", file)
    assert validated.returncode == 0, validated.stderr


# --- Dockerfile, compose, Kubernetes --------------------------------------------------------------


def beside_python(tool: str) -> str:
    """Name a command that is installed with the tests."""
    return str(Path(sys.executable).with_name(tool))


def test_dockerfile_has_no_known_flaw() -> None:
    """`hadolint`."""
    linted = run(beside_python("hadolint"), str(DOCKERFILE))
    assert linted.returncode == 0, linted.stdout


def test_compose_file_is_one() -> None:
    """By the schema of the compose specification."""
    file = str(DEPLOY / "docker/compose.yaml")
    schema = ("--builtin-schema", "vendor.compose-spec")
    checked = run(beside_python("check-jsonschema"), *schema, file)
    assert checked.returncode == 0, checked.stdout


def test_manifests_are_kubernetes_own() -> None:
    """`kubernetes-validate --strict`: no field that Kubernetes would not know."""
    folder = DEPLOY / "kubernetes"
    manifests = [str(each) for each in folder.glob("*.yaml") if each.stem != "kustomization"]
    assert len(manifests) >= 5
    validated = run(beside_python("kubernetes-validate"), "--strict", *manifests)
    assert validated.returncode == 0, validated.stdout
