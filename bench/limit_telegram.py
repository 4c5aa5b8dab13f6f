"""The limit of a talk by Telegram: python-telegram-bot's own echo inside an aiohttp site, which keeps nothing."""

import argparse
import asyncio
import hmac

from aiohttp import web
from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters

from tests.rehearsal.telegram_service import SECRET_HEADER, TOKEN

from .limit_site import serve_for_ever
from .telegram_world import PATH, SECRET


async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
    if update.message is not None and update.message.text is not None:
        await update.message.reply_text(update.message.text)


async def serve(port: int, api: str) -> None:
    builder = ApplicationBuilder().token(TOKEN).updater(None)
    bot = builder.base_url(f"{api}/bot").base_file_url(f"{api}/file/bot").build()
    bot.add_handler(MessageHandler(filters.TEXT, echo))

    async def take(request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, ""), SECRET):
            raise web.HTTPForbidden
        await bot.update_queue.put(Update.de_json(await request.json(), bot.bot))
        return web.Response()

    async with bot:
        await bot.start()
        await serve_for_ever(port, PATH, take)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("api")
    asked = parser.parse_args()
    asyncio.run(serve(asked.port, asked.api))


if __name__ == "__main__":
    main()
