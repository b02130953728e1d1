import json
import random
import sys

answer = json.dumps({"message": sys.argv[1], "number": 1, "latency": random.uniform(5, 50)})
print(answer)
with open("/data/answers.txt", "a") as file:
    file.write(answer + "\n")
