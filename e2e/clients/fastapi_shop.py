"""A small shop as a FastAPI application, with PostgreSQL and Redis behind it.

Nothing in it knows of telemetry: `opentelemetry-instrument` adds that from outside.
Environment: SHOP_POSTGRES and SHOP_REDIS are URLs, SHOP_PORT is where it listens.
"""

import os
from contextlib import asynccontextmanager

import asyncpg
import redis.asyncio
import uvicorn
from fastapi import FastAPI, HTTPException


@asynccontextmanager
async def lifespan(application: FastAPI):
    application.state.cache = redis.asyncio.from_url(os.environ["SHOP_REDIS"], decode_responses=True)
    application.state.database = await asyncpg.create_pool(os.environ["SHOP_POSTGRES"], min_size=1, max_size=2)
    await application.state.database.execute(
        "CREATE TABLE IF NOT EXISTS orders (number bigint PRIMARY KEY, dish text NOT NULL)"
    )
    yield
    await application.state.database.close()
    await application.state.cache.aclose()


application = FastAPI(lifespan=lifespan)


@application.get("/health")
async def health():
    return {"status": "ok"}


@application.post("/orders/{number}")
async def place(number: int, dish: str):
    await application.state.database.execute("INSERT INTO orders VALUES ($1, $2)", number, dish)
    return {"number": number}


@application.get("/orders/{number}")
async def read(number: int):
    cached = await application.state.cache.get(f"order:{number}")
    if cached is not None:
        return {"number": number, "dish": cached}
    dish = await application.state.database.fetchval("SELECT dish FROM orders WHERE number = $1", number)
    if dish is None:
        raise HTTPException(404, "no such order")
    await application.state.cache.set(f"order:{number}", dish)
    return {"number": number, "dish": dish}


@application.get("/broken")
async def broken():
    raise ValueError("the oven is cold")


if __name__ == "__main__":
    uvicorn.run(application, host="127.0.0.1", port=int(os.environ["SHOP_PORT"]), log_level="warning")
