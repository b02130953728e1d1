"""Causes around apt: the key, the entry of a repository, and what is installed from it."""

import re

from grader.judge.causes.cause import Case, Cause, Finding
from grader.judge.causes.script_looks import any_of, found_by, output, said, where

_APT_KEYS = "https://docs.docker.com/engine/install/ubuntu/#install-using-the-repository"
_SOURCES = "https://manpages.debian.org/stable/apt/sources.list.5.en.html"
_APT_GET = "https://manpages.debian.org/stable/apt/apt-get.8.en.html"
_KEY = frozenset({"key"})
_FOLDER = frozenset({"folder"})
_REPOSITORY = frozenset({"repository"})
_HELLO = frozenset({"hello"})
# A file whose ending apt does not read; one that it reads may hold nothing.
_IGNORED = r"names download\.docker\.com\. \S+(?<!\.list)(?<!\.sources) holds"
_LIST = "cat /etc/apt/sources.list.d/*"
_KEYS = "ls -l /etc/apt/keyrings && file /etc/apt/keyrings/*"


def _leaves_one_out(case: Case) -> bool:
    """Return whether a package that is not installed is named nowhere in the script."""
    reason = said(case, r"^Not installed", "packages").partition(" The last line")[0]
    names = re.findall(r"\b(?:docker-[a-z-]+|containerd\.io)", reason)
    return not names or any(name not in case.text for name in names)


def _quoted_variables(case: Case) -> Finding | None:
    if case.script is None:
        return None
    texts = [
        text
        for world in case.script.worlds.values()
        for run in world.runs
        for text in world.after(run).sources.values()
    ]
    if not any(re.search(r"download\.docker|\$\w+|\$\(", text) and "$" in text for text in texts):
        return None
    line = case.line(r"(echo|printf|cat)\b.*'[^']*\$[^']*'|<<\s*['\"]")
    if line is None:
        return None
    said = f"{case.quote(*line)}: in single quotes a $ is a $, and stands in the list like that."
    return Finding(said, line[0])


def _empty_name(case: Case) -> Finding | None:
    if case.script is None:
        return None
    why = case.reasons("repository")
    line = case.line(r"VERSION_CODENAME|lsb_release|UBUNTU_CODENAME")
    if line is None or not re.search(r"but the entry says (stable|nothing|\.)", why):
        return None
    return Finding(f"{case.quote(*line)}, and in the list there is nothing in its place.", line[0])


def _stopped_without_folder(case: Case) -> bool:
    failed = r"can't create|cannot create|failed to open|No such file"
    return bool(re.search(rf"({failed})[^\n]*keyrings|keyrings[^\n]*No such file", output(case)))


def _no_folder(case: Case) -> Finding | None:
    if not case.script or case.line(r"\b(mkdir|install)\b.*keyrings"):
        return None
    if not _stopped_without_folder(case):
        return None
    line = case.line(r"keyrings|\bgpg\b|\bcurl\b")
    said = f"{case.file} makes no directory /etc/apt/keyrings, and what it writes there fails."
    return Finding(said, line[0] if line else None)


