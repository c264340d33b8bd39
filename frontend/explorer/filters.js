// The filters: their choices, what is chosen, and how many tailors each choice would find.

import { $, compact, count, h, kilometres, number, words } from "./dom.js";

const RADII = [0.5, 1, 2, 5, 10, 20, 50, 100];
const FIELDS = ["maxDistance", "sortBy", "minExperience", "maxExperience", "limit"];
const BANDS = Array.from({ length: 11 }, (_, i) => ({ min: 5 * i, max: i < 10 ? 5 * i + 4 : "" })); // as the API counts them
const form = $("filter");
const chips = new Map(); // the skills seen so far, and their elements
let facets = null; // the counts

/** What is chosen. */
export function chosen() {
  const values = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
  const skills = [...chips.keys()].filter((skill) => chips.get(skill).querySelector("input").checked);
  const minRating = form.elements.minRating.value;
  return { ...values, minRating, maxDistance: Number(values.maxDistance), limit: Number(values.limit), skills };
}

/** Shows the state's filters, with the counts of the last answer that had some. */
export function showFilters(state, found = facets) {
  facets = found;
  const radii = [...new Set([...RADII, state.maxDistance])].sort((a, b) => a - b);
  form.elements.maxDistance.replaceChildren(...radii.map((km) => h("option", { value: km }, kilometres(km))));
  form.elements.maxDistance.disabled = Boolean(state.bbox);
  showRatings(state.minRating);
  for (const name of FIELDS) setField(form.elements[name], state[name]);
  showSkills(state.skills);
  showBands(state);
}

// A link may have a value that the list of choices does not.
function setField(field, value) {
  const known = [...(field.options ?? [])].some((option) => option.value === String(value));
  if (field.options && !known) field.append(h("option", { value }, value));
  field.value = value;
}

function chip(attributes, label, found) {
  const hint = h("span", { class: "hidden" }, ` tailor${found === 1 ? "" : "s"}`);
  const n = found !== undefined && h("span", { class: "n" }, " ", number.format(found), hint);
  return h("label", { class: found === 0 ? "chip none" : "chip" }, h("input", attributes), label, n);
}

// Replaces chips by newer ones, and keeps the focus.
function replaceChips(place, elements) {
  const focused = place.contains(document.activeElement) && document.activeElement.value;
  place.replaceChildren(...elements);
  for (const input of place.querySelectorAll("input")) if (focused === input.value) input.focus({ preventScroll: true });
}

function showRatings(chosenRating) {
  const choices = [...new Set(["", "1", "2", "3", "4", "5", chosenRating])].sort();
  const found = Object.fromEntries((facets?.rating ?? []).map((each) => [each.minRating, each.count]));
  replaceChips($("ratings"), choices.map((rating) => {
    const known = facets && rating !== "" && Number.isInteger(Number(rating));
    return chip({ type: "radio", name: "minRating", value: rating, checked: rating === chosenRating },
      { "": "Any", 5: "5" }[rating] ?? `${rating}+`, known ? found[rating] ?? 0 : undefined);
  }));
}

function showSkills(chosenSkills) {
  const found = Object.fromEntries((facets?.skill ?? []).map((each) => [each.skill, each.count]));
  for (const skill of [...chosenSkills, ...Object.keys(found)]) chips.set(skill, null);
  const sorted = [...chips.keys()].sort();
  for (const skill of sorted)
    chips.set(skill, chip({ type: "checkbox", name: "skill", value: skill }, words(skill), facets ? found[skill] ?? 0 : undefined));
  for (const skill of chosenSkills) chips.get(skill).querySelector("input").checked = true;
  const others = facets?.otherSkills ? [h("span", { class: "quiet" }, `and ${count(facets.otherSkills, "rarer skill")}`)] : [];
  replaceChips($("skills"), [...sorted.map((skill) => chips.get(skill)), ...others]);
}

function showBands(state) {
  const found = new Map((facets?.experience ?? []).map((each) => [each.minExperience, each.count]));
  const most = Math.max(1, ...found.values());
  const [from, to] = [Number(state.minExperience || 0), Number(state.maxExperience || Infinity)];
  const filtered = state.minExperience !== "" || state.maxExperience !== "";
  for (const [i, { min, max }] of BANDS.entries()) {
    const n = found.get(min) ?? 0;
    const button = $("bands").children[i] ?? $("bands").appendChild(band(min, max));
    button.setAttribute("aria-pressed", filtered && from <= min && (max || Infinity) <= to);
    button.querySelector(".hidden").textContent = `${max ? `${min} to ${max}` : `${min} and more`} years, ${count(n, "tailor")}`;
    button.querySelector(".n").textContent = facets ? compact(n) : "";
    button.querySelector(".bar").style.setProperty("--share", n / most);
  }
}

// A column of the plot. A click chooses these years, or any again.
function band(min, max) {
  const choose = (event) => {
    const { minExperience, maxExperience } = form.elements;
    const again = minExperience.value === String(min) && maxExperience.value === String(max);
    minExperience.value = again ? "" : min;
    maxExperience.value = again ? "" : max;
    event.currentTarget.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const seen = { "aria-hidden": "true" };
  return h("button", { type: "button", click: choose }, h("span", { class: "hidden" }), h("span", { class: "n", ...seen }),
    h("span", { class: "bar" }), h("span", seen, max ? min : `${min}+`));
}
