"""Causes around the group docker: who is in it, in which session, and the engine's socket."""

import re

from grader.judge.causes.cause import Case, Cause, Finding
from grader.judge.causes.script_looks import any_of, found_by, output, said, where

_POST = "https://docs.docker.com/engine/install/linux-postinstall/"
_USERMOD = "https://man7.org/linux/man-pages/man8/usermod.8.html"
_GROUPADD = "https://man7.org/linux/man-pages/man8/groupadd.8.html"
_SG = "https://man7.org/linux/man-pages/man1/sg.1.html"
_MEMBERS = frozenset({"group", "member", "keeps", "hello"})
_HELLO = frozenset({"hello"})
_ID = "getent group docker; id"


def _misspelt(case: Case) -> Finding | None:
    line = case.line(r"\bgroupadd\b")
    if not said(case, r"There is no group docker") or line is None:
        return None
    name = line[1].split()[-1]
    if name == "docker" or not re.fullmatch(r"[\w.-]+", name):
        return None
    return Finding(f"{case.quote(*line)}: the group is called {name} and not docker.", line[0])


def _no_such_user(case: Case) -> Finding | None:
    found = re.search(r"user '([^']*)' does not exist", output(case))
    if case.script is None or not found:
        return None
    line = case.line(re.escape(found[1])) if found[1] else None
    if line is None:
        return None
    return Finding(
        f"{case.quote(*line)}, and on another machine there is no user {found[1]}.", line[0]
    )


def _own_group(case: Case) -> Finding | None:
    line = case.line(r"\busermod\b.*\s(-g|--gid)\b")
    if case.script is None or line is None:
        return None
    return Finding(
        f"{case.quote(*line)}: -g replaces the user's own group, -G is the further ones.", line[0]
    )


