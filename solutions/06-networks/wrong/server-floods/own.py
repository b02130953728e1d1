import socket
import threading


def shout():
    while True:
        print("A" * 4000, flush=True)


threading.Thread(target=shout, daemon=True).start()
listener = socket.socket()
listener.bind(("", 1234))
listener.listen(16)
while True:
    connection, _ = listener.accept()
    try:
        while True:
            connection.sendall(b"A" * 4096)
    except OSError:
        pass
