"""Clients that ask and leave, and what the front end and the database say of them."""

import socket

import requests
from harness import HANG, ROLE
from metric_values import value

WAITING = "wait_event_type = 'Lock'"
SEARCH = "/api/tailors?location=MG_ROAD"


def frontend_search(served):
    """On a connection of its own."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(served.base + SEARCH, timeout=HANG)


def waiting(served):
    return value(served, "pool_waiting")


def pid(database):
    return database.execute(f"SELECT pid FROM pg_stat_activity WHERE usename = '{ROLE}' AND application_name NOT LIKE '% listener' ORDER BY 1")


def ask(served, query="location=MG_ROAD"):
    """A client that has asked, and may leave before its answer."""
    client = socket.create_connection(("127.0.0.1", served.port), timeout=HANG)
    client.sendall(f"GET /api/tailors?{query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def left(served):
    return value(served, "http_requests_total", route="search", status="499")
