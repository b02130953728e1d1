"""All causes, the most basic first: what keeps a file from being read comes before what it says."""

from collections.abc import Mapping

from grader.judge.causes import (
    apt_repository,
    arguments,
    building,
    docker_group,
    image_contents,
    scripts_running,
    services,
    starting,
    stop_signals,
    volumes,
)
from grader.judge.causes.cause import Cause

# By the topic under which docs/causes.md lists them.
GROUPS: Mapping[str, tuple[Cause, ...]] = {
    "Files and builds": building.CAUSES,
    "Scripts": scripts_running.CAUSES,
    "The group docker": docker_group.CAUSES,
    "apt and packages": apt_repository.CAUSES,
    "Starting a program": starting.CAUSES,
    "Forms and arguments": arguments.CAUSES,
    "PID 1 and signals": stop_signals.CAUSES,
    "What an image holds": image_contents.CAUSES,
    "Volumes and scripts in containers": volumes.CAUSES,
    "Networks and services": services.CAUSES,
}
CAUSES = tuple(cause for rows in GROUPS.values() for cause in rows)
