"""Puts labs and templates into what is built: what students may see of them, and nothing else."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

from grader.spec.public import SPEC_FILE, public_spec, student_files


class Assets(BuildHookInterface):
    """Lays `assignments` and `templates` beside the package, hidden checks left out.

    In a source distribution they lie where a checkout has them, so that a wheel of it is the same.
    Names are taken from the specs: a file that lies about in a lab's folder is not packed.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files to what is built; an editable install uses the checkout's own."""
        if version == "editable":
            return
        root = Path(self.root)
        place = "grader/assets/" if self.target_name == "wheel" else ""
        self._staged = Path(tempfile.mkdtemp(prefix="grader-build-"))
        chosen: dict[str, str] = {}
        for spec in sorted((root / "assignments").glob(f"*/{SPEC_FILE}")):
            text = spec.read_text(encoding="utf-8")
            staged = self._staged / spec.parent.name / SPEC_FILE
            staged.parent.mkdir()
            staged.write_text(public_spec(text), encoding="utf-8")
            for name in student_files(text):
                source = staged if name == SPEC_FILE else spec.parent / name
                if source.is_file():
                    chosen[str(source)] = f"{place}assignments/{spec.parent.name}/{name}"
        for path in sorted((root / "templates").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                chosen[str(path)] = f"{place}{path.relative_to(root).as_posix()}"
        build_data["force_include"].update(chosen)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was staged for the build."""
        del build_data, artifact_path
        if version != "editable":
            shutil.rmtree(self._staged)
