// The explorer: the state in the URL, searches, and what they show.

import { cacheWords, search } from "./api.js";
import { $, count, h, kilometres, milliseconds, words } from "./dom.js";
import { lightCard, showList } from "./list.js";
import { TailorMap } from "./map.js";
import { loadCities, loadCountries, locate, placeBox } from "./places.js";
import { showForms } from "./snippets.js";
import { apiQuery, elsewhere, pageQuery, position, readState } from "./state.js";

const SLOW = 400; // ms after which the page says that it waits
const RADII = [0.5, 1, 2, 5, 10, 20, 50, 100];
const FIELDS = ["maxDistance", "sortBy", "minRating", "minExperience", "maxExperience", "limit"];
const skills = new Set(); // those seen so far
const filter = $("filter");
let state = readState(location.search);
let waiting = 0; // the timer that says so
let retry = 0; // the timer of the next attempt
let fitNext = true; // the map moves to the next answer

const map = new TailorMap($("map"), { circle: circleMoved, move: mapMoved, light });

// --- Changes -------------------------------------------------------------------------------------------------------

/** Searches with changes to the state. Only a change that is done makes an entry of the browser's history. */
function change(changes, { done = true, fit = false } = {}) {
  state = { ...state, page: 1, ...changes };
  fitNext ||= fit;
  if (done) history.pushState(null, "", `?${pageQuery(state)}`);
  showState();
  run();
}

function circleMoved(centre, km, done) {
  state = elsewhere(state);
  change({ ...centre, maxDistance: km }, { done });
}

function mapMoved(done) {
  if (!state.follow) return;
  state = elsewhere(state);
  change({ bbox: map.box() }, { done });
}

function go({ lat, lng, location }) {
  state = elsewhere(state);
  change(location ? { location } : position({ lat, lng }), { fit: true });
}

function filtersChanged() {
  const values = Object.fromEntries(FIELDS.map((name) => [name, filter.elements[name].value]));
  const chosen = [...filter.querySelectorAll("input[name=skill]:checked")].map((box) => box.value);
  const maxDistance = Number(values.maxDistance);
  change({ ...values, maxDistance, limit: Number(values.limit), skills: chosen }, { fit: maxDistance !== state.maxDistance });
}

function turnPage(by) {
  change({ page: state.page + by });
  $("list").focus({ preventScroll: true });
  $("count").scrollIntoView({ block: "nearest" });
}

// --- The state, shown ----------------------------------------------------------------------------------------------

function showState() {
  const radii = [...new Set([...RADII, state.maxDistance])].sort((a, b) => a - b);
  filter.elements.maxDistance.replaceChildren(...radii.map((km) => h("option", { value: km }, kilometres(km))));
  for (const name of FIELDS) setField(filter.elements[name], state[name]);
  $("follow").checked = state.follow;
  filter.elements.maxDistance.disabled = Boolean(state.bbox);
  showSkills(state.skills);
  showCircle();
  showForms(state);
}

// A link may have a value that the list of choices does not.
function setField(field, value) {
  const known = [...(field.options ?? [])].some((option) => option.value === String(value));
  if (field.options && !known) field.append(h("option", { value }, value));
  field.value = value;
}

function showCircle() {
  map.showCircle(state.location || state.bbox ? null : { lat: state.lat, lng: state.lng }, state.maxDistance, { handles: !state.follow });
}

function showSkills(more) {
  const before = skills.size;
  for (const skill of more) skills.add(skill);
  if (skills.size !== before) {
    $("skills").replaceChildren(...[...skills].sort().map((skill) =>
      h("label", { class: "chip" }, h("input", { type: "checkbox", name: "skill", value: skill }), words(skill))));
  }
  for (const box of $("skills").querySelectorAll("input")) box.checked = state.skills.includes(box.value);
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
  search(apiQuery(state), show);
}

function show(outcome) {
  clearTimeout(waiting);
  $("list").removeAttribute("aria-busy");
  if (outcome.problem) return showProblem(outcome);
  const { data, pagination } = outcome.body;
  const firstRank = (pagination.page - 1) * pagination.limit + 1;
  showSkills(data.flatMap((tailor) => tailor.skills ?? []));
  showList(data, firstRank, light);
  map.showTailors(data, firstRank);
  if (fitNext) map.fit(state.bbox);
  fitNext = false;
  showCount(pagination);
  showTiming(outcome.timing);
  notice(outcome.timing.cache.includes("stale-if-error") &&
    "The database is away. This answer is from the cache, and may be outdated.");
}

function showCount({ page, total, totalPages }) {
  const where = state.bbox ? "in view" : `within ${kilometres(state.maxDistance)} of ${state.location ?? "the centre"}`;
  $("count").textContent = total ? count(total, "tailor") : `No tailor ${where}`;
  $("pages").hidden = totalPages < 2 && page === 1;
  $("page").textContent = `Page ${page} of ${Math.max(1, totalPages)}`;
  $("previous").disabled = page <= 1;
  $("next").disabled = page >= totalPages;
  if (!total) $("list").replaceChildren(h("li", { class: "empty" }, "Try a larger radius, fewer filters, or another place."));
}

function showTiming(timing) {
  const { pool, db } = timing.stages;
  const parts = timing.total === undefined ? [] : [milliseconds(timing.total)];
  if (db !== undefined) parts.push(`database ${milliseconds(db)}`, `waited ${milliseconds(pool ?? 0)}`);
  parts.push(cacheWords(timing));
  $("timing").textContent = parts.join(" · ");
  $("timing").title = timing.cache;
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

// --- Light ---------------------------------------------------------------------------------------------------------

/** Lights a tailor in the list and on the map. A click on either shows the other one. */
function light(id, clicked = false) {
  map.light(id);
  lightCard(id, clicked && !$("list").contains(document.activeElement));
  if (clicked) map.reveal(id);
}

// --- Start ---------------------------------------------------------------------------------------------------------

filter.addEventListener("change", filtersChanged);
$("limit").addEventListener("change", filtersChanged); // of the form, but outside of it
filter.addEventListener("submit", (event) => event.preventDefault());
$("previous").addEventListener("click", () => turnPage(-1));
$("next").addEventListener("click", () => turnPage(1));
$("follow").addEventListener("change", () => {
  state.follow = $("follow").checked;
  if (state.follow) return mapMoved(true);
  const { centre, km } = map.view();
  circleMoved(centre, km, true);
});
$("locate").addEventListener("click", () => locate().then(go, (error) => notice(h("p", {}, error.message))));
addEventListener("popstate", () => {
  state = readState(location.search);
  fitNext = true;
  showState();
  run();
});
placeBox(go);
if (matchMedia("(max-width: 48rem)").matches) $("filters").open = false;
showState();
map.fit(state.bbox);
run();
Promise.all([
  loadCountries().then((countries) => map.addCountries(countries)),
  loadCities().then((cities) => map.addCities(cities)),
]).finally(() => $("mapside").removeAttribute("aria-busy"));
