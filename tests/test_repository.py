"""The repository itself: one truth about dependencies, commands that are the ones the README names."""

import ast
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
# conda-forge's name for the same package
CONDA_NAMES = {"matplotlib-base": "matplotlib", "dask-core": "dask"}


def requirements(lines):
    return {canonicalize_name(one.name): one.specifier for one in map(Requirement, lines)}


def locked(name):
    """Return name -> (version, number of hashes) of one lock file."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.split("\n"):
        if match := re.match(r"([A-Za-z0-9._-]+)(?:\[.*\])?==([^\s;]+)", line):
            found[canonicalize_name(match[1])] = match[2], line.count("--hash=sha256:")
    return found


def test_environment_yml_has_the_packages_and_bounds_of_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    conda = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (from_pypi,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert "--editable ." in from_pypi
    assert f"python{PROJECT['project']['requires-python']}" in conda
    found = requirements([entry for entry in conda if not entry.startswith("python>")] + from_pypi[:-1])
    found = {CONDA_NAMES.get(name, name): bounds for name, bounds in found.items()}
    del found["make"], found["pip"]
    assert found == requirements(PROJECT["project"]["dependencies"] + GROUPS["book"] + GROUPS["test"])


def test_lock_pins_and_hashes_everything_that_pyproject_asks_for():
    pins = locked("requirements.lock")
    wanted = requirements(
        PROJECT["project"]["dependencies"]
        + [one for group in ("book", "test", "lint", "build") for one in GROUPS[group]]
    )
    for name, bounds in wanted.items():
        assert name in pins, f"{name} is not in requirements.lock: make lock"
        assert bounds.contains(pins[name][0], prereleases=True), f"{name} {pins[name][0]} is not {bounds}: make lock"
    assert all(hashes for _, hashes in pins.values())
    assert "://" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_peers_are_locked_apart_and_agree_with_the_rest():
    pins, peers = locked("requirements.lock"), locked("requirements-peers.lock")
    assert set(requirements(GROUPS["peers"])) <= set(peers)
    assert not set(requirements(GROUPS["peers"])) & set(pins)
    assert all(peers[name][0] == pins[name][0] for name in set(peers) & set(pins))


def test_no_run_time_dependency_is_under_a_gpl():
    from importlib.metadata import metadata

    for name in requirements(PROJECT["project"]["dependencies"]):
        facts = metadata(name)
        text = " ".join([facts.get("License-Expression") or "", *(facts.get_all("Classifier") or [])])
        assert "GPL" not in text, name


def test_make_help_is_the_default_and_lists_every_target():
    done = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = re.findall(r"^  make (\w+)", done.stdout, re.M)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)", makefile, re.M)
    assert sorted(listed) == sorted(phony.split())


def test_each_make_target_runs_in_ci_or_on_a_schedule_and_not_in_both():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)", makefile, re.M)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    quick = set(re.findall(r"^make (\w+)", script.split("rm -rf .venv")[1], re.M))
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "scheduled.yml").read_text(encoding="utf-8"))["jobs"]
    steps = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
    slow = {target for run in steps for target in re.findall(r"\bmake (\w+)$", run, re.M)}
    assert quick | slow == set(phony.split())
    assert not quick & slow


def test_what_lands_and_what_is_published_went_through_ci_on_each_python():
    workflows = ROOT / ".github" / "workflows"
    for name in ("test", "publish"):
        (job,) = yaml.safe_load((workflows / f"{name}.yml").read_text(encoding="utf-8"))["jobs"].values()
        assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
    tested = yaml.safe_load((workflows / "test.yml").read_text(encoding="utf-8"))["jobs"]["test"]["strategy"]["matrix"]
    assert tested == {"python": ["3.11", "3.12", "3.13", "3.14"]}
    assert f"PYTHONS = {tested['python']}".replace("'", '"') in (ROOT / "tools" / "lock.py").read_text(encoding="utf-8")


def test_clean_removes_what_git_ignores_and_keeps_the_environment(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "one.ipynb").write_text("")
    kept = {".venv", "wheelhouse"}
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    for pattern in ignored:
        name = pattern.strip("/").replace("*", "x")
        places = [tmp_path] if pattern.startswith("/") else [tmp_path, tmp_path / "chapters"]
        for place in places:
            (place / name).mkdir(parents=True)
            (place / name / "file").write_text("")
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    kept = {f"{name}/file" for name in kept if f"/{name}/" in ignored}
    assert left == {"Makefile", "chapters/one.ipynb"} | kept


def test_readme_opens_with_a_sentence_a_picture_and_two_commands():
    lines = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").split("\n") if line.strip()]
    assert lines[0].startswith("# ")
    assert lines[1].rstrip().endswith(".") or lines[2].rstrip().endswith(".")
    picture = next(re.search(r"\(([^)]+\.png)\)", line) for line in lines if ".png)" in line)
    assert (ROOT / picture[1]).is_file()


def test_files_that_the_readme_links_to_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", readme):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_citation_names_the_paper_and_the_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["preferred-citation"]["title"].startswith("Nanostructured Si-C Composites")
    assert len(citation["preferred-citation"]["authors"]) == 6
    assert citation["version"] == PROJECT["project"]["version"]


# The houses and their rooms, from the ground up: a file imports from rooms on lower floors and from its own room.
FLOORS = (
    {"sicell._check", "sicell._data", "sicell._solve"},
    {"sicell.materials", "sicell.msmr", "sicell.circuit", "sicell.readers"},
    {"sicell.electrodes", "sicell.eis"},
    {"sicell.half_cell", "sicell.voltammetry", "sicell.balancing", "sicell.energy"},
    {"sicell.rate", "sicell.export"},
    {"companion._paper"},
    {"companion.ledger", "companion.plotting"},
    {"companion.evidence"},
    {"poetke2021"},
)
# Models that still read the ledger themselves; each goes when its numbers come in as arguments.
STILL_READING = {
    "sicell/balancing/_draws.py",
    "sicell/balancing/_uncertainty.py",
    "sicell/electrodes/_ready_made.py",
    "sicell/voltammetry/_peaks.py",
}
LIB = ROOT / "lib"


def room(module):
    """Return the room of a dotted module: the paper is one, the others have one for each part."""
    parts = module.split(".")
    return parts[0] if parts[0] == "poetke2021" else ".".join(parts[:2])


def imports(path):
    """Return the modules of the library that a file imports, wherever in the file it does so, doctests included."""
    text = path.read_text(encoding="utf-8")
    doctests = "\n".join(re.findall(r"^\s*>>> ((?:from|import) .*)", text, re.M))
    found = set()
    for node in [*ast.walk(ast.parse(text)), *ast.walk(ast.parse(doctests))]:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                inside = LIB.joinpath(*whole.split("."))
                found.add(whole if inside.is_dir() or inside.with_suffix(".py").is_file() else node.module)
    return {name for name in found if name.split(".")[0] in {"sicell", "companion", "poetke2021"}}


def test_imports_go_downwards_only():
    level = {name: number for number, names in enumerate(FLOORS) for name in names}
    for path in sorted(LIB.rglob("*.py")):
        file = path.relative_to(LIB)
        own = room(".".join(file.with_suffix("").parts))
        if file.name == "__init__.py" and len(file.parts) == 2 and own.split(".")[0] != "poetke2021":
            continue
        assert own in level, f"{own} is on no floor"
        if file.as_posix() in STILL_READING:
            continue
        for other in {room(name) for name in imports(path)} - {own, "sicell", "companion"}:
            assert level[other] < level[own], f"{file} imports {other}, which is not below {own}"
            assert not (own.startswith("companion") and other.startswith("sicell")), (
                f"{file}: the method needs no model"
            )
