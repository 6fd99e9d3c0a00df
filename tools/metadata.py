"""What archives and search engines are told, written from the files that say it: CITATION.cff, pyproject.toml, data.

Run, it writes ``codemeta.json`` and ``.zenodo.json`` (a test holds that they are what would be written now); with
``crate`` it also lays a Research Object Crate into ``_build/crate``: data, chapters, lock and computed evidence.
"""

import json
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
CRATE = ROOT / "_build" / "crate"
LICENCES = "https://spdx.org/licenses/"
# What stands at the top of a crate beside data and chapters, and what it is.
TOP = {
    "README.md": "text/markdown",
    "CITATION.cff": "application/yaml",
    "LICENSE": "text/plain",
    "LICENSE-TEXT": "text/plain",
    "pyproject.toml": "application/toml",
    "requirements.lock": "text/plain",
    "codemeta.json": "application/ld+json",
}


def facts():
    """Return CITATION.cff, the project's table of pyproject.toml and the descriptor of the data package."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    data = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    return citation, project, data


def licences(project):
    """Return the addresses of the licences that the project names."""
    return [LICENCES + name for name in project["license"].split(" AND ")]


def article(citation):
    """Return the paper as schema.org has it."""
    paper = citation["preferred-citation"]
    people = [
        {"@type": "Person", "givenName": one["given-names"], "familyName": one["family-names"]}
        for one in paper["authors"]
    ]
    return {
        "@type": "ScholarlyArticle",
        "name": paper["title"],
        "author": people,
        "datePublished": str(paper["year"]),
        "isPartOf": {"@type": "Periodical", "name": paper["journal"]},
        **({"identifier": f"https://doi.org/{paper['doi']}"} if "doi" in paper else {}),
    }


def software(citation, project):
    """Return what is said of the whole in every vocabulary alike."""
    return {
        "name": citation["title"],
        "description": project["description"],
        "version": citation["version"],
        "datePublished": citation["date-released"],
        "keywords": project["keywords"],
        "author": [{"@type": "Organization", "name": one["name"]} for one in citation["authors"]],
        "license": licences(project),
    }


def codemeta():
    """Return the content of ``codemeta.json``."""
    citation, project, _ = facts()
    return {
        "@context": "https://w3id.org/codemeta/3.0",
        "@type": "SoftwareSourceCode",
        **software(citation, project),
        "programmingLanguage": "Python",
        "runtimePlatform": f"Python {project['requires-python']}",
        "softwareRequirements": project["dependencies"],
        "developmentStatus": "active",
        "referencePublication": article(citation),
        **({"codeRepository": citation["repository-code"]} if "repository-code" in citation else {}),
    }


def zenodo():
    """Return the content of ``.zenodo.json``."""
    citation, project, _ = facts()
    paper = citation["preferred-citation"]
    names = ", ".join(f"{one['given-names']} {one['family-names']}" for one in paper["authors"])
    return {
        "upload_type": "software",
        "title": citation["title"],
        "description": f"{project['description']}. Code: MIT; text and data: CC BY 4.0.",
        "version": citation["version"],
        "publication_date": citation["date-released"],
        "creators": [{"name": one["name"]} for one in citation["authors"]],
        "access_right": "open",
        "license": citation["license"],
        "keywords": project["keywords"],
        "language": "eng",
        "references": [f"{names}: {paper['title']}. {paper['journal']}, {paper['year']}"],
    }


def page_data():
    """Return the JSON-LD of the book's first page."""
    citation, project, _ = facts()
    whole = software(citation, project)
    return {
        "@context": "https://schema.org",
        "@type": "Book",
        "inLanguage": "en",
        **whole,
        "isBasedOn": article(citation),
    }


