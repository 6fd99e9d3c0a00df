"""The repository itself: one truth about dependencies, commands that are the ones the README names."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
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


@pytest.mark.parametrize("group", ["peers", "editions", "lab"])
def test_what_few_need_is_locked_apart_and_agrees_with_the_rest(group):
    pins, others = locked("requirements.lock"), locked(f"requirements-{group}.lock")
    wanted = requirements(GROUPS[group])
    assert all(bounds.contains(others[name][0], prereleases=True) for name, bounds in wanted.items())
    assert not set(wanted) & set(pins)
    assert all(others[name][0] == pins[name][0] for name in set(others) & set(pins))
    assert all(hashes for _, hashes in others.values())


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
        job, *later = yaml.safe_load((workflows / f"{name}.yml").read_text(encoding="utf-8"))["jobs"].items()
        assert "bash .ci/run" in [step.get("run") for step in job[1]["steps"]]
        assert all(other["needs"] == job[0] for _, other in later)
    tested = yaml.safe_load((workflows / "test.yml").read_text(encoding="utf-8"))["jobs"]["test"]["strategy"]["matrix"]
    assert tested == {"python": ["3.11", "3.12", "3.13", "3.14"]}
    assert f"PYTHONS = {tested['python']}".replace("'", '"') in (ROOT / "tools" / "lock.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.stem)
def test_workflows_name_actions_by_commit_and_may_do_no_more_than_they_must(path):
    text = path.read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert used
    for action in used:
        assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


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


def test_the_journal_paper_has_what_its_checklist_asks_for_and_cites_what_the_book_cites():
    text = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8")
    _, head, body = text.split("---\n", 2)
    facts = yaml.safe_load(head)
    assert all("PLACEHOLDER" in one["name"] for one in facts["authors"] + facts["affiliations"])
    assert facts["bibliography"] == "paper.bib"
    asked = {"Summary", "Statement of need", "Audience", "Learning objectives", "Experience of use", "References"}
    assert asked <= set(re.findall(r"^# (.+)$", body, re.M))
    assert {"Licence and community", "Content and design"} <= set(re.findall(r"^# (.+)$", body, re.M))
    assert len(body.split()) < 1000
    book, own = (
        dict(re.findall(r"^@\w+\{([^,]+),(.*?)^\}", path.read_text(encoding="utf-8"), re.M | re.S))
        for path in (ROOT / "chapters" / "references.bib", ROOT / "paper" / "paper.bib")
    )
    assert set(own) == set(re.findall(r"@(\w+)", body))
    assert all(book[key] == entry for key, entry in own.items())


# The houses and their rooms, from the ground up: a file imports from rooms on lower floors and from its own room.
FLOORS = (
    {"sicell._check", "sicell._data", "sicell._solve", "sicell._tables"},
    {"sicell.materials", "sicell.msmr", "sicell.circuit", "sicell.readers"},
    {"sicell.electrodes", "sicell.eis", "sicell.differential"},
    {"sicell.half_cell", "sicell.voltammetry", "sicell.balancing", "sicell.energy"},
    {"sicell.rate", "sicell.export"},
    {"companion._paper"},
    {"companion.explorables", "companion.ledger", "companion.plotting", "companion.questions", "companion.tables"},
    {"companion.evidence", "companion.your_copy"},
    {"companion.__main__"},
    {"poetke2021"},
)
LIB = ROOT / "lib"


def room(module):
    """Return the room of a dotted module: the paper is one, the others have one for each part."""
    parts = module.split(".")
    return parts[0] if parts[0] == "poetke2021" else ".".join(parts[:2])


def imports(path, doctests=True):
    """Return the modules of the library that a file imports, wherever it does so, if not for annotations alone."""
    text = path.read_text(encoding="utf-8")
    examples = "\n".join(re.findall(r"^\s*>>> ((?:from|import) .*)", text, re.M)) if doctests else ""
    tree, found = ast.parse(text), set()
    for_types = [
        node for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]
    annotations = {inner for node in for_types for inner in ast.walk(node)}
    for node in [*(set(ast.walk(tree)) - annotations), *ast.walk(ast.parse(examples))]:
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
        for other in {room(name) for name in imports(path)} - {own, "sicell", "companion"}:
            assert level[other] < level[own], f"{file} imports {other}, which is not below {own}"
        for other in imports(path):
            parts = other.split(".")
            inner = parts[2:] if parts[0] != "poetke2021" else []
            assert room(other) in (own, "sicell._solve") or not any(part.startswith("_") for part in inner), (
                f"{file} reaches into {other}"
            )
            assert not (own.startswith("companion") and other.startswith("sicell")), (
                f"{file}: the method needs no model"
            )


def test_no_file_imports_itself_through_others():
    files = {".".join(path.relative_to(LIB).with_suffix("").parts): path for path in LIB.rglob("*.py")}
    files = {name.removesuffix(".__init__"): path for name, path in files.items()}
    sees = {
        name: {other for other in imports(path, doctests=False) if other in files} - {name}
        for name, path in files.items()
    }
    # take away what imports nothing that is left, and what nothing that is left imports
    while ends := {one for one in sees if not sees[one] or not any(one in others for others in sees.values())}:
        sees = {name: others - ends for name, others in sees.items() if name not in ends}
    assert not sees, f"in a circle: {sees}"


# Where clarity wins: the arguments of `eis.fit`, and where to compute.
TOO_LARGE = ["sicell/eis/_many.py: fit_many takes 10 arguments"]


def test_modules_classes_and_functions_stay_small():
    found = []
    for path in LIB.rglob("*.py"):
        text, name = path.read_text(encoding="utf-8"), path.relative_to(LIB).as_posix()
        if text.count("\n") > 350:
            found.append(f"{name}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and node.end_lineno - node.lineno >= 300:
                found.append(f"{name}: class {node.name} has {node.end_lineno - node.lineno + 1} lines")
            if isinstance(node, ast.FunctionDef):
                arguments = {one.arg for one in node.args.posonlyargs + node.args.args + node.args.kwonlyargs}
                if len(arguments - {"self", "cls"}) > 9:
                    found.append(f"{name}: {node.name} takes {len(arguments)} arguments")
    assert found == TOO_LARGE


def test_a_class_has_a_name_of_its_own():
    names = [
        node.name
        for path in LIB.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    assert {name for name in names if names.count(name) > 1} == set()


def test_every_public_name_has_a_user():
    """A chapter, the README or another room names it, or it is what a public function returns."""
    texts = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "index.md", *(ROOT / "chapters").glob("*.ipynb")]
    read = "\n".join(path.read_text(encoding="utf-8") for path in texts)
    # what the proof of honesty needs stands in its test
    for name in ("test_evidence.py", "fresh_process.py"):
        read += (ROOT / "tests" / "companion" / name).read_text(encoding="utf-8")
    for house in ("sicell", "companion"):
        for place in sorted((LIB / house).iterdir()):
            inside = place.rglob("*.py") if place.is_dir() else [place]
            own = {path: path.read_text(encoding="utf-8") for path in inside if path.suffix == ".py"}
            public = own.get(place / "__init__.py" if place.is_dir() else place, "")
            names = re.search(r"^__all__ = \[(.*?)\]", public, re.S | re.M)
            if place.name.startswith("_") or not names:
                continue
            others = "\n".join(
                path.read_text(encoding="utf-8")
                for path in LIB.rglob("*.py")
                if path not in own and path.name != "__init__.py"
            )
            returned = " ".join(re.findall(r"-> ([^\n]*):\n", "\n".join(own.values())))
            for name in re.findall(r'"(\w+)"', names[1]):
                assert re.search(rf"\b{name}\b", read + others + returned), f"{place.name}: nobody uses {name}"


# The proof of honesty needs these, and its tests call them.
FOR_PROOFS = {"accepts", "equivalents", "override", "unrecorded"}
# Whoever decorates a function so has named it to a registry.
REGISTRIES = ("computes", "finding", "element", "admittance_of")


def test_every_function_and_every_field_has_a_user():
    """Code of the library, a chapter, a page, a tool or a benchmark names it; that a test does is not enough."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in LIB.rglob("*.py")}
    kinds = ("chapters/*.ipynb", "chapters/*.md", "*.md", "tools/*.py", "_ext/*.py", "benchmarks/*.py")
    texts = [path.read_text(encoding="utf-8") for kind in kinds for path in ROOT.glob(kind)]
    used = set(FOR_PROOFS).union(*(re.findall(r"\w+", text) for text in texts))
    for node in [node for tree in trees.values() for node in ast.walk(tree)]:
        used |= {getattr(node, "id", None), getattr(node, "attr", None)}
        # a field may be asked for by a text that names it
        used |= {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()
    unused = []
    for path, tree in trees.items():
        for node in ast.walk(tree):
            fields = (
                [one.target.id for one in node.body if isinstance(one, ast.AnnAssign)]
                if isinstance(node, ast.ClassDef)
                else []
            )
            names = [node.name, *fields] if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else []
            if names and any(ast.unparse(one).split("(")[0] in REGISTRIES for one in node.decorator_list):
                continue
            names = [one for one in names if one not in used and not re.fullmatch(r"__\w+__|_repr_\w+_", one)]
            unused += [f"{path.relative_to(LIB)}: {one}" for one in names]
    assert unused == []


def test_the_models_work_without_the_paper_and_the_method(tmp_path):
    for name in ("lib", "data"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("lib/companion", "lib/poetke2021", "data/paper"):
        shutil.rmtree(tmp_path / name)
    use = f"""
import sys
sys.path.insert(0, {str(tmp_path / "lib")!r})
sys.meta_path.insert(0, type("No", (), {{"find_spec": lambda name, *_: exec("raise ImportError(name)")
    if name.split(".")[0] in ("companion", "poetke2021") else None}}))
import numpy as np, sicell
assert sicell.__file__.startswith({str(tmp_path)!r})
for name in sicell.__all__:
    getattr(sicell, name)
cell = sicell.FullCell(sicell.ncm90(), sicell.si_c(), [1.3, 2.0])
assert cell.first_cycle(4.25, 1.5, loss=sicell.balancing.Loss.fixed(0.15)).discharge_capacity.shape == (2,)
for electrode in (sicell.graphite(), sicell.silicon(), sicell.lithium(), sicell.li_in()):
    assert electrode.name
frequency = np.geomspace(1e5, 1e-1, 40)
impedance = sicell.circuit.parse("R0-p(R1,CPE1)").impedance(frequency, [5, 20, 1e-4, 0.85])
assert abs(sicell.eis.fit(frequency, impedance, "R0-p(R1,CPE1)").parameters["value"]["R1"] - 20) < 0.1
from pathlib import Path
file = Path({str(tmp_path)!r}, "mine.csv")
file.write_text("freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm\\n100,10,1\\n10,12,3\\n1,15,2\\n")
assert sicell.readers.read(file).spectrum.frequency.size == 3
assert sicell.materials.density("Si") > 2
"""
    done = subprocess.run([sys.executable, "-c", use], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
