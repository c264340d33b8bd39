"""Before anything is compared by time it is compared by its answer: same ids in the same order, same total."""

import json
import urllib.request

import sql_peers
import workload
from places import Failed, say


def answer_of(results):
    """(ids in order, total) of what a peer's statements gave."""
    ids, total = [], None
    for columns, rows in results:
        if "document" in columns:
            document = rows[0][0] if not isinstance(rows[0][0], str) else json.loads(rows[0][0])
            ids = [item["id"] for item in document["data"]]
            total = document.get("pagination", {}).get("total", total)
        elif "total" in columns:
            total = rows[0][columns.index("total")]
        else:
            ids = [row[columns.index("id")] for row in rows]
    return ids, total


def compare_sql(peers, works, centres_of, database_of):
    """Raises unless all peers agree at all centres of all workloads. Returns what was compared."""
    compared = {}
    for work in works:
        sessions = {peer.name: sql_peers.Session(peer, work, database_of(work)) for peer in peers}
        matches = 0
        for lat, lng in centres_of(work):
            answers = {name: answer_of(session.search(lat, lng, float(work.km))) for name, session in sessions.items()}
            reference = answers[peers[0].name]
            matches += reference[1]
            for name, answer in answers.items():
                if answer != reference:
                    raise Failed(
                        f"{name} and {peers[0].name} differ for {work.name} at {lat}, {lng}: totals {answer[1]} and"
                        f" {reference[1]}, ids {answer[0]} and {reference[0]}"
                    )
        for session in sessions.values():
            session.close()
        count = len(centres_of(work))
        compared[work.name] = {"centres": count, "mean_total": round(matches / count, 1)}
        say(f"same ids and totals of {len(peers)} peers at {count} centres, {matches / count:.0f} matches each: {work.name}")
    return compared


def fetch(port, target):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}{target}", timeout=30) as response:
        return response.read()


def http_answer(port, target):
    document = json.loads(fetch(port, target))
    if document.get("success") is not True:
        raise Failed(f"port {port} does not say success to {target}")
    return [item["id"] for item in document["data"]], document["pagination"]["total"]


def compare_http(ports, targets):
    """Raises unless the servers, by name, give the same ids and totals."""
    for target in targets:
        answers = {name: http_answer(port, target) for name, port in ports.items()}
        names = list(answers)
        for name in names[1:]:
            if answers[name] != answers[names[0]]:
                raise Failed(f"{name} and {names[0]} differ for {target}: {answers[name]} and {answers[names[0]]}")
    say(f"same ids and totals of {', '.join(ports)} for {len(targets)} requests")
