"""Causes around programs that answer and ask: addresses, ports, answers, exit codes and keys."""

from grader.judge.causes.cause import Cause
from grader.judge.causes.code_looks import found_in, swallowed
from grader.judge.causes.script_looks import any_of

_NETWORKS = "https://docs.docker.com/engine/network/"
_DNS = "https://docs.docker.com/engine/network/#dns-services"
_EXPOSE = "https://docs.docker.com/reference/dockerfile/#expose"
_PORTS = "https://docs.docker.com/engine/network/port-publishing/"
_SECRETS = "https://docs.docker.com/build/building/secrets/"
_HTTP = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Status"
_EXIT = "https://docs.python.org/3/library/sys.html#sys.exit"
_OPEN = "https://docs.python.org/3/library/functions.html#open"
_SERVER = "https://docs.python.org/3/library/http.server.html"
_NOT_REACHED = r"refused|timed out|cannot be asked|Cannot assign|not known|no answer|unreachable"
_SILENT = r"did not answer|Connection ?[Rr]efused|timed out|cannot be asked"
# Not one of the ports that the labs name.
_OTHER_PORT = r"(?!8000\b|1234\b|3000\b)\d{2,5}"
_SERVES = r"serve_forever|HTTPServer|create_server|\.accept\(|\.listen\(|--secret-key"
_PORT_EXAMPLE = (
    "docker run -d --name c python:3.12-slim python3 -m http.server 8000 && sleep 1\n"
    "docker exec c python3 -c 'print(open(\"/proc/net/tcp\").read())'; docker rm -f c"
)
_NAME_EXAMPLE = (
    "docker network create n; docker run -d --name a --network n alpine:3.20 sleep 60\n"
    "docker run --rm --network n alpine:3.20 ping -c 1 a\n"
    "docker rm -f a; docker network rm n"
)
_EXIT_EXAMPLE = (
    "python3 -c 'raise OSError(\"no answer\")'; echo $?\npython3 -c 'print(\"no answer\")'; echo $?"
)
_LOG = "docker run -d --name c IMAGE && sleep 2 && docker logs c; docker rm -f c"

