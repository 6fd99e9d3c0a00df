"""Number the exercises of each chapter from one, as its handouts do."""


def number_by_page(app, env):
    """Give each exercise its place on its own page in the place of that in the book."""
    for numbers in env.toc_fignumbers.values():
        own = numbers.get("exercise", {})
        numbers["exercise"] = {name: (at,) for at, name in enumerate(sorted(own, key=own.get), start=1)}
    return []


def setup(app):
    """Register with Sphinx, after it has numbered the book."""
    app.connect("env-get-updated", number_by_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
