"""The evidence from a shell: ``python -m companion export``, ``verify`` or ``why ID``."""

import argparse
import importlib
import json
import sys
from pathlib import Path

from companion import evidence, ledger


def _changelog(path: Path) -> str:
    if not path.is_file():
        raise FileNotFoundError(f"no changelog {str(path)!r}; run this in the checkout, or name it by --changelog")
    return path.read_text(encoding="utf-8")


def _export(arguments: argparse.Namespace) -> int:
    text = json.dumps(evidence.document(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    if arguments.file is None:
        sys.stdout.write(text)
    else:
        arguments.file.write_text(text, encoding="utf-8")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    if arguments.file is None:
        rule = "the frozen first edition and the changes that the changelog records"
        found = evidence.verify(_changelog(arguments.changelog))
    else:
        rule = str(arguments.file)
        try:
            kept = json.loads(arguments.file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{str(arguments.file)!r} is no JSON: {error}") from None
        found = evidence.differences(kept, evidence.document())
    print("\n".join([*found, f"{len(ledger.ids())} claims computed again, {len(found)} differences from {rule}"]))
    return 1 if found else 0


def _why(arguments: argparse.Namespace) -> int:
    changelog = arguments.changelog.read_text(encoding="utf-8") if arguments.changelog.is_file() else ""
    print(evidence.why(arguments.id, changelog))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; return 0, 1 for a difference, or 2 for what cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m companion", description=__doc__)
    parser.add_argument("--paper", metavar="PACKAGE", help="the paper's package; default: the one that is installed")
    commands = parser.add_subparsers(required=True)
    export = commands.add_parser("export", help="write every claim with what computes it as JSON")
    verify = commands.add_parser("verify", help="compute every claim again and name each difference")
    why = commands.add_parser("why", help="say where a claim comes from and what became of it")
    export.add_argument("file", nargs="?", type=Path, help="where to; without it, to the standard output")
    verify.add_argument("file", nargs="?", type=Path, help="an export; without it, the frozen first edition")
    why.add_argument("id", help="as in claims.csv")
    for command in (verify, why):
        command.add_argument("--changelog", type=Path, default=Path("CHANGELOG.md"), help="default: %(default)s")
    for command, action in ((export, _export), (verify, _verify), (why, _why)):
        command.set_defaults(action=action)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.paper:
            importlib.import_module(chosen.paper)
        return chosen.action(chosen)
    except (ValueError, OSError, LookupError, ImportError) as error:
        print(f"companion: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
