"""A real SMTP server for the tests: aiosmtpd, a process of its own.

Prints one JSON line per event: `{"event": "ready", "port": N}`, then `mail` for every message it
took (arrival in ms since the epoch, envelope, the raw bytes in base64) and `refused` for every one
it did not take. Reads its mode from the argument, later modes as lines of standard input; ends
when that closes.

Modes: `accept`; `defer N` answers 451 to the next N messages, then accepts; `greylist` answers 451
to the first message for each recipient; `reject` answers 550 to every recipient and `refuse` to
every sender; `slow N` answers a message after N seconds; `vanish` takes the message and hangs up
before the answer, so that the sender cannot know.
"""

import asyncio
import base64
import json
import sys
import time

from aiosmtpd.smtp import SMTP

# Above what the program may send; a message beyond it is a bug to be seen as a 552.
LARGEST_MESSAGE = 1 << 20


def tell(event, **fields):
    """One event, at once: the tests wait for it."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


class Postbox:
    """aiosmtpd's handler: answers by mode and tells what happened."""

    def __init__(self, mode):
        self.set_mode(mode)

    def set_mode(self, line):
        self.mode, _, count = line.partition(" ")
        self.left = int(count or 0)
        self.met = set()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.mode == "refuse":
            tell("refused", code=550, to=[])
            return "550 5.1.8 we do not take mail from you"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "reject":
            tell("refused", code=550, to=[address])
            return "550 5.1.1 no such mailbox"
        if self.mode == "greylist" and address not in self.met:
            self.met.add(address)
            tell("refused", code=451, to=[address])
            return "451 4.7.1 come again"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "defer" and self.left > 0:
            self.left -= 1
            tell("refused", code=451, to=envelope.rcpt_tos)
            return "451 4.3.0 try again later"
        if self.mode == "slow":
            await asyncio.sleep(self.left)
        tell(
            "mail",
            arrived_ms=time.time_ns() // 1_000_000,
            sender=envelope.mail_from,
            to=envelope.rcpt_tos,
            raw=base64.b64encode(envelope.original_content).decode("ascii"),
        )
        if self.mode == "vanish":
            server.transport.abort()
        return "250 2.0.0 taken"


async def main(mode):
    postbox = Postbox(mode)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(postbox, data_size_limit=LARGEST_MESSAGE, enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        0,
        backlog=512,
    )
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    tell("ready", port=server.sockets[0].getsockname()[1])
    while line := await orders.readline():
        postbox.set_mode(line.decode("ascii").strip())
        tell("mode", mode=postbox.mode)


asyncio.run(main(sys.argv[1]))
