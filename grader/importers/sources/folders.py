"""A folder of folders, or of archives: each is one submission and its name is the student."""

from functools import partial

from grader.core.import_record import Person
from grader.importers.archives import archive_stem
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest, SourceSystem
from grader.importers.safe_names import Refused, folder_name
from grader.importers.source_tree import Tree


def _claims(tree: Tree, asked: ImportRequest) -> bool:
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
        paths = [member.path.split("/") for member in tree.below(name).members]
    except Refused:
        return set()
    return {parts[1] for parts in paths if len(parts) > 2}  # noqa: PLR2004 - name/lab/file


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    del asked
    packed = {name: stem for name in tree.files if (stem := archive_stem(name))}
    found = [_one(tree, name, name) for name in tree.folders]
    found += [_one(tree, name, stem) for name, stem in packed.items()]
    return Findings(tuple(found), tuple(name for name in tree.files if name not in packed))


def _one(tree: Tree, name: str, called: str) -> FoundSubmission:
    chosen = folder_name(called)
    # "Doe, Alice" is no id, but may be a name that a roster knows.
    return FoundSubmission(
        name,
        Person(id=chosen, name="" if chosen == called else called),
        partial(tree.inside, name),
    )


SYSTEM = SourceSystem("a folder of folders", _claims, _find)
