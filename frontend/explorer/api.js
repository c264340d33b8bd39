// Requests to the API: one at a time, the newest wins, and every outcome is an object to show.

const PATIENCE = 250; // ms for which a newer request waits for the one in flight, instead of aborting it
let current = null;
let queued = null;

/** Requests a search's answer; `show` gets the last one of those asked for meanwhile. */
export function search(query, show) {
  queued = { query, show };
  if (!current) return next();
  const left = PATIENCE - (performance.now() - current.began);
  if (left <= 0) current.abort.abort();
  else setTimeout(() => queued?.query === query && current?.abort.abort(), left);
}

async function next() {
  const { query, show } = queued;
  queued = null;
  current = { began: performance.now(), abort: new AbortController() };
  const outcome = await get(`api/tailors?${query}`, current.abort.signal);
  current = null;
  if (queued) next();
  if (outcome) show(outcome);
}

/** The same search's answer, computed anew by an engine: auto or sql. */
export const searchBy = (engine, query) => get(`explorer/engine/${engine}?${query}`);

/** One tailor with all works. */
export const tailor = (id) => get(`api/tailors/${encodeURIComponent(id)}`);

/** The answer as {body, timing}, what went wrong as {problem, retryAfter}, or nothing when it was aborted. */
async function get(path, signal) {
  try {
    const response = await fetch(path, { signal, headers: { Accept: "application/json" } });
    const body = await response.json();
    const timing = timingOf(response);
    if (response.ok) return { body, timing };
    return { problem: body, retryAfter: Number(response.headers.get("Retry-After") ?? 0), timing };
  } catch (error) {
    if (error.name === "AbortError") return null;
    const detail = error instanceof SyntaxError ? "The answer is no JSON." : "The server does not answer.";
    return { problem: { title: "No answer", detail, status: 0, code: "no_answer" }, retryAfter: 3 };
  }
}

function timingOf(response) {
  const stages = {};
  for (const [, name, ms] of (response.headers.get("Server-Timing") ?? "").matchAll(/(\w+);dur=([\d.]+)/g))
    stages[name] = Number(ms);
  const entry = performance.getEntriesByName(response.url).at(-1);
  const fromBrowser = entry?.transferSize === 0 && entry.decodedBodySize > 0;
  performance.clearResourceTimings();
  return { total: entry?.duration, stages, cache: response.headers.get("Cache-Status") ?? "", fromBrowser };
}

/** A Cache-Status in words. */
export function cacheWords({ cache, fromBrowser }) {
  if (fromBrowser) return "from the browser's cache";
  if (cache.includes("stale-if-error")) return "an old answer from the cache";
  if (cache.includes("stale-while-revalidate")) return "from the cache, being refreshed";
  if (cache.includes("detail=redis")) return "from Redis";
  if (cache.includes("; hit")) return "from the cache";
  if (cache.includes("collapsed")) return "shared with an equal request";
  return "computed";
}
