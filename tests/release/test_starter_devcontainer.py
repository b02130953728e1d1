"""The development container: keys that its published schema knows, with Docker inside."""

import json
import re

from grader.release.starter import StarterFile

# Of the schema's keys those that we may use, each with the type it asks for: it allows no others.
KNOWN = {
    "name": str,
    "image": str,
    "features": dict,
    "postCreateCommand": str,
    "remoteEnv": dict,
    "containerEnv": dict,
    "hostRequirements": dict,
    "forwardPorts": list,
    "customizations": dict,
}


def test_it_is_what_editors_and_codespaces_read(released: dict[str, StarterFile]) -> None:
    """An image by its tag, an engine of its own inside, and `./check` set up when it is made."""
    settings = json.loads(released[".devcontainer/devcontainer.json"].content)

    assert {key: type(value) for key, value in settings.items()}.items() <= KNOWN.items()
    assert re.fullmatch(r"[a-z0-9.-]+(/[a-z0-9._-]+)+:[A-Za-z0-9._-]+", settings["image"])
    (feature,) = settings["features"]
    assert re.fullmatch(r"[a-z0-9.-]+(/[a-z0-9._-]+)+:\d+", feature)
    assert feature.split("/")[-1].startswith("docker-in-docker:")
    command = settings["postCreateCommand"].split()[0]
    assert released[command.removeprefix("./")].executable
