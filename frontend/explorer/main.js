// The explorer: the state in the URL, searches, and what they show.

import { cacheWords, search, searchBy } from "./api.js";
import { $, count, h, kilometres, milliseconds } from "./dom.js";
import { chosen, showFilters } from "./filters.js";
import { lightCard, showList } from "./list.js";
import { TailorMap } from "./map.js";
import { loadCities, loadCountries, locate, placeBox } from "./places.js";
import { showForms } from "./snippets.js";
import { elsewhere, pageQuery, position, readState, requestQuery } from "./state.js";

const SLOW = 400; // ms after which the page says that it waits
let state = readState(location.search);
let cursors = history.state?.cursors ?? []; // of the search's pages, as far as they are known
let shown = null; // the pagination of the answer that is shown
let requested = ""; // the query of the last request
let waiting = 0; // the timer that says so
let retry = 0; // the timer of the next attempt
let fitNext = true; // the map moves to the next answer

const map = new TailorMap($("map"), { circle: circleMoved, move: mapMoved, open: () => mapMoved(true, true), light });

// --- Changes -------------------------------------------------------------------------------------------------------

/** Searches with changes to the state. Only a change that is done makes an entry of the browser's history. */
function change(changes, { done = true, fit = false, known = [] } = {}) {
  state = { ...state, page: 1, after: "", ...changes };
  cursors = known;
  fitNext ||= fit;
  if (done) history.pushState({ cursors }, "", `?${pageQuery(state)}`);
  showState();
  run();
}

function circleMoved(centre, km, done) {
  state = elsewhere(state);
  change({ ...centre, maxDistance: km }, { done });
}

// An opened cluster's tailors are those in view, so the page searches as the map moves from then on.
function mapMoved(done, follow = state.follow) {
  if (!follow) return runIfZoomed();
  state = elsewhere(state);
  change({ bbox: map.box(), follow }, { done });
}

function go({ lat, lng, location }) {
  state = elsewhere(state);
  change(location ? { location } : position({ lat, lng }), { fit: true });
}

function filtersChanged() {
  const changes = chosen();
  change(changes, { fit: changes.maxDistance !== state.maxDistance });
}

// A page is requested by its cursor, or by its number where a link led behind it.
function turnPage(by) {
  const page = shown.page + by;
  change(cursors[page] ? { after: cursors[page] } : { page }, { known: cursors });
  $("list").focus({ preventScroll: true });
  $("count").scrollIntoView({ block: "nearest" });
}

function showState() {
  showFilters(state);
  $("follow").checked = state.follow;
  map.showCircle(state.location || state.bbox ? null : { lat: state.lat, lng: state.lng }, state.maxDistance, { handles: !state.follow });
  showForms(state);
}

// --- Searches ------------------------------------------------------------------------------------------------------

function run() {
  clearTimeout(retry);
  const began = performance.now();
  clearTimeout(waiting);
  waiting = setTimeout(function tick() {
    $("list").setAttribute("aria-busy", "true");
    $("timing").textContent = `Waiting for the answer, ${((performance.now() - began) / 1000).toFixed(1)} s`;
    waiting = setTimeout(tick, 200);
  }, SLOW);
  requested = requestQuery(state, map.zoom(state, fitNext));
  search(requested, show);
}

// Other clusters are needed when the map is at another zoom.
function runIfZoomed() {
  if (requestQuery(state, map.zoom(state, false)) !== requested) run();
}

function show(outcome) {
  clearTimeout(waiting);
  $("list").removeAttribute("aria-busy");
  if (outcome.problem) return showProblem(outcome);
  const { data, pagination, facets, clusters } = outcome.body;
  const firstRank = (pagination.page - 1) * pagination.limit + 1;
  shown = pagination;
  if (pagination.next) cursors[pagination.page + 1] = pagination.next;
  showFilters(state, facets);
  showList(data, firstRank, light);
  map.show(data, firstRank, clusters, pagination.total);
  if (fitNext) map.fit(state);
  fitNext = false;
  showCount(pagination);
  showTiming(outcome.timing);
  notice(outcome.timing.cache.includes("stale-if-error") &&
    "The database is away. This answer is from the cache, and may be outdated.");
  runIfZoomed(); // a named place's circle was not known before
}

