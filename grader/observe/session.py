"""What one run of the grader shares over every lab and every submission it observes."""

import threading
from dataclasses import dataclass, field

from grader.build.base_images import Bases
from grader.build.image_builder import BuildCache
from grader.engine.protocol import Engine
from grader.observe.lab_so_far import Watcher
from grader.observe.stdlib_files import LibraryFiles


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the grader against one engine; used from many threads at once.

    `run_id` labels everything that is made on the engine, so that it can be removed together.
    `faithful` gives every `docker stop` its real ten seconds, also where less time shows the same.
    `cancelled` is set when the run is interrupted: nothing new begins after that. An engine that
    does not answer is waited for, for at most `patience` seconds. `builds` remembers what was
    built, so that equal build contexts of two submissions are built once. `watcher` is told how
    it goes. `libraries` are what the bases' own libraries hold.
    """

    engine: Engine
    bases: Bases
    run_id: str
    faithful: bool = False
    cancelled: threading.Event = field(default_factory=threading.Event)
    patience: float = 60.0
    builds: BuildCache = field(default_factory=BuildCache)
    watcher: Watcher = field(default_factory=Watcher)
    libraries: LibraryFiles = field(default_factory=LibraryFiles)
