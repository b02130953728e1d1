"""A folder of folders, or of archives: each is one submission and its name is the student."""

from functools import partial

from grader.core.import_record import Person
from grader.importers.archives import archive_stem
from grader.importers.import_request import Asked, Findings, Found, Kind
from grader.importers.safe_names import Refused, folder_name
from grader.importers.source_tree import Tree


def _claims(tree: Tree, asked: Asked) -> bool:
    """Claim folders that hold lab folders themselves."""
    labs = set(asked.labs)
    return bool(tree.folders) and any(labs & _second(tree, name) for name in tree.folders)


def _second(tree: Tree, name: str) -> set[str]:
    """Return the names one level below a folder."""
    if tree.path is not None:
        try:
            return {path.name for path in (tree.path / name).iterdir() if path.is_dir()}
        except OSError:
            return set()
    try:
        paths = [leaf.path.split("/") for leaf in tree.below(name).leaves]
    except Refused:
        return set()
    return {parts[1] for parts in paths if len(parts) > 2}  # noqa: PLR2004 - name/lab/file


def _find(tree: Tree, asked: Asked) -> Findings:
    del asked
    packed = {name: stem for name in tree.files if (stem := archive_stem(name))}
    found = [_one(tree, name, name) for name in tree.folders]
    found += [_one(tree, name, stem) for name, stem in packed.items()]
    return Findings(tuple(found), tuple(name for name in tree.files if name not in packed))


def _one(tree: Tree, name: str, called: str) -> Found:
    chosen = folder_name(called)
    # "Doe, Alice" is no id, but may be a name that a roster knows.
    return Found(
        name,
        Person(id=chosen, name="" if chosen == called else called),
        partial(tree.inside, name),
    )


KIND = Kind("a folder of folders", _claims, _find)
