"""What the build targets make: the right wheels, with bytecode, the same bytes everywhere."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.stack

ROOT = Path(__file__).parents[1]
SAM = Path(sys.executable).with_name("sam")
MACHINES = {"x86_64": 62, "arm64": 183}
"""e_machine of an ELF file (System V ABI): EM_X86_64, EM_AARCH64."""


def build(name: str, folder: str, into: Path, **environment: str) -> str:
    """Runs one build target as `sam build` does; returns what it printed."""
    done = subprocess.run(
        ["make", "--makefile", str(ROOT / folder / "Makefile"), f"build-{name}"],
        cwd=ROOT / folder,
        env=os.environ | {"ARTIFACTS_DIR": str(into)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def interpreter(version: str) -> str | None:
    """An interpreter of that version on this machine, if it has one."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in (shutil.which(f"python{version}"), *pyenv.glob(f"{version}.*/bin/python3")):
        if (
            candidate
            and not subprocess.run(
                [candidate, "-c", f"import sys; assert sys.version.startswith('{version}.')"],
                capture_output=True,
                check=False,
            ).returncode
        ):
            return str(candidate)
    return None


def bytecode_of(source: Path, version: str) -> Path:
    tag = f"cpython-{version.replace('.', '')}"
    return source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc"


@pytest.mark.parametrize(
    ("version", "architecture"), [("3.13", "arm64"), ("3.13", "x86_64"), ("3.11", "x86_64")]
)
def test_adapter_layer_is_for_its_target(version: str, architecture: str, tmp_path: Path) -> None:
    target = {"PYTHON_RUNTIME": f"python{version}", "ARCHITECTURE": architecture}
    said = build("AdapterLayer", "layers/adapter", tmp_path, **target)

    assert [path.name for path in tmp_path.iterdir()] == ["python"]
    layer = tmp_path / "python"
    assert (layer / "erp_adapter" / "errors.py").is_file()
    assert (layer / "pydantic").is_dir()
    assert not (layer / "python").exists()
    assert not (layer / "boto3").exists()
    assert not (layer / "bin").exists()

    compiled = list(layer.rglob("*.so"))
    assert {path.parts[len(layer.parts)] for path in compiled} >= {"lxml", "pydantic_core"}
    for path in compiled:
        assert f"cpython-{version.replace('.', '')}-" in path.name
        assert struct.unpack_from("<H", path.read_bytes(), 18) == (MACHINES[architecture],)

    sources = list(layer.rglob("*.py"))
    if interpreter(version):
        assert "without bytecode" not in said
        for source in sources:
            # Flags 1: hash-based and never checked against the source (PEP 552).
            assert struct.unpack_from("<I", bytecode_of(source, version).read_bytes(), 4) == (1,)
    else:
        assert f"No python{version} on this machine" in said
        assert not list(layer.rglob("*.pyc"))


def test_the_build_leaves_no_trace_of_its_machine(tmp_path: Path) -> None:
    for path in ("one", "another/deeper"):
        build("AdapterLayer", "layers/adapter", tmp_path / path)
        build("ProfilesLayer", "layers/profiles", tmp_path / path)
    one, other = tmp_path / "one", tmp_path / "another" / "deeper"
    files = {path.relative_to(one): path.read_bytes() for path in one.rglob("*") if path.is_file()}
    assert files == {
        path.relative_to(other): path.read_bytes() for path in other.rglob("*") if path.is_file()
    }
    trace = re.compile(re.escape(str(ROOT).encode()) + b"|" + re.escape(str(tmp_path).encode()))
    assert not [name for name, content in files.items() if trace.search(content)]


def test_without_the_interpreter_the_build_says_so(tmp_path: Path) -> None:
    nowhere = {"PYENV_ROOT": str(tmp_path), "PATH": f"{SAM.parent}:/usr/bin:/bin"}
    version = "3.12" if sys.version_info[:2] != (3, 12) else "3.13"
    if any(Path(folder, f"python{version}").exists() for folder in ("/usr/bin", "/bin")):
        pytest.skip(f"python{version} is the system's own here")
    said = build(
        "AdapterLayer",
        "layers/adapter",
        tmp_path / "layer",
        PYTHON_RUNTIME=f"python{version}",
        **nowhere,
    )
    assert f"No python{version} on this machine: this artifact ships without bytecode" in said
    assert not list((tmp_path / "layer").rglob("*.pyc"))


def test_profiles_layer_is_the_namespace_package_without_examples(tmp_path: Path) -> None:
    build("ProfilesLayer", "layers/profiles", tmp_path)
    shipped = {path.relative_to(tmp_path / "python") for path in tmp_path.rglob("*.*")}
    source = ROOT / "layers" / "profiles"
    assert Path("profiles/routes.toml") in shipped
    assert shipped >= {
        Path("profiles") / path.relative_to(source) for path in source.glob("*/profile.toml")
    }
    assert not [path for path in shipped if "examples" in path.parts or path.suffix == ".py"]
    assert Path("profiles/Makefile") not in shipped
    assert not [path for path in shipped if path.name.endswith(".schema.json")]


def test_sam_builds_every_artifact_for_lambda(tmp_path: Path) -> None:
    target = {"PYTHON_RUNTIME": "python3.13", "ARCHITECTURE": "arm64", "SAM_CLI_TELEMETRY": "0"}
    done = subprocess.run(
        [str(SAM), "build", "--build-dir", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | target,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "template.yaml").is_file()
    for function, module in (("WebhookFunction", "webhook"), ("DeliverFunction", "deliver")):
        source = tmp_path / function / f"{module}.py"
        assert source.is_file()
        assert bytecode_of(source, "3.13").is_file() == bool(interpreter("3.13"))
        assert not (tmp_path / function / "Makefile").exists()
    assert (tmp_path / "AdapterLayer" / "python" / "erp_adapter").is_dir()
    assert (tmp_path / "ProfilesLayer" / "python" / "profiles" / "routes.toml").is_file()


def test_the_local_build_imports_on_this_machine(tmp_path: Path) -> None:
    build("AdapterLayer", "layers/adapter", tmp_path, BUILD_FOR="host")
    code = (
        "import erp_adapter.errors, lxml.etree, pydantic_core, httpx, aws_lambda_powertools;"
        "print(erp_adapter.__file__, pydantic_core.__file__)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "python")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert all(path.startswith(str(tmp_path)) for path in said)
