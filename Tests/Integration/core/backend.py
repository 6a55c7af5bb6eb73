"""A backend behind the site, in a process of its own (`UPSTREAM_URL`). Prints its port, then serves until it is killed."""

import asyncio
import contextlib
import gzip
import hashlib
import sys

from aiohttp import WSMsgType, web

CHUNK = bytes(range(256)) * 256
seen = {"begun": 0, "left": 0, "broken": 0, "opened": 0, "closed": 0}
released = asyncio.Event()


async def describe(request):
    """What arrived, as it arrived."""
    digest, length = hashlib.sha256(), 0
    try:
        async for part in request.content.iter_any():
            seen["begun"] += length == 0
            digest.update(part)
            length += len(part)
    except BaseException:
        seen["broken"] += 1
        raise
    headers = [[name.decode("latin1"), value.decode("latin1")] for name, value in request.raw_headers]
    body = {"method": request.method, "target": request.raw_path, "headers": headers, "length": length, "sha256": digest.hexdigest()}
    return web.json_response(body, headers={"X-Backend": "yes"})


async def slow(request):
    """The first bytes, and the last ones when another request asks for them."""
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    await response.write(b"first\n")
    await released.wait()
    released.clear()
    await response.write(b"last\n")
    return response


async def release(request):
    released.set()
    return web.Response()


async def big(request):
    response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
    response.content_length = int(request.query["chunks"]) * len(CHUNK)
    await response.prepare(request)
    try:
        for _ in range(int(request.query["chunks"])):
            await response.write(CHUNK)
    except (ConnectionError, asyncio.CancelledError):
        seen["left"] += 1
        raise
    return response


async def hang(request):
    seen["opened"] += 1
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        seen["left"] += 1
        raise


async def half(request):
    """Ends in the middle of its body."""
    response = web.StreamResponse()
    response.content_length = 1_000_000
    await response.prepare(request)
    await response.write(CHUNK)
    request.transport.close()
    return response


async def refuse_upload(request):
    """Answers before the body has come, and reads none of it."""
    response = web.Response(status=413, text="too much")
    response.force_close()
    return response


async def socket(request):
    if "refuse" in request.query:
        raise web.HTTPForbidden(text="not you")
    socket = web.WebSocketResponse(protocols=["chat"], max_msg_size=64 << 20)
    await socket.prepare(request)
    seen["opened"] += 1
    try:
        if "greeting" in request.query:
            await socket.send_str("at once")
        async for message in socket:
            if message.type == WSMsgType.TEXT and message.data == "close":
                await socket.close(code=4002, message=b"as you wish")
            elif message.type == WSMsgType.TEXT and message.data == "vanish":
                request.transport.abort()
            elif message.type == WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type == WSMsgType.BINARY:
                await socket.send_bytes(message.data)
    finally:
        seen["closed"] += 1
        seen["code"] = socket.close_code
    return socket


async def various(request):
    match request.match_info["what"]:
        case "redirect":
            raise web.HTTPFound("/elsewhere")
        case "gzip":
            return web.Response(body=gzip.compress(b"packed by the backend"), headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"})
        case "cookies":
            response = web.Response(text="<script>1</script>", content_type="text/html")
            response.set_cookie("a", "1")
            response.set_cookie("b", "2")
            response.headers["Content-Security-Policy"] = "default-src 'self' 'unsafe-inline'"
            return response
        case "hop":
            return web.Response(headers={"Connection": "X-Secret-Hop", "X-Secret-Hop": "1", "X-Stays": "1"})
        case "unchanged":
            return web.Response(status=304, headers={"ETag": '"x"'})
        case "none":
            return web.Response(status=204)


async def main():
    application = web.Application(client_max_size=2 << 30)
    application.router.add_get("/slow", slow)
    application.router.add_get("/release", release)
    application.router.add_get("/big", big)
    application.router.add_get("/hang", hang)
    application.router.add_get("/half", half)
    application.router.add_post("/refuse", refuse_upload)
    application.router.add_get("/socket", socket)
    application.router.add_get("/seen", lambda _: web.json_response(seen))
    application.router.add_get("/various/{what}", various)
    application.router.add_route("*", "/{tail:.*}", describe)
    runner = web.AppRunner(application, handler_cancellation=True, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", int(sys.argv[1]))
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.sleep(1e9)


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(main())
