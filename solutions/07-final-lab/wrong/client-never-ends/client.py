import json
import os
import sys
import urllib.request

asked = {"key": os.environ["SECRET_KEY"], "message": sys.argv[1]}
while True:
    try:
        with urllib.request.urlopen(
            "http://notifications:3000/notifications", json.dumps(asked).encode(), timeout=5
        ) as response:
            answer = response.read().decode()
        with open("/data/answers.txt", "a") as file:
            file.write(answer + "\n")
    except OSError as error:
        answer = str(error)
    for _ in range(1000):
        print(answer)
