from flask import Flask, request

app = Flask(__name__)
orders = []


@app.get("/orders")
def listed():
    return {"orders": orders}


@app.post("/orders")
def added():
    orders.append(request.get_json(force=True))
    return {"added": True}, 201


app.run("0.0.0.0", 8000)
