import http.client
import json
import os
import sys

service = http.client.HTTPConnection("notifications", 3000, timeout=5)
asked = {"key": os.environ["SECRET_KEY"], "message": sys.argv[1]}
service.request("POST", "/notifications", json.dumps(asked))
answer = service.getresponse().read().decode()
print(answer)
with open("/data/answers.txt", "a") as file:
    print(answer, file=file)
