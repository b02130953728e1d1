"""What a solution really is: each promise of a lab's text, looked at with plain docker commands.

Written from the texts of the labs and without the grader's probes and judges, so that both can be
wrong only in different ways. Labs 02 and 03 have no promises here: what is known of their mutants
stands in `equivalents.yaml`.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench.rates import promises_containers, promises_services
from bench.rates.mutants import Mutant
from bench.rates.plain_docker import Hands, hands
from grader.batch.solutions import assemble
from tests.conftest import ROOT

_LABS: Mapping[str, Callable[[Hands, Path], Iterator[str]]] = {
    "01": promises_services.shop,
    "04": promises_containers.forms,
    "05": promises_containers.volumes,
    "06": promises_services.networks,
    "07": promises_services.errands,
}


def broken(mutant: Mutant, overlay: Path) -> list[str] | None:
    """Return the promises that a mutant breaks, None for a lab that has none here."""
    promises = _LABS.get(mutant.lab[:2])
    if promises is None:
        return None
    with tempfile.TemporaryDirectory() as temporary, hands() as docker:
        folder = assemble(Path(temporary) / "work", mutant.lab, overlay) / mutant.lab
        for given in (ROOT / "assignments" / mutant.lab).iterdir():
            if given.suffix in {".py", ".gz"} and not (folder / given.name).exists():
                (folder / given.name).write_bytes(given.read_bytes())
        return list(promises(docker, folder))
