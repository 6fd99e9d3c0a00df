"""What pytest needs to know for the whole checkout."""

REBUILT = ("text/html", "text/latex", "image/svg+xml")


def pytest_itemcollected(item):
    """Let nbval compare text only: pictures and HTML are not stored, the build makes them again."""
    notebook = item.parent
    if hasattr(notebook, "skip_compare") and REBUILT[0] not in notebook.skip_compare:
        notebook.skip_compare += REBUILT
