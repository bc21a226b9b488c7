"""The wheel holds all it needs: it migrates, serves and shows pages far from any checkout."""

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.parts.ports import find_free_port

ROOT = Path(__file__).parents[2]
_SECONDS = 40.0
READ_ONLY = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
for place in / /tmp; do
    if mountpoint -q "$place"; then mount -o remount,bind,ro "$place"; fi
done
touch "$1/written"
if touch "$1/../written" 2>/dev/null; then exit 3; fi
shift
exec "$@"
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel as the image does, beside the dependencies of this environment."""
    folder = tmp_path_factory.mktemp("wheel") / "venv"
    base = (
        Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    )
    python = str(base) if base.exists() else sys.executable
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python*/site-packages"))
    # A plain path entry: unlike PYTHONPATH it comes after what is installed here.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    run_script("image-wheel", folder)
    return folder


def run_script(name: str, folder: Path) -> None:
    """Run a step of the Dockerfile."""
    pip = shutil.which("pip", path=str(Path(sys.executable).parent)) or shutil.which("pip")
    if pip is None:
        pytest.skip("no pip here: apt-get install python3-pip")
    subprocess.run(
        [ROOT / ".ci" / "scripts" / name, folder],
        env=os.environ | {"PIP": pip, "PYTHONPATH": ""},
        check=True,
        timeout=120,
    )


def environment(home: Path) -> dict[str, str]:
    """Give an environment in which only the wheel can be found."""
    return {"PATH": os.environ["PATH"], "CIAM_HOME": str(home), "PYTHONSAFEPATH": "1"}


@pytest.fixture
def served(installed: Path, tmp_path: Path) -> Iterator[str]:
    """Serve from the wheel, in a folder that is no checkout."""
    port = find_free_port()
    url = f"http://localhost:{port}"
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [installed / "bin" / "ciam", "serve", "--port", str(port)],
        env=environment(tmp_path / "home"),
        cwd=tmp_path,
        stdout=log,
        stderr=log,
    )
    try:
        wait_until_ready(url, process, tmp_path / "log")
        yield url
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for /readyz."""
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/readyz", trust_env=False).is_success:
                return
        time.sleep(0.1)
    pytest.fail(f"not ready:\n{log.read_text()}")


def test_the_package_that_runs_is_the_installed_one(installed: Path, tmp_path: Path) -> None:
    answer = subprocess.run(
        [installed / "bin" / "python", "-c", "import ciam; print(ciam.__file__)"],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(answer.stdout.strip()).is_relative_to(installed)


def test_it_migrates_from_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    command = [str(installed / "bin" / "ciam"), "migrate"]
    subprocess.run(command, env=environment(tmp_path / "home"), cwd=tmp_path, check=True)
    assert (tmp_path / "home" / "ciam.db").is_file()
    subprocess.run([*command, "--check"], env=environment(tmp_path / "home"), check=True)


def test_it_serves_discovery_pages_and_their_files(served: str) -> None:
    with httpx.Client(base_url=served, follow_redirects=True, trust_env=False) as client:
        document = client.get("/.well-known/openid-configuration").json()
        assert document["issuer"] == served
        page = client.get("/sign-in", headers={"Accept-Language": "ja"})
        assert page.status_code == 200
        assert "ログイン" in page.text
        for link in ("tokens", "app"):
            address = page.text.split(f"/static/{link}.")[1].split('"')[0]
            assert client.get(f"/static/{link}.{address}").status_code == 200


def test_it_serves_where_nothing_but_its_home_can_be_written(
    installed: Path, tmp_path: Path
) -> None:
    home, port = tmp_path / "home", find_free_port()
    home.mkdir(mode=0o700)
    try:
        subprocess.run(["unshare", "-rm", "sh", "-c", READ_ONLY, "sh", home, "true"], check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no mounts of one's own here (user namespaces)")
    command = [str(installed / "bin" / "ciam"), "serve", "--port", str(port)]
    url = f"http://localhost:{port}"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "-rm", "sh", "-c", READ_ONLY, "sh", home, *command],
            env=environment(home),
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_ready(url, process, tmp_path / "log")
            with httpx.Client(base_url=url, follow_redirects=True, trust_env=False) as client:
                assert client.get("/sign-in").status_code == 200
                assert client.get("/jwks.json").json()["keys"]
        finally:
            process.terminate()
            process.wait(20)
    assert (home / "ciam.db").is_file()


def test_every_provider_is_found_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "from ciam.federation.catalogue import find_mark, load_providers\n"
        "print(*load_providers(), find_mark('line')[:4])"
    )
    answer = subprocess.run(
        [installed / "bin" / "python", "-c", code],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    files = sorted(path.stem for path in (ROOT / "providers").glob("[a-z]*.py"))
    assert answer.stdout.split() == [*files, "<svg"]


def test_the_demo_travels_with_the_wheel(installed: Path) -> None:
    demo = next(installed.glob("lib/python*/site-packages/ciam/cli/demo"))
    assert (demo / "demo.yaml").is_file()
    assert (demo / "templates" / "shop.html").is_file()


def test_no_test_and_no_secret_is_in_the_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = wheel.namelist()
    assert all(name.startswith(("ciam/", "ciam-")) for name in names)
    assert not [name for name in names if name.endswith((".db", ".key", ".eml", ".secret"))]
    assert any(name.startswith("ciam/_bundled/migrations/versions/") for name in names)
