"""What pytest needs to know for the whole checkout."""

from hypothesis import settings

import kernel_ports

# The same examples on every run, and no clock: a busy machine is no reason to fail.
settings.register_profile("sicell", deadline=None, derandomize=True)
settings.load_profile("sicell")

# The processes of a parallel run start kernels at once.
kernel_ports.own()

REBUILT = ("text/html", "text/latex", "image/svg+xml")


def pytest_itemcollected(item):
    """Let nbval compare text only: pictures and HTML are not stored, the build makes them again."""
    notebook = item.parent
    if hasattr(notebook, "skip_compare") and REBUILT[0] not in notebook.skip_compare:
        notebook.skip_compare += REBUILT
