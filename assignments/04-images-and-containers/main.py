# A program that does nothing but tell what happens to it.
import os
import signal
import sys
import time


def exit_safely(number, frame):
    print("EXITING SAFELY!")
    sys.exit(0)


signal.signal(signal.SIGTERM, exit_safely)

print(os.environ.get("GREETING", "Starting"))
print(sys.argv)

seconds = 0
while True:
    print(seconds)
    time.sleep(1)
    seconds += 1
