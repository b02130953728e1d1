import json, os, sys, urllib.request
body = json.dumps({"key": os.environ["SECRET_KEY"], "message": sys.argv[1]}).encode()
request = urllib.request.Request("http://notifications:3000/notifications", data=body, method="POST")
print(urllib.request.urlopen(request, timeout=9).read().decode())
