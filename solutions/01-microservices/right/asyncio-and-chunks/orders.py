import asyncio
import json

orders = [{"item": "kettle", "month": 5}]


async def serve(reader, writer):
    """HTTP/1.1: connections stay open, bodies come in chunks."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            method, path = head.split()[:2]
            fields = dict(row.lower().split(b":", 1) for row in head.split(b"\r\n")[1:] if row)
            body = await reader.readexactly(int(fields.get(b"content-length", 0)))
            if path.rstrip(b"/") != b"/orders":
                writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                continue
            if method == b"POST":
                orders.append(json.loads(body))
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in json.dumps({"orders": orders}):
                writer.write(b"1\r\n" + piece.encode() + b"\r\n")
            writer.write(b"0\r\n\r\n")
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", 8000)
    async with server:
        await server.serve_forever()


asyncio.run(main())