function showCount({ page, total, totalPages, next }) {
  const where = state.bbox ? "in view" : `within ${kilometres(state.maxDistance)} of ${state.location ?? "the centre"}`;
  $("count").textContent = total ? count(total, "tailor") : `No tailor ${where}`;
  $("pages").hidden = totalPages < 2 && page === 1;
  $("page").textContent = `Page ${page} of ${Math.max(1, totalPages)}`;
  $("previous").disabled = page <= 1;
  $("next").disabled = !next;
  if (!total) $("list").replaceChildren(h("li", { class: "empty" }, "Try a larger radius, fewer filters, or another place."));
}

function showTiming(timing) {
  const { pool, db } = timing.fromBrowser ? {} : timing.stages; // of an earlier request
  const parts = timing.total === undefined ? [] : [milliseconds(timing.total)];
  if (db !== undefined) parts.push(`database ${milliseconds(db)}`, `waited ${milliseconds(pool ?? 0)}`);
  parts.push(cacheWords(timing));
  $("timing").textContent = parts.join(" · ");
  $("timing").title = timing.cache;
  $("compare").hidden = false;
  $("compared").textContent = "";
}

// Neither answer is from a cache, so both times are the database's.
async function compare() {
  const query = requested;
  $("compare").disabled = true;
  $("compared").textContent = "The SQL engine computes…";
  const usual = await searchBy("auto", query);
  const sql = usual.problem ? usual : await searchBy("sql", query);
  $("compare").disabled = false;
  if (query !== requested) return;
  if (sql.problem) return ($("compared").textContent = `No time of the SQL engine: ${sql.problem.detail}`);
  const [usualTime, sqlTime] = [usual.timing.stages.db, sql.timing.stages.db];
  $("compared").textContent =
    `Computed anew in ${milliseconds(usualTime)}, by the SQL engine in ${milliseconds(sqlTime)}: ${(sqlTime / usualTime).toFixed(1)} times as long`;
}

function notice(...content) {
  $("notice").hidden = !content[0];
  $("notice").replaceChildren(...content.filter(Boolean));
}

// What was found before stays, in grey, as does the map. A server that asks to wait is asked again after that.
function showProblem({ problem, retryAfter }) {
  $("count").textContent = problem.status === 0 || problem.status >= 500 ? "No answer for now" : "This search is refused";
  $("timing").textContent = [problem.status || "", problem.code].filter(Boolean).join(" ");
  $("list").setAttribute("aria-busy", "true");
  $("compare").hidden = true;
  $("compared").textContent = "";
  const again = h("button", { type: "button", click: run }, "Try again");
  const when = h("span", { class: "quiet" });
  const wide = problem.parameter === "bbox" && h("p", {}, "Zoom in to search what the map shows.");
  notice(h("strong", {}, problem.title), h("p", {}, problem.detail), wide, ...(retryAfter ? [again, when] : []));
  if (retryAfter) countDown(retryAfter, when);
}

function countDown(seconds, when) {
  when.textContent = ` by itself in ${seconds} s`;
  retry = setTimeout(() => (seconds > 1 ? countDown(seconds - 1, when) : run()), 1000);
}

/** Lights a tailor in the list and on the map. A click on either shows the other one. */
function light(id, clicked = false) {
  map.light(id);
  lightCard(id, clicked && !$("list").contains(document.activeElement));
  if (clicked) map.reveal(id);
}

$("filter").addEventListener("change", filtersChanged);
$("limit").addEventListener("change", filtersChanged); // of the form, but outside of it
$("filter").addEventListener("submit", (event) => event.preventDefault());
$("previous").addEventListener("click", () => turnPage(-1));
$("next").addEventListener("click", () => turnPage(1));
$("compare").addEventListener("click", compare);
$("follow").addEventListener("change", () => {
  state.follow = $("follow").checked;
  if (state.follow) return mapMoved(true);
  const { centre, km } = map.view();
  circleMoved(centre, km, true);
});
$("locate").addEventListener("click", () => locate().then(go, (error) => notice(h("p", {}, error.message))));
addEventListener("popstate", (event) => {
  state = readState(location.search);
  cursors = event.state?.cursors ?? [];
  fitNext = true;
  showState();
  run();
});
placeBox(go);
if (matchMedia("(max-width: 48rem)").matches) $("filters").open = false;
showState();
map.fit(state);
run();
const tiles = document.querySelector("meta[name=tiles]"); // where the server has some configured
if (tiles) map.addTiles(tiles.content, tiles.dataset.attribution);
Promise.all([
  tiles || loadCountries().then((countries) => map.addCountries(countries)),
  loadCities().then((cities) => tiles || map.addCities(cities)),
]).finally(() => $("mapside").removeAttribute("aria-busy"));