CAUSES = (
    Cause(
        "group-removed",
        "The group is removed and made anew",
        found_by(
            written=r"\bgroupdel\b|\bdelgroup\b",
            tail=": its members are gone, and the new group has another number.",
        ),
        "A new group is an empty one with another number: its members are gone, and what belonged "
        "to the old one, as the engine's socket does, belongs to nobody.",
        "A group that is there already can be left as it is.",
        "getent group docker; ls -ln /var/run/docker.sock",
        (_GROUPADD, _POST),
        _MEMBERS | {"socket"},
        "getent group docker; ls -ln /var/run/docker.sock",
    ),
    Cause(
        "group-misspelt",
        "Another group is made than docker",
        _misspelt,
        "The engine gives its socket to the group called docker, and to no other.",
        "Compare the name letter by letter.",
        "ls -l /var/run/docker.sock",
        (_POST,),
        _MEMBERS,
        _ID,
    ),
    Cause(
        "group-not-made",
        "The group is never made",
        found_by(
            r"There is no group docker",
            absent=r"\b(groupadd|addgroup)\b",
            tail=" has no groupadd in it, and after it there is no group docker.",
        ),
        "Where Docker was installed by its package the group is there; elsewhere nobody makes it, "
        "and a user cannot be put into a group that is not there.",
        "A step is missing.",
        "getent group docker || echo 'no such group'",
        (_GROUPADD, _POST),
        _MEMBERS,
        _ID,
    ),
    Cause(
        "groupadd-fails-if-there",
        "groupadd fails where the group is there already",
        found_by(
            r"already exists|group is there already",
            written=r"\bgroupadd\b(?!.*\s-\w*f)",
            tail=": it fails where the group is there already.",
        ),
        "Docker's package makes the group itself. groupadd then ends with 9, and a script that "
        "stops at failures stops there.",
        "groupadd has an option for that; or ask first whether the group is there.",
        "sudo groupadd root; echo $?; sudo groupadd -f root; echo $?",
        (_GROUPADD,),
        _MEMBERS | {"repeats"},
        "bash FILE && bash FILE; echo $?",
    ),
    Cause(
        "own-group-replaced",
        "The user's own group is replaced",
        _own_group,
        "Each user has one group of their own, which new files belong to, and further "
        "ones. With the "
        "wrong letter docker takes the place of the first.",
        "Which option of usermod adds to the further groups?",
        "id -gn; id -Gn",
        (_USERMOD,),
        _MEMBERS,
        _ID,
    ),
    Cause(
        "groups-overwritten",
        "usermod -G takes the user out of all other groups",
        found_by(
            r"replaces all of a user's groups|took away",
            written=r"\busermod\b(?!.*(\s-\w*a|--append)).*\s(-\w*G|--groups)",
        ),
        "-G says which further groups a user has, and takes the others away: the user is "
        "not in sudo "
        "any more, and cannot mend it.",
        "usermod has an option that adds instead.",
        "id -Gn",
        (_USERMOD,),
        _MEMBERS,
        _ID,
    ),
    Cause(
        "members-replaced",
        "gpasswd -M replaces the members of the group",
        found_by(r"took away", written=r"\bgpasswd\b.*\s(-M|--members)"),
        "-M says who is in the group, and everybody else is out of it.",
        "gpasswd has an option that adds one user.",
        "getent group docker",
        ("https://man7.org/linux/man-pages/man1/gpasswd.1.html",),
        _MEMBERS,
        _ID,
    ),
    Cause(
        "user-written-down",
        "A user's name is written into the script",
        _no_such_user,
        "On another machine the user who starts the script is called something else.",
        "Let the script find out who started it.",
        "id -un; echo \"$USER\"; sudo sh -c 'echo $SUDO_USER'",
        (_USERMOD,),
        _MEMBERS,
        "id -un; bash FILE",
    ),
    Cause(
        "root-added-under-sudo",
        "Under sudo the script adds root",
        any_of(
            found_by(
                r"Under sudo, \$USER is root", written=r"\$\{?USER\}?|\$\(whoami\)|\$\(id -un\)"
            ),
            found_by(r"Under sudo, \$USER is root"),
        ),
        "sudo sets USER to root. Who called it stands in another variable.",
        "Which variable does sudo set for whom it was called by?",
        "sudo sh -c 'echo $USER $SUDO_USER'",
        ("https://www.sudo.ws/docs/man/sudo.man/#ENVIRONMENT",),
        frozenset({"member"}),
        "sudo bash FILE; getent group docker",
    ),
    Cause(
        "user-not-added",
        "Nobody is put into the group",
        any_of(
            found_by(
                r"In the group docker is",
                absent=r"\b(usermod|gpasswd|adduser|groupmems|addgroup)\b",
                tail=" puts nobody into the group: there is no usermod in it.",
            ),
            found_by(
                r"In the group docker is",
                written=r"\bgpasswd\s+(-A|-d)\b",
                tail=": -A names who looks after a group, -d takes somebody out, and -a adds.",
            ),
        ),
        "The group alone changes nothing: whoever is in it may talk to the engine.",
        "A step is missing that adds the user who starts the script.",
        "getent group docker",
        (_USERMOD, _POST),
        _MEMBERS,
        _ID,
    ),
    Cause(
        "socket-opened",
        "The engine's socket is opened to everybody",
        found_by(
            r"socket ha[sd] mode|not active",
            written=r"\b(chmod|setfacl)\b.*docker\.sock",
            tail=": whoever is on the machine may then talk to the engine.",
        ),
        "Who can write to the socket can start a container with all of the machine's files in it, "
        "and is root by that. And at the next start of the engine it is as before.",
        "Leave the socket as it is; the group is what gives the right.",
        "ls -l /var/run/docker.sock",
        (_POST, "https://docs.docker.com/engine/security/#docker-daemon-attack-surface"),
        frozenset({"socket", "hello"}),
        "ls -l /var/run/docker.sock",
    ),
    Cause(
        "socket-given-away",
        "The engine's socket is given to somebody else",
        found_by(
            written=r"\b(chown|chgrp)\b.*docker\.sock",
            tail=": another owner than root may then do all that the engine can.",
        ),
        "The socket belongs to root and the group docker. Another owner lasts until the engine's "
        "next start, and makes one account root without anybody seeing it in the group.",
        "Leave the socket as it is; the group is what gives the right.",
        "ls -l /var/run/docker.sock",
        (_POST,),
        frozenset({"socket", "hello"}),
        "ls -l /var/run/docker.sock",
    ),
    Cause(
        "newgrp-in-a-script",
        "newgrp starts a shell in the middle of the script",
        found_by(
            r"failed with exit code|never got|not active", written=r"^\s*newgrp\b|[;&]\s*newgrp\b"
        ),
        "newgrp is a new shell with the group. The script waits until that shell ends, "
        "and then goes "
        "on in its own session, which has not changed.",
        "There is a command that runs one command with a group.",
        "newgrp docker <<< 'id -gn'; id -gn\nsg docker -c 'id -gn'",
        (_SG,),
        _HELLO,
    ),
    Cause(
        "hello-as-root",
        "hello-world is run by root",
        found_by(r"was run by root", written=r"\bsudo\b.*\bdocker\b.*\brun\b"),
        "root may talk to the engine anyway: that shows nothing about the user who was added.",
        "Run it as the user, in a session in which the group is active.",
        "id -nG; sg docker -c 'id -nG'",
        (_POST,),
        _HELLO,
    ),
    Cause(
        "group-not-active",
        "The session began before the user was in the group",
        where(
            lambda case: bool(case.line(r"\b(usermod|gpasswd|adduser)\b")),
            any_of(
                found_by(r"failed with exit code (1|126): run by", written=r"\bdocker\s+run\b"),
                found_by(r"group docker was not active"),
            ),
        ),
        "A session keeps the groups it began with: the script's own shell is not in docker, though "
        "the user is by now.",
        "There is a command that runs one command with a group, without a new login.",
        "id -nG; getent group docker",
        (_SG, _POST),
        _HELLO,
        _ID,
    ),
)