CAUSES = (
    Cause(
        "expose-missing",
        "The image declares no port",
        found_in(r"does not declare EXPOSE \S+; it declares nothing", tail=" has no EXPOSE."),
        "EXPOSE opens nothing; it tells whoever starts the container, and docker run -P, "
        "which port "
        "the program listens on.",
        "An instruction is missing that names the port inside the container.",
        "docker image inspect --format '{{json .Config.ExposedPorts}}' nginx",
        (_EXPOSE,),
        frozenset({"declares"}),
        "docker image inspect --format '{{json .Config.ExposedPorts}}' IMAGE",
    ),
    Cause(
        "expose-another-port",
        "EXPOSE names another port or protocol than the program listens on",
        found_in(r"does not declare EXPOSE", r"^EXPOSE"),
        "EXPOSE is about the container's own side. The host's port is chosen by docker run -p, and "
        "without a protocol a port is TCP.",
        "On which port, by which protocol, does the program listen inside the container?",
        "docker run -d --name c -p 3001:80 nginx; docker port c; docker rm -f c",
        (_EXPOSE, _PORTS),
        frozenset({"declares"}),
        "docker image inspect --format '{{json .Config.ExposedPorts}}' IMAGE",
    ),
    Cause(
        "module-not-installed",
        "The program imports a package that the image does not have",
        found_in(
            r"ModuleNotFoundError|No module named",
            r"^(from|import)\s+(flask|requests|fastapi|django|aiohttp|uvicorn|redis|bottle)\b",
        ),
        "What is installed on your machine is not in the image: that has what its base "
        "has, and what "
        "its own steps put in.",
        "Use what Python brings along; builds have no network here.",
        "docker run --rm python:3.12-slim python3 -c 'import flask'",
        ("https://docs.python.org/3/library/index.html",),
        shows=_LOG,
    ),
    Cause(
        "answers-with-more",
        "The program answers with more than it was asked for",
        found_in(r"is more than the line", r"os\.environ\b(?![\[.])|\benv\b|printenv|environ\(\)"),
        "Passwords and keys reach containers by their environment. Who sends all of it to whoever "
        "asks gives those away, too.",
        "Send the one variable that the text names.",
        "docker run --rm -e ANSWER=a -e PASSWORD=b python:3.12-slim python3 -c "
        "'import os; print(os.environ[\"ANSWER\"])'",
        ("https://docs.python.org/3/library/os.html#os.environ",),
        frozenset({"answers"}),
    ),
    Cause(
        "own-server-in-the-clients-container",
        "The client's container runs a server of its own",
        found_in(r"ended with exit code 0", r"server\.py.*&"),
        "localhost in a container is that container. A server in it answers for one that is not "
        "there.",
        "The client asks, and the server is another container.",
        "docker run --rm alpine:3.20 sh -c 'nc -w 1 localhost 80; echo $?'",
        (_NETWORKS,),
    ),
    Cause(
        "listens-on-localhost",
        "The program listens on localhost, which is the container's own",
        found_in(_SILENT, r"(bind|Server|run)\w*\(+[^)]*[\"'](localhost|127\.0\.0\.1)[\"']"),
        "A container has a localhost of its own. What listens there can be asked from inside the "
        "container only, by no neighbour and through no published port.",
        "On which address does a program hear everybody?",
        "docker run -d --name c -p 8000:8000 python:3.12-slim python3 -m http.server "
        "--bind 127.0.0.1 8000\n"
        "sleep 1; curl -sS localhost:8000; docker rm -f c",
        (_PORTS,),
        shows=_LOG,
    ),
    Cause(
        "asks-localhost",
        "The program asks localhost, which is its own container",
        found_in(
            _NOT_REACHED,
            r"https?://(localhost|127\.0\.0\.1)[:/]|[\"'](localhost|127\.0\.0\.1)[\"']\s*,\s*\d",
        ),
        "Inside a container localhost is the container itself. The other service is on the same "
        "network, and is found by its name.",
        "By which name does the network know the other container?",
        _NAME_EXAMPLE,
        (_DNS,),
    ),
    Cause(
        "address-written-down",
        "An address is written into the program",
        found_in(_NOT_REACHED, r"\b(172|10|192)\.\d+\.\d+\.\d+\b|sh.*client\.py\s+[\w.]+:\d+"),
        "Docker gives an address when a container starts, and another one the next time; "
        "names stay.",
        "Ask for the name, and take it from where it is said: an argument, or the lab's text.",
        _NAME_EXAMPLE,
        (_DNS,),
    ),
    Cause(
        "address-remembered",
        "An address is looked up once and kept",
        found_in(
            r"refused|timed out|never printed|ended with exit code|has 0 lines",
            r"gethostby|getaddrinfo",
        ),
        "A name is there so that the address may change. Who keeps the first one asks "
        "somebody else, "
        "or nobody, after the next start.",
        "Ask for the name each time.",
        _NAME_EXAMPLE,
        (_DNS,),
    ),
    Cause(
        "addresses-refused",
        "The program takes names and refuses addresses",
        found_in(r"not a name|ended with exit code [1-9]", r"\[0-9\]\*?\)|fullmatch"),
        "On Docker's default bridge containers have no names for each other, and an address is all "
        "one has.",
        "Hand on what was given, whatever it looks like.",
        "docker run -d --name a alpine:3.20 sleep 60; docker run --rm alpine:3.20 ping "
        "-c 1 a; docker rm -f a",
        ("https://docs.docker.com/engine/network/drivers/bridge/",),
    ),
    Cause(
        "listens-on-another-port",
        "The program listens on another port",
        found_in(
            r"[Cc]onnection ?[Rr]efused",
            rf"(bind|Server)\w*\(+[^)]*,\s*{_OTHER_PORT}|--port\W+\d+|PORT\s*=\s*{_OTHER_PORT}",
        ),
        "A connection is refused where nobody listens at that port. EXPOSE and -p change nothing "
        "about where the program listens.",
        "Compare the port in the program with the one in the lab's text.",
        _PORT_EXAMPLE,
        (_PORTS,),
        shows=_LOG,
    ),
    Cause(
        "ends-after-one-answer",
        "The server ends after its first answer",
        found_in(r"did not answer.*had ended: exit code 0", r"\.accept\(|handle_request\("),
        "A server is there for the next one, too: it takes connections in a loop.",
        "What does the program do when the first answer is sent?",
        'timeout 5 python3 -c \'import http.server as h; h.HTTPServer(("", 8099), '
        "h.SimpleHTTPRequestHandler).handle_request()' &\n"
        "sleep 1; curl -s localhost:8099 | head -n 1; curl -sS localhost:8099",
        (_SERVER,),
    ),
    Cause(
        "answer-without-end",
        "The answer has no end",
        found_in(
            r"did not close the connection|no end of|(\b\S+ )\1{3}",
            r"\.send(all)?\(|\.write\(|chunk|while True",
        ),
        "Who asks reads until the length that was said, or until the connection is "
        "closed. An answer "
        "without an end keeps everybody waiting, and the next one too.",
        "Say how long the answer is, and close the connection behind it.",
        "timeout 3 sh -c 'printf hello | nc -l -p 8098 & sleep 1; nc -w 1 localhost 8098'",
        ("https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Length",),
    ),
    Cause(
        "never-answers",
        "The program takes the connection and never answers",
        any_of(
            found_in(r"took the connection and did not answer", r"\.accept\(|\.listen\(|Server\("),
            found_in(r"took the connection and did not answer"),
        ),
        "A connection that is taken and left alone is worse than one that is refused: who asks can "
        "only wait.",
        "What does the program do with a connection once it has it?",
        "timeout 3 nc -l -p 8097 & sleep 1; timeout 2 curl -sS localhost:8097",
        (_SERVER,),
        shows=_LOG,
    ),
    Cause(
        "kept-but-refused",
        "The service keeps what it was sent, and answers with an error",
        any_of(
            found_in(r"^When that was sent", r"do_POST|POST"),
            found_in(r"^When that was sent"),
        ),
        "Who sends something goes by the answer's status: after an error, or no answer, it is sent "
        "again, and then it is there twice.",
        "Answer what was kept with a status from 200 to 299, usually 201, and read as many bytes "
        "of the request as its Content-Length says: the connection stays open behind them.",
        'curl -i -d \'{"item": "tea", "month": 6}\' http://localhost:8001/orders',
        (_SERVER,),
        shows=_LOG,
    ),
    Cause(
        "refuses-strangers",
        "The server closes the connection of those outside of its network",
        any_of(
            found_in(r"closed the connection without a word", r"\.close\("),
            found_in(r"closed the connection without a word"),
        ),
        "Through a published port the host asks by way of the gateway, which is another "
        "address than "
        "the neighbours have.",
        "Answer whoever asks.",
        "docker network inspect --format '{{json .IPAM.Config}}' bridge",
        (_PORTS,),
    ),
    Cause(
        "answer-written-down",
        "The answer is written down, whatever the variable says",
        found_in(r"does not hold", r"ANSWER=|ENV ANSWER"),
        "docker run -e takes the place of what the image says; what the command sets after that "
        "wins over both.",
        "Let the program take its answer from the environment.",
        "docker run --rm -e A=given alpine:3.20 env A=mine printenv A",
        ("https://docs.docker.com/reference/cli/docker/container/run/#env",),
    ),
    # --- a program that asks ----------------------------------------------------------------------
    Cause(
        "asks-for-ever",
        "The program asks again and again and does not end",
        found_in(
            r"did not end by itself", r"\buntil\b|\bwhile\b.*(True|true|:|client)", absent=_SERVES
        ),
        "Whoever starts it waits for its exit code: a program that has no answer has to say so and "
        "end.",
        "How often should it try, and what then?",
        "timeout 3 sh -c 'until false; do sleep 1; done'; echo $?",
        (_EXIT,),
    ),
    Cause(
        "does-not-end",
        "The program does not end after its answer",
        found_in(r"did not end by itself", r"\bsleep\b|\bwhile\b|input\(", absent=_SERVES),
        "A container that was started for one question is over when the answer is there; "
        "until then "
        "whoever started it waits.",
        "What comes behind the answer?",
        "time docker run --rm alpine:3.20 sh -c 'echo a; sleep 3'",
        (_EXIT,),
    ),
    Cause(
        "errors-caught",
        "An error is caught, and the exit code is 0",
        swallowed(r"ended with exit code 0"),
        "To the shell, and to whoever starts the container, a program that ends with 0 did what it "
        "should.",
        "Let the error through, or end with another exit code.",
        _EXIT_EXAMPLE,
        (_EXIT,),
    ),
    Cause(
        "bug-ends-with-0",
        "The bug ends the program with exit code 0",
        found_in(r"ended with exit code 0", r"\bos\._exit\(\s*0\s*\)|\bsys\.exit\(\s*0?\s*\)"),
        "0 says that all went well: whoever restarts what failed does not restart it.",
        "Move the bug along as it is.",
        "docker run --rm alpine:3.20 sh -c 'exit 0'; echo $?",
        ("https://docs.docker.com/engine/containers/start-containers-automatically/",),
    ),
    Cause(
        "exit-code-swallowed",
        "The exit code of the program is lost",
        found_in(r"ended with exit code 0", r"\|\|\s*(true|:|exit 0)|&\s*wait|;\s*(true|exit 0)"),
        "The exit code of a container is that of its PID 1: a shell in front that ends "
        "with 0 makes "
        "a success of every failure.",
        "Let the program's own exit code be the container's.",
        "docker run --rm alpine:3.20 sh -c 'false || true'; echo $?\n"
        "docker run --rm alpine:3.20 sh -c 'false'; echo $?",
        ("https://docs.docker.com/engine/containers/run/#exit-status",),
    ),
    Cause(
        "answer-hidden",
        "The answer is shown to nobody",
        found_in(r"never printed", r">\s*/dev/null"),
        "What goes to /dev/null is gone: docker logs has nothing of it.",
        "Let the program print what it was answered.",
        "docker run --name c alpine:3.20 sh -c 'echo a > /dev/null'; docker logs c; docker rm c",
        ("https://docs.docker.com/reference/cli/docker/container/logs/",),
    ),
    Cause(
        "answer-not-printed",
        "The program never prints its answer",
        any_of(
            found_in(
                r"never printed",
                absent=r"\bprint\(|stdout|\becho\b",
                tail=" takes in a program that prints nothing.",
            ),
            found_in(
                r"never printed",
                r"\bprint\(\s*[\"']",
                absent=r"\bprint\(((?!\s*[\"'])|.*(\.format\(|[\"']\s*[%+,]))|stdout|\becho\b",
                tail=": these words are all it prints, and no answer.",
            ),
        ),
        "Whoever started the container sees what it prints, and nothing else.",
        "A step is missing that prints the answer.",
        "docker run --rm python:3.12-slim python3 -c 'answer = 1'",
        ("https://docs.docker.com/reference/cli/docker/container/logs/",),
    ),
    Cause(
        "answer-made-up",
        "The program makes its answer up and asks nobody",
        found_in(
            r"nothing that was answered|has 0 lines|should be there|exit code 0",
            r"\bprint\(",
            absent=r"urlopen|http\.client|socket\.|requests\.|HTTPConnection|HTTPServer",
            tail=", and nothing in the program asks the service.",
        ),
        "The service's log shows each question that it was asked.",
        "Send the question, and print what comes back.",
        "docker logs notifications",
        ("https://docs.python.org/3/library/urllib.request.html",),
    ),
    Cause(
        "message-written-down",
        "The message stands in the program",
        found_in(
            r"never printed|has 0 lines",
            r"\"message\"\s*:\s*[\"']|message\s*=\s*[\"']",
            absent=r"argv",
        ),
        "What stands behind the image's name in docker run arrives as the program's arguments.",
        "Take the message from the arguments.",
        "docker run --rm --entrypoint python3 python:3.12-slim -c 'import sys; "
        "print(sys.argv[1:])' a b",
        ("https://docs.python.org/3/library/sys.html#sys.argv",),
    ),
    Cause(
        "key-in-the-image",
        "A key stands in the image",
        found_in(
            r"wrong key|did not end by itself|kept running", r"^ENV\s+SECRET_KEY|--secret-key\W+\w"
        ),
        "Who has the image has the key: docker history and docker inspect show ENV and CMD to "
        "everybody.",
        "A key comes with docker run, and the program fails without one.",
        "docker image inspect --format '{{json .Config.Env}} {{json .Config.Cmd}}' IMAGE",
        (_SECRETS,),
        shows="docker image inspect --format '{{json .Config.Env}} {{json .Config.Cmd}}' IMAGE",
    ),
    Cause(
        "key-in-the-program",
        "The program falls back to a key of its own",
        found_in(
            r"wrong key",
            r"get(env)?\(\s*[\"']SECRET_KEY[\"']\s*,|SECRET_KEY.*\bor\b\s*[\"']|SECRET_KEY\s*=\s*[\"']",
        ),
        "A key in a program is known to everybody who has the program, and a default "
        "hides that none "
        "was given.",
        "What should happen where no key was given?",
        "python3 -c 'import os; print(os.environ[\"NO_SUCH\"])'; echo $?",
        (_SECRETS,),
    ),
    Cause(
        "asks-more-than-once",
        "One run asks more than once",
        found_in(
            r"has (?!0 )\d+ lines? with «(?!wrong key)",
            r"urlopen|HTTPConnection|\.request\(|for .* in range|range\(",
        ),
        "Each question counts: a service that charges, or that adds an order, does so each time.",
        "One run, one request: no trial before it, and no second one after an answer.",
        "docker logs notifications | grep -c request",
        ("https://docs.python.org/3/library/urllib.request.html",),
        frozenset({"logged"}),
    ),
    Cause(
        "status-not-looked-at",
        "The program takes every answer for a good one",
        found_in(
            r"ended with exit code 0|nothing should be there",
            r"HTTPConnection|getresponse|requests\.|HTTPError\b",
            absent=r"\.status\s*(!=|==|>)|raise_for_status|status_code",
        ),
        "A refusal is an answer too, with words in it. Only its status says that it is one.",
        "Look at the status before you use what was answered.",
        "curl -sS -o /dev/null -w '%{http_code}\\n' https://docs.docker.com/no-such-page",
        (_HTTP,),
    ),
    Cause(
        "errors-kept",
        "What went wrong is kept like an answer",
        found_in(r"nothing should be there", r"^except\b|(?<!url)open\("),
        "Whoever reads the file later takes each of its lines for an answer.",
        "First ask, then look whether it went well, and only then open the file.",
        _EXIT_EXAMPLE,
        (_OPEN,),
    ),
    Cause(
        "file-outside-the-volume",
        "The file is written outside of the volume",
        found_in(
            r"There is no file",
            r"open\(\s*[\"'](?!/data)|ANSWERS\s*=\s*[\"'](?!/data)|>>?\s*(?!/data)\w+\.txt",
        ),
        "A relative path is in the container's WORKDIR, and goes with the container. "
        "Only what lies "
        "under the mounted directory is kept.",
        "Compare the path with the directory that is mounted.",
        "docker run --rm -v \"$PWD:/data\" alpine:3.20 sh -c 'echo a > f; echo b > /data/f'; cat f",
        ("https://docs.docker.com/engine/storage/bind-mounts/",),
    ),
    Cause(
        "file-overwritten",
        "Each run writes the file anew",
        found_in(r"it has \d+ lines? after", r"open\([^)]*[\"']w[\"']|(?<!>)>\s*/data"),
        "Mode w begins a file anew. What the runs before have kept is gone.",
        "Which mode of open appends?",
        'python3 -c \'open("f", "w").write("a\\n")\'\n'
        'python3 -c \'open("f", "a").write("b\\n")\'; cat f',
        (_OPEN,),
    ),
    Cause(
        "line-spread",
        "One answer is spread over several lines",
        found_in(r"it has \d+ lines after", r"indent\s*=|pprint"),
        "A file of one answer for each line can be counted and searched; one with answers that are "
        "laid out nicely cannot.",
        "Keep the answer as it came.",
        "python3 -c 'import json; print(json.dumps({\"a\": 1}, indent=2))'",
        ("https://docs.python.org/3/library/json.html#json.dumps",),
    ),
    Cause(
        "line-break-missing",
        "No line break is written behind the answer",
        found_in(r"it has 1 line after", r"\.write\("),
        "write() writes what it is given and nothing more: the next answer goes on in "
        "the same line.",
        "What ends a line?",
        'python3 -c \'f = open("f", "w"); f.write("a"); f.write("b")\'; cat f',
        ("https://docs.python.org/3/tutorial/inputoutput.html#methods-of-file-objects",),
    ),
    Cause(
        "something-else-kept",
        "Something else is kept than was answered",
        found_in(r"is not what \S+ printed|is nothing that was answered", r"\.write\(|>>"),
        "What is printed and what is kept should be one and the same line.",
        "Write the answer as it came.",
        "docker run --rm -v \"$PWD:/data\" alpine:3.20 sh -c 'echo a | tee -a /data/f'",
        (_OPEN,),
    ),
    # --- services that work together --------------------------------------------------------------
    Cause(
        "handled-in-another-process",
        "Each request is handled in a process of its own",
        found_in(r"does not hold", r"Forking|os\.fork|multiprocessing"),
        "A process has a memory of its own: what one keeps for a request is gone with it.",
        "Which kind of server shares its memory between requests?",
        "python3 -c 'import os; a = []; p = os.fork(); p or (a.append(1), os._exit(0)); "
        "os.wait(); print(a)'",
        ("https://docs.python.org/3/library/socketserver.html",),
    ),
    Cause(
        "fault-of-a-child",
        "A child of the program ends in its place",
        found_in(r"did not end by itself", r"os\.fork|subprocess|multiprocessing"),
        "A container ends when its PID 1 does. What a child does changes nothing about that.",
        "The bug ends the program itself.",
        "docker run --rm alpine:3.20 sh -c '(exit 1); echo still here'",
        ("https://docs.docker.com/engine/containers/run/",),
    ),
    Cause(
        "bug-mended",
        "The bug was mended on the way",
        found_in(r"did not end by itself", r"\braise\b|\b(400|404|500|502)\b"),
        "The lab shows how far a fault reaches. Without the fault there is nothing to "
        "see; it can be "
        "mended another day.",
        "Move the bug along with the code.",
        "docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' reports",
        ("https://martinfowler.com/articles/microservices.html",),
    ),
    Cause(
        "others-taken-along",
        "One service ends the other",
        found_in(r"did not answer|cannot be asked", r"/stop\b|os\._exit\(0\)|shutdown\("),
        "Services are parted so that a fault stays where it is.",
        "Nothing in the one service may end the other.",
        "docker ps -a --format '{{.Names}} {{.Status}}'",
        ("https://martinfowler.com/articles/microservices.html",),
    ),
    Cause(
        "lock-left-behind",
        "A file that was left behind keeps it from starting again",
        found_in(r"FileExistsError|File exists|\.lock|\.pid", r"[\"']x[\"']|O_EXCL|lock|pid"),
        "docker start runs the same container with the files it had. What a crash left behind is "
        "still there.",
        "What has to be true when it starts again after a crash?",
        "docker run --name c alpine:3.20 sh -c 'mkdir /l'; docker start -a c; docker rm c",
        ("https://docs.docker.com/reference/cli/docker/container/start/",),
    ),
    Cause(
        "whole-monolith-copied",
        "The image runs the whole monolith",
        found_in(r"does not hold|did not answer", r"monolith\.py"),
        "Two copies of the whole are two shops that know nothing of each other, and each "
        "has all of "
        "the bugs.",
        "Each image runs the one service that it is called after.",
        "docker top orders; docker top reports",
        ("https://martinfowler.com/articles/microservices.html",),
        frozenset({"answers", "refuses", "silent", "ends", "spread"}),
    ),
    Cause(
        "reports-left-in-orders",
        "The orders service still makes reports",
        found_in(r"did not answer", r"/reports"),
        "With the reports comes their bug: one bad request ends the service that should be safe "
        "from it.",
        "What does the orders service need, and what not?",
        "curl -i localhost:8001/reports/13",
        ("https://martinfowler.com/articles/microservices.html",),
    ),
    Cause(
        "copy-of-the-data",
        "The service has a copy of the other one's data",
        found_in(
            r"does not hold|cannot know",
            r"^(LAST|KNOWN|ORDERS|CACHE|\w*orders)\s*(=|\[)\s*(\[|json|$)|LAST\[|KNOWN",
            absent=r"def do_POST",
        ),
        "A copy was right once. What was added since is not in it, and where the other service is "
        "gone nobody notices.",
        "Ask anew for each report.",
        "curl localhost:8002/reports/6\n"
        'curl -d \'{"item": "x", "month": 6}\' localhost:8001/orders\n'
        "curl localhost:8002/reports/6",
        ("https://martinfowler.com/articles/microservices.html",),
    ),
    Cause(
        "failure-told-as-empty",
        "Where the other service cannot be asked, an empty report is made",
        found_in(r"as if nothing had happened", r"200.*(error|\[\]|count)|^except\b"),
        "Nothing was ordered and *nobody knows* are two answers. Who reads the first acts on it.",
        "Which status says that the fault is behind the service?",
        "curl -i localhost:8002/reports/6",
        (_HTTP,),
    ),
    Cause(
        "waits-for-the-other-copy",
        "A second copy waits until the first is gone",
        found_in(r".", r"gethostbyname_ex|stand.?by|others\(\)"),
        "Copies share the work only if each of them answers by itself.",
        "No copy may need to know of another one.",
        "docker run --rm --network n alpine:3.20 nslookup reports",
        (_DNS,),
        frozenset({"spread"}),
    ),
    Cause(
        "started-again-in-a-loop",
        "The image starts its program again whenever it ends",
        found_in(r"answered", r"while (true|:)"),
        "That hides the fault: the lab wants to see what one bad request takes down with it. And a "
        "loop in a shell is not how containers are restarted.",
        "Run the program as it is, and only it.",
        "docker run -d --restart on-failure:3 --name c alpine:3.20 false; sleep 3; "
        "docker inspect --format '{{.RestartCount}}' c; docker rm -f c",
        ("https://docs.docker.com/engine/containers/start-containers-automatically/",),
        frozenset({"silent"}),
    ),
)
