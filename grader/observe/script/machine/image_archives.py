"""Makes the keys and the certificate of a machine's archives, and writes down what they hold."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import openpgp
from image_files import ARCHIVE, HOME, WORK, mkdirs, put, run

if TYPE_CHECKING:
    from image_packages import PackageMaker

NEVER = "never"
DOMAINS = ("docker.com", "ubuntu.com", "debian.org")


def authority() -> None:
    """Make the authority that every machine with ca-certificates trusts, and its one server."""
    key, cert = HOME + "/authority.key", HOME + "/authority.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "7300", "-subj",
        "/CN=Machine authority", "-keyout", key, "-out", cert)  # fmt: skip
    request = HOME + "/server.csr"
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=download.docker.com",
        "-keyout", HOME + "/server.key", "-out", request)  # fmt: skip
    hosts = ["*." + domain for domain in DOMAINS] + ["*.archive." + DOMAINS[1]]
    put(HOME + "/names", "subjectAltName=" + ",".join("DNS:" + host for host in hosts) + "\n")
    run("openssl", "x509", "-req", "-in", request, "-CA", cert, "-CAkey", key, "-CAcreateserial",
        "-days", "7300", "-extfile", HOME + "/names", "-out", HOME + "/server.pem")  # fmt: skip
    for name in ("authority.key", "server.csr", "names", "authority.srl"):
        if os.path.exists("{}/{}".format(HOME, name)):
            os.unlink("{}/{}".format(HOME, name))


def signing_key(kind: str, owner: str, first: bytes = b"") -> None:
    """Make a key, and write its public half as text and as bytes, behind that of a `first` one."""
    gpg = ("gpg", "--batch", "--yes", "--homedir", mkdirs("{}/gnupg-{}".format(WORK, kind)))
    os.chmod(gpg[-1], 0o700)
    if first:
        with open(WORK + "/first.gpg", "wb") as file:
            file.write(first)
        run(*gpg, "--import", WORK + "/first.gpg")
    run(*gpg, "--passphrase", "", "--quick-gen-key", owner, "rsa2048", "sign", NEVER)
    run(*gpg, "--output", "{}/{}.gpg".format(HOME, kind), "--export")
    run(*gpg, "--armor", "--output", "{}/{}.asc".format(HOME, kind), "--export")


def describe(kind: str, packages: PackageMaker) -> None:
    """Write down what an archive holds, and the numbers its lists are signed with."""
    home = "{}/gnupg-{}".format(WORK, kind)
    command = ("gpg", "--batch", "--homedir", home, "--pinentry-mode", "loopback",
               "--passphrase", "", "--export-secret-keys")  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - as in image_files
    about = {"key": openpgp.secret(done.stdout), "packages": packages.told[kind]}
    put("{}/{}.json".format(ARCHIVE, kind), json.dumps(about))
