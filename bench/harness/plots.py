"""Plots as SVG written by hand: no background, colours that can be read on light and on dark."""

import math
from html import escape

WIDTH, HEIGHT = 840, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 270, 40, 50
COLOURS = ("#d1495b", "#2e86ab", "#3a9b5c", "#c98a1b", "#8e6bbf", "#7a8794", "#c65fa5", "#3aa6a0")
STYLE = """<style>
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .small { font-size: 12px; }
  .grid { stroke: #8c959f; stroke-opacity: .3; }
  .line { fill: none; stroke-width: 2.2; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .grid { stroke-opacity: .4; } }
</style>"""


def number(value):
    """Short: 12.3k, 1.5M, 0.35."""
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.3g}"


def _document(title, height, parts):
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
            STYLE,
            f'<text class="title" x="{LEFT if height == HEIGHT else 10}" y="22">{escape(title)}</text>',
            *parts,
            "</svg>\n",
        ]
    )


def _text(x, y, text, anchor="start", more=""):
    return f'<text class="small" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(str(text))}</text>'


class LogAxis:
    """Maps whole decades to pixels."""

    def __init__(self, values, start, end):
        self._low = math.floor(math.log10(min(values)) + 1e-9)
        self._high = max(self._low + 1, math.ceil(math.log10(max(values)) - 1e-9))
        self._start, self._end = start, end

    def __call__(self, value):
        part = (math.log10(value) - self._low) / (self._high - self._low)
        return self._start + part * (self._end - self._start)

    def ticks(self):
        return [10.0**power for power in range(self._low, self._high + 1)]


class LinearAxis:
    """Maps what begins at 0 to pixels."""

    def __init__(self, values, start, end):
        most = max(values)
        unit = 10.0 ** math.floor(math.log10(most))
        self._step = next(unit * part for part in (0.2, 0.5, 1, 2) if most / (unit * part) <= 6)
        self._high = self._step * math.ceil(most / self._step)
        self._start, self._end = start, end

    def __call__(self, value):
        return self._start + value / self._high * (self._end - self._start)

    def ticks(self):
        return [self._step * i for i in range(round(self._high / self._step) + 1)]


def lines(title, x_label, y_label, series, y_axis=LogAxis):
    """Lines, over a logarithmic axis. series: {name: [(x, y)]}."""
    series = {name: points for name, points in series.items() if points}
    x = LogAxis([point[0] for points in series.values() for point in points], LEFT, WIDTH - RIGHT)
    y = y_axis([point[1] for points in series.values() for point in points], HEIGHT - BOTTOM, TOP)
    parts = []
    for tick in y.ticks():
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(_text(LEFT - 8, y(tick) + 4, number(tick), "end"))
    for tick in x.ticks():
        parts.append(f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(_text(x(tick), HEIGHT - BOTTOM + 18, number(tick), "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label, "middle"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(_text(16, middle, y_label, "middle", f' transform="rotate(-90 16 {middle:.0f})"'))
    for index, (name, points) in enumerate(series.items()):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)
        parts.append(f'<polyline class="line" stroke="{colour}" points="{path}"/>')
        parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3.2" fill="{colour}"/>' for a, b in points]
        row = TOP + 12 + index * 22
        parts.append(f'<rect x="{WIDTH - RIGHT + 14}" y="{row - 10}" width="12" height="12" rx="2" fill="{colour}"/>')
        parts.append(_text(WIDTH - RIGHT + 32, row, name))
    return _document(title, HEIGHT, parts)


def bars(title, values):
    """Horizontal bars on a linear scale that begins at 0. values: {name: number}."""
    label, row = 215, 30
    scale = (WIDTH - label - 80) / max(values.values())
    parts = []
    for index, (name, value) in enumerate(values.items()):
        top = 40 + index * row
        width = max(1.5, value * scale)
        parts.append(_text(label - 8, top + 15, name, "end"))
        colour = COLOURS[0] if name.startswith("tailor_search") else COLOURS[1]
        parts.append(f'<rect x="{label}" y="{top}" width="{width:.1f}" height="{row - 9}" rx="3" fill="{colour}"/>')
        parts.append(_text(label + width + 6, top + 15, number(value)))
    return _document(title, 50 + len(values) * row, parts)
