"""What is kept of what a container printed."""

import pytest

from grader.engine.protocol import ContainerSpec
from grader.observe.log import read_log
from grader.observe.session import Session

# A line among a hundred kilobytes of errors before and behind it, and a very long line.
SCRIPT = """
import sys
errors = "\\n".join(f"warning {number:070}" for number in range(600))
print(errors, file=sys.stderr, flush=True)
print("the answer", flush=True)
print(",".join(map(str, range(9000))), flush=True)
print(errors, file=sys.stderr, flush=True)
"""


@pytest.mark.docker
def test_a_flood_on_one_stream_hides_nothing_of_the_other(session: Session) -> None:
    """Each stream keeps its own first and last lines, and a long line stays whole."""
    base = session.bases.get("python:3.7")
    engine = session.engine
    spec = ContainerSpec(image=base.id, args=("python3", "-c", SCRIPT), run_id=session.run_id)
    container = engine.create(spec)
    try:
        engine.start(container)
        assert engine.wait(container, 60)
        log = read_log(engine, container, engine.inspect(container).started_at)
    finally:
        engine.remove(container)

    assert [line.text for line in log if line.stream == "stdout"] == [
        "the answer",
        ",".join(map(str, range(9000))),
    ]
    assert len([line for line in log if line.stream == "stderr"]) == 200
