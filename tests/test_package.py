"""The wheel works by itself, away from the checkout, with its data inside."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

USE = """
from pathlib import Path
import companion, sicell
from sicell import _data
for package in (companion, sicell):
    assert Path(package.__file__).is_relative_to({target!r}), package.__file__
assert _data.folder().is_relative_to({target!r})
assert len(sicell.readers.__all__) > 2 and _data.path("units.csv").is_relative_to({target!r})
print(companion.ledger.value("cell-upper-cutoff-voltage"))
print(round(companion.evidence.compute("lithium-gravimetric-capacity").value))
print(len(companion.evidence.findings()) > 0)
"""


def test_wheel_carries_its_data_and_works_elsewhere(tmp_path):
    def run(*command, **kwargs):
        done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False, **kwargs)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist"), cwd=ROOT)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        names = files.namelist()
        (metadata,) = (files.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))
    # every table, and nothing that a reader read off a copy of the paper
    data = {path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*.[ct][so][vm]*")}
    carried = {name.removeprefix("sicell/") for name in names if name.startswith("sicell/data/")}
    assert {name for name in data if "/yours/" not in name} <= carried
    assert not any("/yours/" in name for name in carried)
    # what it carries under other terms than its code, it says
    assert "License-Expression: MIT AND CC-BY-4.0 AND BSD-3-Clause" in metadata
    for licence in ("LICENSE", "LICENSE-TEXT", "data/ampworks/LICENSE.md"):
        assert any(name.endswith(f".dist-info/licenses/{licence}") for name in names), licence
    target, elsewhere = tmp_path / "aside", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = ("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target), str(wheel))
    run(*install)
    # first on the path, before an editable install of the checkout
    use = f"import sys; sys.path.insert(0, {str(target)!r})\n" + USE.format(target=str(target))
    assert run("-c", use, cwd=elsewhere).split() == ["4.25", "3862", "True"]
