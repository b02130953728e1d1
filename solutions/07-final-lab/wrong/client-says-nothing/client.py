import json
import os
import sys
import urllib.request

URL = "http://notifications:3000/notifications"
ANSWERS = "/data/answers.txt"

# Without a key there is nothing to ask: this ends with an error before anything is sent.
asked = {"key": os.environ["SECRET_KEY"], "message": sys.argv[1]}

# A service that is not there and a status like 403 both raise here, and the file stays as it is.
with urllib.request.urlopen(URL, json.dumps(asked).encode(), timeout=5) as response:
    answer = response.read().decode()

with open(ANSWERS, "a") as file:
    file.write(answer + "\n")