def text_of(content):
    """Return JSON as it is written."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def table_entities(resource):
    """Return the entities of one table: the file, and each of its columns."""
    path = f"data/{resource['path']}"
    columns = [
        {
            "@id": f"#{resource['name']}.{field['name']}",
            "@type": "PropertyValue",
            "name": field["name"],
            "description": field.get("description", ""),
        }
        for field in resource["schema"]["fields"]
    ]
    licence = [LICENCES + one["name"] for one in resource.get("licenses", [])] or [f"{LICENCES}CC-BY-4.0"]
    file = {
        "@id": path,
        "@type": "File",
        "name": resource["title"],
        "description": resource["description"],
        "encodingFormat": "text/csv",
        "license": [{"@id": one} for one in licence],
        "variableMeasured": [{"@id": one["@id"]} for one in columns],
    }
    return [file, *columns]


def graph():
    """Return the entities of the crate and the files that it holds."""
    citation, project, data = facts()
    entities, named = [], {LICENCES + "MIT", LICENCES + "CC-BY-4.0", *licences(project)}
    for resource in data["resources"]:
        entities += table_entities(resource)
        named |= {one["@id"] for one in entities[-len(resource["schema"]["fields"]) - 1]["license"]}
    described = {one["@id"] for one in entities}
    aside = {"__pycache__", "yours"}
    rest = [path for path in sorted((ROOT / "data").rglob("*")) if path.is_file() and not aside & set(path.parts)]
    for path in rest:
        name = path.relative_to(ROOT).as_posix()
        if name not in described:
            entities.append(
                {"@id": name, "@type": "File", "name": path.name, "license": {"@id": f"{LICENCES}CC-BY-4.0"}}
            )
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        chapter = {"@id": f"chapters/{path.name}", "@type": ["File", "SoftwareSourceCode"], "name": path.stem}
        chapter |= {"encodingFormat": "application/x-ipynb+json", "programmingLanguage": {"@id": "#python"}}
        entities.append(chapter)
    for name, kind in TOP.items():
        entities.append({"@id": name, "@type": "File", "name": name, "encodingFormat": kind})
    evidence = {"@id": "evidence.json", "@type": "File", "name": "Evidence", "encodingFormat": "application/json"}
    entities.append(evidence | {"description": "Every claim of the paper, its role and what a model computes for it"})
    files = [one["@id"] for one in entities if "File" in one["@type"]]
    whole = software(citation, project)
    whole["author"] = [{"@id": "#maintainers"}]
    whole["license"] = [{"@id": one} for one in licences(project)]
    root = {"@id": "./", "@type": "Dataset", **whole, "isBasedOn": {"@id": "#paper"}}
    root["hasPart"] = [{"@id": one} for one in files]
    paper = article(citation) | {"@id": "#paper"}
    people = paper.pop("author")
    for number, one in enumerate(people):
        one["@id"] = f"#author-{number + 1}"
    paper["author"] = [{"@id": one["@id"]} for one in people]
    journal = paper["isPartOf"] | {"@id": "#journal"}
    paper["isPartOf"] = {"@id": "#journal"}
    descriptor = {
        "@id": "ro-crate-metadata.json",
        "@type": "CreativeWork",
        "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
        "about": {"@id": "./"},
    }
    around = [
        {"@id": "#maintainers", "@type": "Organization", "name": citation["authors"][0]["name"]},
        {"@id": "#python", "@type": "ComputerLanguage", "name": "Python", "version": project["requires-python"]},
        *({"@id": one, "@type": "CreativeWork", "name": one.removeprefix(LICENCES)} for one in sorted(named)),
    ]
    return [descriptor, root, paper, journal, *people, *around, *entities], files


def write():
    """Write the two files that stand in the repository."""
    (ROOT / "codemeta.json").write_text(text_of(codemeta()), encoding="utf-8")
    (ROOT / ".zenodo.json").write_text(text_of(zenodo()), encoding="utf-8")
    print("make: wrote codemeta.json and .zenodo.json")


def crate():
    """Lay the crate and say how large it is and how long it took."""
    start = time.monotonic()
    shutil.rmtree(CRATE, ignore_errors=True)
    entities, files = graph()
    for name in files:
        target = CRATE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name == "evidence.json":
            subprocess.run([sys.executable, "-m", "companion", "export", target], cwd=ROOT, check=True)
        else:
            shutil.copy(ROOT / name, target)
    content = {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": entities}
    (CRATE / "ro-crate-metadata.json").write_text(text_of(content), encoding="utf-8")
    size = sum(path.stat().st_size for path in CRATE.rglob("*") if path.is_file()) / 1e6
    taken = time.monotonic() - start
    print(f"make: _build/crate: {len(files)} files, {len(entities)} entities, {size:.1f} MB, {taken:.0f} s")


if __name__ == "__main__":
    write()
    if "crate" in sys.argv:
        crate()
