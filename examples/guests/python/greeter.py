"""Answers HTTP requests: greets whom the path names, and sends back what is posted."""

import asyncio

from componentize_py_types import Ok
from poll_loop import PollLoop, Sink, Stream
from wit_world import exports
from wit_world.imports.types import Fields, IncomingRequest, Method_Post, OutgoingResponse, ResponseOutparam


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        loop = PollLoop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(answer(request, response_out))


async def answer(request: IncomingRequest, response_out: ResponseOutparam) -> None:
    response = OutgoingResponse(Fields.from_list([("x-greeter", b"python")]))
    sink = Sink(response.body())
    ResponseOutparam.set(response_out, Ok(response))
    if isinstance(request.method(), Method_Post):
        posted = Stream(request.consume())
        while (chunk := await posted.next()) is not None:
            await sink.send(chunk)
    else:
        name = (request.path_with_query() or "/").removeprefix("/") or "world"
        await sink.send(f"Hello, {name}!\n".encode())
    sink.close()
