import socket
import threading

listening = socket.socket()
listening.bind(("", 3000))
listening.listen()
kept = []


def flood():
    while True:
        print("listening on port 3000 " * 20, flush=True)


threading.Thread(target=flood).start()
while True:
    kept.append(listening.accept())
