"""What pytest needs to know for the whole checkout."""

from pathlib import Path

from hypothesis import settings

import kernel_ports

# The same examples on every run, and no clock: a busy machine is no reason to fail.
settings.register_profile("sicell", deadline=None, derandomize=True)
settings.load_profile("sicell")

# The processes of a parallel run start kernels at once.
kernel_ports.own()

# Files that take longest, from the longest on: whoever begins with them is not left alone with one at the end.
LONGEST = (
    "test_evidence",
    "test_book",
    "test_set_up",
    "test_build",
    "test_np_explorer",
    "test_text_runs",
    "test_own_cell",
    "test_notebooks",
    "test_teaching",
    "test_own_data",
    "test_evidence_record",
    "test_pages",
    "test_lab",
    "test_your_paper",
)

TESTS = Path(__file__).parent / "tests"
REBUILT = ("text/html", "text/latex", "image/svg+xml")


def pytest_itemcollected(item):
    """Let nbval compare text only: pictures and HTML are not stored, the build makes them again."""
    notebook = item.parent
    if hasattr(notebook, "skip_compare") and REBUILT[0] not in notebook.skip_compare:
        notebook.skip_compare += REBUILT


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest; trace the library's tests only: tracing doubles the others' time."""
    place = {name: number for number, name in enumerate(LONGEST)}
    for item in items:
        if item.path.parent == TESTS:
            item.add_marker("no_cover")
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))
