"""Attributes that share a description: ``a, b : float`` becomes an entry for each.

Napoleon does so for parameters, but hands "a, b" on as one attribute, which Sphinx reads as "b, of type a,".
"""

import re

FIELD = re.compile(r":(ivar|vartype) ([^:]*,[^:]*):(.*)")


def separate(lines):
    """Return the lines of a docstring with one field for each name."""
    done, block = [], []

    def flush():
        if block:
            kind, names, rest = FIELD.match(block[0]).groups()
            for name in names.split(","):
                done.extend([f":{kind} {name.strip()}:{rest}", *block[1:]])
            block.clear()

    for line in lines:
        if block and (line.startswith(" ") or not line.strip()):
            block.append(line)
            continue
        flush()
        (block if FIELD.match(line) else done).append(line)
    flush()
    return done


def process(app, what, name, obj, options, lines):
    """Change a docstring in place, as autodoc wants it."""
    lines[:] = separate(lines)


def setup(app):
    """Register with Sphinx, after napoleon."""
    app.connect("autodoc-process-docstring", process, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
