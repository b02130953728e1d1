"""The few programs of our own on a machine: a container has no init, and no time to sleep."""

from __future__ import annotations

import os
import shutil

from image_files import HOME, put

# There is no init in a container; nothing in the labs needs more of systemd than these answers.
SYSTEMCTL = """#!/bin/sh
verb= unit=
for word in "$@"; do
  case "$word" in
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; else unit=$word; fi ;;
  esac
done
case "$unit" in
  docker*|containerd*)
    if [ ! -S /run/docker.sock ]; then
      case "$verb" in
        is-active) echo inactive; exit 3 ;;
        status) echo "Unit $unit could not be found." >&2; exit 4 ;;
        *) echo "Unit $unit could not be found." >&2; exit 5 ;;
      esac
    fi ;;
esac
case "$verb" in
  is-active) echo active ;;
  is-enabled) echo enabled ;;
  status) echo "   Active: active (running)" ;;
esac
exit 0
"""
REBOOT = "#!/bin/sh\n[ \"$(id -u)\" = 0 ] || { echo 'Must be root.' >&2; exit 1; }\nexit 0\n"
# A twentieth of the time: a script's runs are short.
SLEEP = """#!/bin/sh
for word in "$@"; do
  case "$word" in
    *[!0-9.smhd]*|"") exec /usr/lib/machine/sleep "$@" ;;
  esac
done
[ $# -gt 0 ] || exec /usr/lib/machine/sleep
exec /usr/lib/machine/sleep "$(printf '%s\\n' "$@" | awk '
  { unit = $0; gsub(/[0-9.]/, "", unit); scale = 1
    if (unit == "m") scale = 60; if (unit == "h") scale = 3600; if (unit == "d") scale = 86400
    sum += $0 * scale }
  END { printf "%.3f", sum / 20 }')"
"""


def replace_programs() -> None:
    """Put the few programs of our own where a container lacks them or has no time for them."""
    shutil.move(os.path.realpath(str(shutil.which("docker"))), HOME + "/docker")
    shutil.move(str(shutil.which("sleep")), HOME + "/sleep")
    put("/usr/bin/sleep", SLEEP, 0o755)
    for name in ("/usr/bin/systemctl", "/usr/sbin/service"):
        if os.path.lexists(name) and name.endswith("systemctl"):
            os.unlink(name)
    put("/usr/bin/systemctl", SYSTEMCTL, 0o755)
    for name in ("reboot", "shutdown", "poweroff"):
        put("/usr/sbin/" + name, REBOOT, 0o755)
