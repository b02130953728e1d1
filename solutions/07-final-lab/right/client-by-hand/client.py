import fcntl, http.client, json, os, sys

key = os.environ.get("SECRET_KEY") or sys.exit("no key")
message, = sys.argv[1:]
connection = http.client.HTTPConnection("notifications", 3000, timeout=8)
connection.request("POST", "/notifications/", json.dumps({"message": message, "key": key}), {"Content-Type": "application/json; charset=utf-8"})
response = connection.getresponse()
answer = response.read()
if response.status != 200:
    sys.exit("status %d: %s" % (response.status, answer.decode()))
handle = os.open("/data/answers.txt", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
fcntl.lockf(handle, fcntl.LOCK_EX)
os.write(handle, answer.strip() + b"\n")
sys.stdout.buffer.write(answer.strip() + b"\n")
