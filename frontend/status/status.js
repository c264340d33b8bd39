// The status page: asks /metrics and /readyz every two seconds, and plots the last five minutes.

import { growth, parse, quantile, sum } from "./metrics.js";

const EVERY = 2000; // ms between readings
const KEPT = 150; // readings
const SOON = 30; // readings, a minute

const $ = (id) => document.getElementById(id);
const integer = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const ms = (seconds) => (seconds == null ? "–" : `${short.format(seconds * 1000)} ms`);
const percent = (share) => (share == null ? "–" : `${short.format(share * 100)} %`);
const search = { route: "search" };

// Each plot: `of` makes one figure, or two, of two readings, which are `seconds` apart; null is a gap. `beside` describes the
// second, or the last reading.
const plots = [
  { title: "Searches a second", two: true, unit: short.format,
    of: (a, b, seconds) => [growth(a, b, "http_requests_total", search) / seconds, growth(a, b, "http_refusals_total") / seconds],
    beside: ([, refused]) => `${short.format(refused)} refused a second` },
  { title: "Time to the answer", two: true, unit: ms,
    of: (a, b) => [0.5, 0.99].map((share) => quantile(a, b, "http_request_duration_seconds", search, share)),
    beside: ([, most]) => `99 % within ${ms(most)}` },
  { title: "Connections to the database, busy", two: true, unit: integer.format,
    of: (a, b) => [sum(b, "pool_connections_open") - sum(b, "pool_connections_available"), sum(b, "pool_waiting")],
    beside: ([, waiting], b) => `${integer.format(waiting)} requests wait; ${sum(b, "pool_connections_open")} of ${sum(b, "pool_connections_max")} are open` },
  { title: "Wait for a connection", two: true, unit: ms,
    of: (a, b) => [0.5, 0.99].map((share) => quantile(a, b, "pool_wait_seconds", {}, share)),
    beside: ([, most]) => `99 % within ${ms(most)}` },
  { title: "Answered by the cache", unit: percent,
    of: (a, b) => {
      const [hits, misses] = ["cache_hits_total", "cache_misses_total"].map((name) => growth(a, b, name));
      return [hits + misses ? hits / (hits + misses) : null];
    },
    beside: (_, b) => `${integer.format(sum(b, "cache_entries"))} answers, ${short.format(sum(b, "cache_bytes") / 2 ** 20)} MiB` },
  { title: "Changes notified a second", unit: short.format,
    of: (a, b, seconds) => [growth(a, b, "changes_total") / seconds],
    beside: (_, b) => (sum(b, "listening") ? "listening" : "not listening: answers are cached for a short time") },
];

const readings = []; // { series, at (ms), values: the figures of each plot }

function take(series, at) {
  const before = readings.at(-1);
  if (before && sum(series, "http_connections_total") < sum(before.series, "http_connections_total")) readings.length = 0; // restarted
  const a = readings.at(-1);
  readings.push({ series, at, values: plots.map((plot) => (a ? plot.of(a.series, series, (at - a.at) / 1000) : null)) });
  if (readings.length > KEPT) readings.shift();
}

function element(tag, attributes, ...children) {
  const made = tag === "svg" || tag === "path" ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// A line of the figures, the newest at the right edge; `most` is at the top.
function line(figures, most) {
  const points = figures.map((figure, i) => [KEPT - figures.length + i, figure == null ? null : 40 - (38 * figure) / most]);
  return points.map(([x, y], i) => (y == null ? "" : `${points[i - 1]?.[1] == null ? "M" : "L"}${x} ${y.toFixed(1)}`)).join("");
}

function draw(plot, number) {
  const values = readings.map((reading) => reading.values[number]);
  const now = values.at(-1);
  const lines = [0, 1].map((i) => values.map((figures) => figures?.[i] ?? null));
  const highest = Math.max(...lines.flat().filter((figure) => figure != null), 0);
  const most = highest || 1;
  const { series } = readings.at(-1);
  return element("div", { class: "plot" },
    element("h2", {}, plot.title), element("p", { class: "now" }, now ? plot.unit(now[0]) : "–"),
    element("p", { class: plot.two ? "beside two" : "beside" }, now ? plot.beside(now, series) : ""),
    element("svg", { viewBox: `0 0 ${KEPT} 40`, preserveAspectRatio: "none", role: "img", "aria-label": `${plot.title}, the last five minutes` },
      element("path", { class: "second", d: line(lines[1], most) }), element("path", { d: line(lines[0], most) })),
    element("p", { class: "scale" }, "5 minutes", element("span", {}, `top: ${highest > 0 ? plot.unit(highest) : "–"}`)));
}

// What an operator should look at.
function faults(ready) {
  const { series } = readings.at(-1);
  const first = readings.at(-1 - SOON) ?? readings[0];
  const found = ready.ok ? [] : [ready.text.split("\n").find((each) => each.startsWith("[-]"))?.slice(3) ?? "not ready"];
  const refused = growth(first.series, series, "http_refusals_total");
  if (refused > 0) found.push(`${integer.format(refused)} ${refused === 1 ? "request was" : "requests were"} refused in the last minute`);
  if (readings.length > 5 && readings.slice(-5).every((each) => sum(each.series, "pool_waiting") > 0)) found.push("requests wait for a connection to the database");
  if (growth(first.series, series, "query_timeouts_total") > 0) found.push("queries took too long in the last minute");
  if (sum(series, "redis_breaker_open")) found.push("Redis failed and is not used");
  if (sum(series, "subscriptions_applying") < sum(series, "subscriptions")) found.push("a subscription does not apply changes");
  return found;
}

function showVerdict(found) {
  $("verdict").textContent = found.length ? "Look at this:" : "Healthy";
  $("verdict").classList.toggle("bad", found.length > 0);
  $("faults").replaceChildren(...found.map((each) => element("li", {}, each)));
}

async function read() {
  const at = performance.now();
  const [metrics, ready] = await Promise.all(["metrics", "readyz?verbose"].map(async (path) => {
    const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    return { ok: answer.ok, text: await answer.text() };
  }));
  take(parse(metrics.text), at);
  $("version").textContent = readings.at(-1).series.find(({ name }) => name === "build_info")?.labels.version ?? "";
  $("readyz").textContent = ready.text;
  $("plots").replaceChildren(...plots.map(draw));
  showVerdict(faults(ready));
}

async function run() {
  await read().catch((error) => showVerdict([`the front end does not answer: ${error.message}`]));
  setTimeout(run, EVERY);
}

run();
