"""A result as a page with its plots."""

import load_pages
import pages
import plots
from summary import median



def draw(result, folder):
    folder.mkdir(parents=True, exist_ok=True)
    titles, http_titles = result["titles"], result["http_titles"]
    base = {titles[name]: median(seen["2"], "tps") for name, seen in result["sql"]["city-zipf"].items() if name != "floor"}
    base = dict(sorted(base.items(), key=lambda item: -item[1]))
    (folder / "sql.svg").write_text(plots.bars("Searches a second in SQL, city-zipf, 2 clients", base), encoding="utf-8")
    levels = {
        http_titles[name]: [(int(connections), median(seen, "rate")) for connections, seen in by_level.items() if median(seen, "rate")]
        for name, by_level in result["http"].items()
    }
    (folder / "http.svg").write_text(
        plots.lines("Answers a second over HTTP", "connections", "answers a second", levels), encoding="utf-8"
    )
    for name, title, label in (
        ("matches", "Time of a search against its matches", "matches"),
        ("size", "Time of a search against the table's size", "tailors in the table"),
    ):
        series = {titles[peer]: points for peer, points in result["cost"][name]["series"].items()}
        (folder / f"{name}.svg").write_text(plots.lines(title, label, "milliseconds", series), encoding="utf-8")

    for name, (title, label, series) in load_pages.draw(result).items():
        (folder / name).write_text(plots.lines(title, "connection-limit", label, series, plots.LinearAxis), encoding="utf-8")


def write(result, page):
    """The page, its plots in a folder beside it. Returns the page's path."""
    page.parent.mkdir(parents=True, exist_ok=True)
    draw(result, page.parent / page.stem)
    page.write_text(pages.render(result), encoding="utf-8")
    return page
