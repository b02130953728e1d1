"""Imports a download as a zip, for the tests of the systems it may come from."""

from collections.abc import Mapping
from pathlib import Path

from grader.core.import_record import RECORD, Imported, ImportRecord
from grader.importers.import_class import Options, Report, import_source
from grader.importers.import_request import ImportRequest
from grader.importers.roster import Roster
from tests.importers.packing import LABS, zipped


def import_zip(
    tmp_path: Path, files: Mapping[str, bytes], *, latest: bool = False
) -> tuple[Report, dict[str, bytes], dict[str, Imported]]:
    """Import a zip with these files: the report, what came out, and the record by id."""
    source = tmp_path / "download.zip"
    source.write_bytes(zipped(files))
    asked = ImportRequest(LABS, Roster(()), "", frozenset({"Dockerfile-exec"}))
    report = import_source(source, tmp_path / "out", asked, Options(latest=latest))
    out = {
        path.relative_to(tmp_path / "out").as_posix(): path.read_bytes()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file() and path.name != RECORD
    }
    record = ImportRecord.model_validate_json((tmp_path / "out" / RECORD).read_bytes())
    return report, out, {entry.person.id: entry for entry in record.submissions}