CAUSES = (
    Cause(
        "apt-asks",
        "apt-get asks whether to go on, and nobody answers",
        found_by(
            r"asked whether to go on",
            written=r"\bapt(-get)?\s+(?!.*(-y|--yes|--assume-yes))[^|]*\binstall\b",
        ),
        "Where more than the named packages would be installed, apt asks. A script has nobody to "
        "answer: apt takes the end of its input for no.",
        "apt-get has an option that answers beforehand.",
        "docker run --rm ubuntu:24.04 sh -c 'apt-get update -q && apt-get install curl' </dev/null",
        (_APT_GET,),
        frozenset({"hello", "packages", "prerequisites", "updated"}),
        "bash FILE </dev/null",
    ),
    Cause(
        "lists-missing-at-first",
        "apt-get install comes before the first apt-get update",
        found_by(
            r"Nothing called apt-get update before", written=r"\bapt(-get)?\s+[^|]*\binstall\b"
        ),
        "A new machine has no lists of packages: apt-get update fetches them, and without them apt "
        "finds nothing to install.",
        "What does apt have to know before it can install anything?",
        "docker run --rm ubuntu:24.04 apt-get install -y curl",
        (_APT_GET,),
        frozenset({"prerequisites"}),
    ),
    Cause(
        "prerequisites-missing",
        "A tool is used that the script has not installed",
        any_of(
            found_by(r"had not installed", written=r"\b(curl|wget)\s+[-\"$h]|\bgpg\s+-"),
            found_by(r"had not installed"),
        ),
        "Your machine may have it; a fresh server often lacks curl, gnupg and even the "
        "certificates "
        "that https needs.",
        "The reason names the packages: install them before they are needed.",
        "docker run --rm ubuntu:24.04 sh -c 'command -v curl gpg || echo not there'",
        (_APT_KEYS,),
        frozenset({"prerequisites"}),
    ),
    Cause(
        "keyring-folder-missing",
        "Nothing makes the directory for the key",
        any_of(
            _no_folder,
            found_by(
                r"There is no directory /etc/apt/keyrings", absent=r"\b(mkdir|install)\b.*keyrings"
            ),
        ),
        "Older releases come without /etc/apt/keyrings. Neither curl nor gpg makes a directory, so "
        "the key cannot be written.",
        "A step is missing that makes the directory, with the right mode, before the key "
        "is fetched.",
        "docker run --rm ubuntu:22.04 ls -ld /etc/apt/keyrings",
        (_APT_KEYS,),
        frozenset({"folder", "key", "repository", "packages", "prerequisites", "updated", "hello"}),
        "ls -ld /etc/apt/keyrings",
    ),
    Cause(
        "redirection-without-root",
        "The shell that opens the file is not root's",
        found_by(
            printed=r"/etc/\S+: Permission denied",
            written=r"\bsudo\b[^|]*>\s*/etc/|^[^|]*[^|]>\s*/etc/",
            tail=": the shell that opens the file is not root's.",
        ),
        "In sudo echo a > FILE, sudo runs echo. The file is opened before that by the shell that "
        "reads the line, and that one is yours.",
        "Let a command that sudo runs open the file.",
        "sudo echo a > /etc/a; sudo sh -c 'echo a > /etc/a' && sudo rm /etc/a",
        ("https://www.gnu.org/software/bash/manual/bash.html#Redirections",),
        frozenset({"repository", "packages", "updated", "hello", "key"}),
        "bash FILE </dev/null",
    ),
    Cause(
        "single-quotes-keep-variables",
        "Single quotes keep the variables from being replaced",
        _quoted_variables,
        "Between single quotes nothing is replaced: the list holds the names of the variables, and "
        "apt cannot read it, or looks for a release of that name.",
        "Which quotes let a shell replace $NAME?",
        "a=1; echo '$a'; echo \"$a\"",
        ("https://www.gnu.org/software/bash/manual/bash.html#Quoting",),
        frozenset({"repository", "packages", "updated", "hello"}),
        _LIST,
    ),
    Cause(
        "keyring-folder-mode",
        "The directory of the key has another mode",
        any_of(
            found_by(r"has mode|owner", written=r"\b(mkdir|install|chmod)\b.*(keyrings|-m)"),
            found_by(r"/keyrings has mode"),
        ),
        "Who may write there can put keys there, and apt, which reads keys as a user of "
        "its own, has "
        "to be able to look into it: 0755, and root's.",
        "Say the mode when you make the directory; the umask has no say then.",
        "install -m 0755 -d d && ls -ld d\n(umask 077; mkdir e) && ls -ld e",
        (_APT_KEYS,),
        _FOLDER,
        "ls -ld /etc/apt/keyrings",
    ),
    Cause(
        "key-text-called-gpg",
        "The key is text under a name that promises a binary one",
        any_of(
            found_by(r"holds the key as text", written=r"\b(curl|wget)\s+[-\"$h]"),
            found_by(r"holds the key as text"),
        ),
        "The server gives the key as text. apt goes by the name: .gpg is binary, .asc is text; the "
        "other way round it finds no key.",
        "Turn the key, or give the file the name that fits.",
        "gpg --dearmor < key.asc > key.gpg && file key.asc key.gpg",
        (_APT_KEYS, _SOURCES),
        _KEY,
        _KEYS,
    ),
    Cause(
        "key-binary-called-asc",
        "The key is binary under a name that promises text",
        any_of(
            found_by(r"holds a binary key", written=r"\.asc"),
            found_by(r"holds a binary key"),
        ),
        "gpg --dearmor makes a binary key. apt goes by the name: .gpg is binary, .asc is text; the "
        "other way round it finds no key.",
        "Leave the key as the server gives it, or give the file the name that fits.",
        "gpg --dearmor < key.asc > key.gpg && file key.asc key.gpg",
        (_APT_KEYS, _SOURCES),
        _KEY,
        _KEYS,
    ),
    Cause(
        "key-is-another-file",
        "What is saved as the key is something else",
        any_of(
            found_by(r"does not hold Docker's key", written=r"\b(curl|wget)\s+[-\"$h]"),
            found_by(r"does not hold Docker's key"),
        ),
        "A server answers every address with something. What is saved has to be looked at before "
        "apt is told to trust it.",
        "Compare the address with the one in Docker's documentation.",
        "head -n 2 /etc/apt/keyrings/docker.*",
        (_APT_KEYS,),
        _KEY,
        _KEYS,
    ),
    Cause(
        "key-not-readable",
        "Not everybody may read the key",
        any_of(
            found_by(
                r"who may not read it|has mode",
                written=r"\b(gpg|curl|tee)\b.*(\$key|keyrings|-o)",
                absent=r"\bchmod\b.*(a\+r|o\+r|644)",
            ),
            found_by(r"who may not read it"),
        ),
        "New files get the permissions that the umask leaves, and under a strict one only root may "
        "read them. apt reads keys as the user _apt.",
        "Say who may read the file, instead of leaving it to the umask.",
        "(umask 077; touch f) && ls -l f && chmod a+r f && ls -l f",
        (_APT_KEYS,),
        _KEY,
        _KEYS,
    ),
    Cause(
        "list-ignored",
        "The entry stands in a file that apt does not read",
        any_of(
            found_by(_IGNORED, written=r"sources\.list\.d/"),
            found_by(_IGNORED),
        ),
        "In /etc/apt/sources.list.d apt reads files called .list and .sources, and passes over all "
        "others without a word.",
        "Give the file an ending that apt reads.",
        "ls /etc/apt/sources.list.d",
        (_SOURCES,),
        _REPOSITORY,
        "ls /etc/apt/sources.list.d && apt-cache madison docker-ce",
    ),
    Cause(
        "entry-twice",
        "The repository is named more than once",
        any_of(
            found_by(r"There are \d+ entries", written=r"sources\.list\.d/\S*"),
            found_by(r"There are \d+ entries"),
        ),
        "apt warns at each update, and where two entries name two keys it refuses both.",
        "One file, one entry.",
        "grep -r download.docker.com /etc/apt/sources.list.d",
        (_SOURCES,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "codename-empty",
        "Nothing stands where the release's codename belongs",
        _empty_name,
        "A variable that was never set is replaced by nothing, and the words behind it "
        "move up: apt "
        "takes the component for the release.",
        "In which shell is the variable set, and in which one is it used?",
        '(a=1); echo "[$a]"; a=1; echo "[$a]"',
        (_SOURCES,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "repository-of-another-distribution",
        "The repository is that of another distribution",
        any_of(
            found_by(
                r"The entry's address is",
                written=r"download\.docker\.com/linux/(debian|raspbian|fedora|centos|rhel)",
            ),
            found_by(r"The entry's address is"),
        ),
        "Packages are built for one distribution: those of another may be installed and then lack "
        "libraries, or be none at all for this release.",
        "Compare the address with the machine's own distribution.",
        "grep -E 'ID|CODENAME' /etc/os-release",
        (_APT_KEYS,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "version-for-codename",
        "The release's number stands where its codename belongs",
        any_of(
            found_by(r"the entry says \d", written=r"VERSION_ID|lsb_release\s+-\w*r|\d\d\.\d\d"),
            found_by(r"the entry says \d"),
        ),
        "Docker's repository has a directory for each codename, such as jammy, and none "
        "for numbers.",
        "/etc/os-release has the codename as well.",
        "cat /etc/os-release",
        (_APT_KEYS,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "codename-written-down",
        "The release is written into the script",
        any_of(
            found_by(
                r"release is \w+, but the entry says",
                written=r"\b(focal|jammy|noble|bullseye|bookworm|trixie)\b",
            ),
            found_by(r"release is \w+, but the entry says"),
        ),
        "On a machine with another release the entry is then for packages that were built for "
        "something else.",
        "Let the script look the codename up on the machine it runs on.",
        "grep -E 'ID|CODENAME' /etc/os-release",
        (_APT_KEYS,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "component-not-stable",
        "The entry names another component than stable",
        any_of(
            found_by(r"component is|components are", written=r"\b(test|nightly|edge)\b"),
            found_by(r"component is|components are"),
        ),
        "test and nightly hold what was not released yet: a server that updates itself "
        "gets it too.",
        "Which of Docker's components is the released one?",
        "grep -rh download.docker.com /etc/apt/sources.list.d",
        (_SOURCES,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "arch-of-the-kernel",
        "The entry names the architecture as the kernel calls it",
        any_of(
            found_by(
                r"says arch=(x86_64|aarch64|armv)", written=r"\buname\b|\barch\b|x86_64|aarch64"
            ),
            found_by(r"says arch=(x86_64|aarch64|armv)"),
        ),
        "uname says x86_64 where Debian says amd64, and aarch64 where it says arm64. apt knows its "
        "own names only, and finds no packages.",
        "One of dpkg's options prints the architecture by Debian's name.",
        "uname -m; dpkg --print-architecture",
        (_SOURCES,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "arch-missing",
        "The entry names no architecture",
        any_of(
            found_by(r"says no architecture", written=r"\bdeb\s+\[|^\s*(echo|printf).*\bdeb\b"),
            found_by(r"says no architecture"),
        ),
        "Without it apt asks the repository for every architecture that the machine was ever told "
        "of.",
        "The brackets of the entry have room for it.",
        "dpkg --print-architecture; dpkg --print-foreign-architectures",
        (_SOURCES,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "arch-written-down",
        "The architecture is written into the script",
        any_of(
            found_by(r"but the entry says arch=", written=r"\b(amd64|arm64|armhf|i386)\b"),
            found_by(r"but the entry says arch="),
        ),
        "On a machine with another processor apt then finds no packages, or those of another one.",
        "Let the script ask the machine.",
        "dpkg --print-architecture",
        (_SOURCES,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "key-trusted-for-all",
        "The key is trusted for every repository",
        found_by(r"signed-by|names no key", written=r"trusted\.gpg|apt-key"),
        "A key in trusted.gpg.d, where apt-key puts it too, may sign the packages of any "
        "repository: "
        "whoever has it can replace any package of the machine.",
        "A directory of its own, and an entry that names the key.",
        "ls /etc/apt/trusted.gpg.d /etc/apt/keyrings",
        (_APT_KEYS, _SOURCES),
        _REPOSITORY | _KEY | _FOLDER,
        "ls /etc/apt/trusted.gpg.d && cat /etc/apt/sources.list.d/*",
    ),
    Cause(
        "trusted-instead-of-signed",
        "The entry switches the check of signatures off",
        any_of(
            found_by(r"without checking any key", written=r"trusted\s*=|allow-insecure"),
            found_by(r"without checking any key"),
        ),
        "With trusted=yes apt installs, as root, whatever answers at that address.",
        "Name the key that signs the packages.",
        "grep -rn trusted /etc/apt/sources.list.d",
        (_SOURCES,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "signed-by-missing",
        "The entry names no key",
        any_of(
            found_by(r"signed-by is missing", written=r"\bdeb\s+\[?|^\s*(echo|printf).*\bdeb\b"),
            found_by(r"signed-by is missing"),
        ),
        "apt then takes any key that it trusts, and one that lies in keyrings is not among those.",
        "The brackets of the entry have room for the key's path.",
        "grep -rh download.docker.com /etc/apt/sources.list.d",
        (_SOURCES,),
        _REPOSITORY,
        _LIST,
    ),
    Cause(
        "signed-by-another-path",
        "The entry names a key that is not there",
        any_of(
            found_by(r"signed-by names", written=r"signed-by=\S+"),
            found_by(r"signed-by names"),
        ),
        "apt looks for the key at exactly that path; without it, nothing of the repository is "
        "accepted.",
        "Compare the path in the entry with the one to which the key is written.",
        "grep -rho 'signed-by=[^] ]*' /etc/apt/sources.list.d; ls /etc/apt/keyrings",
        (_SOURCES,),
        _REPOSITORY,
        "grep -rho 'signed-by=[^] ]*' /etc/apt/sources.list.d; ls -l /etc/apt/keyrings",
    ),
    Cause(
        "package-of-the-distribution",
        "The distribution's own Docker is installed",
        found_by(
            r"Not installed|never installed",
            written=r"\binstall\b.*\b(docker\.io|docker-compose-v2|docker-compose|podman-docker)(?![\w-])",
        ),
        "docker.io comes from the distribution and is another package, of another "
        "version; Docker's "
        "repository, which the script sets up, is then for nothing.",
        "Which packages does Docker's documentation name?",
        "apt-cache policy docker.io docker-ce",
        (_APT_KEYS,),
        frozenset({"packages", "updated", "hello"}),
        "dpkg -l | grep -iE 'docker|containerd'",
    ),
    Cause(
        "lists-not-updated",
        "apt-get update does not run between the entry and the install",
        any_of(
            found_by(r"No apt-get update ran between", written=r"\binstall\b.*docker-ce"),
            found_by(r"No apt-get update ran between"),
        ),
        "apt installs from the lists it fetched last. A repository that was added since is not in "
        "them.",
        "What has to happen so that apt knows the new repository?",
        "apt-cache madison docker-ce   # before and after apt-get update",
        (_APT_GET,),
        frozenset({"updated"}),
    ),
    Cause(
        "package-misspelt",
        "A package's name is misspelt",
        where(
            lambda case: bool(re.search(r"Unable to locate package", output(case))),
            any_of(
                found_by(r"Not installed", printed=r"Unable to locate package \S+"),
                found_by(printed=r"Unable to locate package \S+"),
            ),
        ),
        "Of several packages on one line apt installs all or none: one unknown name, and "
        "nothing is "
        "installed.",
        "The last line that it printed names it.",
        "apt-get install -s docker-ce no-such-package",
        (_APT_KEYS,),
        frozenset({"packages", "hello", "updated"}),
    ),
    Cause(
        "package-missing",
        "Not all packages are installed",
        where(
            _leaves_one_out,
            any_of(
                found_by(r"^Not installed", written=r"\binstall\b.*docker-ce"),
                found_by(r"^Not installed"),
            ),
        ),
        "Each of the five has its own job; docker build and docker compose are plugins that are "
        "packages of their own.",
        "Compare the line with the list in the lab's text.",
        "dpkg -l | grep -iE 'docker|containerd'",
        (_APT_KEYS,),
        frozenset({"packages"}),
        "dpkg -l | grep -iE 'docker|containerd'",
    ),
    Cause(
        "key-not-fetched",
        "The key is never fetched",
        found_by(r"fetches no key"),
        "Without the key apt cannot tell Docker's packages from anybody's.",
        "A step is missing that fetches the key from Docker's server.",
        "gpg --show-keys /etc/apt/keyrings/docker.gpg",
        (_APT_KEYS,),
        frozenset({"prerequisites", "key", "folder"}),
    ),
    Cause(
        "hello-without-root",
        "docker is called by a user who may not talk to the engine",
        found_by(
            r"failed with exit code (1|126): run by (?!root)",
            written=r"(?<!sudo )\bdocker\s+run\b",
            absent=r"usermod|gpasswd|newgrp|\bsg\b",
        ),
        "Right after the installation the engine's socket belongs to root and the group "
        "docker, and "
        "nobody is in that group.",
        "Who may open the socket?",
        "ls -l /var/run/docker.sock; id",
        ("https://docs.docker.com/engine/install/linux-postinstall/",),
        _HELLO,
        "ls -l /var/run/docker.sock; id",
    ),
    Cause(
        "another-image",
        "Another image is run than hello-world",
        found_by(r"docker run (?!.*hello-world)\S+.*failed", written=r"\bdocker\s+run\b"),
        "hello-world prints a line that shows that each part of the installation did its work.",
        "Which image does the lab name?",
        "docker info --format {{.ServerVersion}} && docker image ls",
        ("https://hub.docker.com/_/hello-world",),
        _HELLO,
    ),
    Cause(
        "hello-not-last",
        "Something is installed behind hello-world",
        any_of(
            found_by(r"comes after hello-world", written=r"hello-world"),
            found_by(r"comes after hello-world"),
        ),
        "hello-world shows that all is well; what comes after it is not shown by anything.",
        "Which step proves all others?",
        "grep -n . script.sh | tail -n 3",
        ("https://hub.docker.com/_/hello-world",),
        _HELLO,
    ),
    Cause(
        "hello-missing",
        "hello-world is never run",
        found_by(
            r"never got to docker run",
            absent=r"\bdocker\b.*\brun\b",
            tail=" runs no container: there is no docker run in it.",
        ),
        "Without it nobody knows whether the engine works; the script only hopes so.",
        "The last step is missing.",
        "docker info --format {{.ServerVersion}} && docker image ls",
        ("https://hub.docker.com/_/hello-world",),
        _HELLO,
    ),
)
