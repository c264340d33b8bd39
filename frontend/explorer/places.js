// Where to go: cities, coordinates, named places, the browser's location.

import { $, h } from "./dom.js";

const SUGGESTIONS = 8;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const countryNames = new Intl.DisplayNames("en", { type: "region", fallback: "code" });
let cities = [];

/** The cities of cities.csv: name, country, latitude, longitude, population; the most populous first. */
export async function loadCities() {
  const text = await (await fetch(new URL("cities.csv", import.meta.url))).text();
  cities = text.trimEnd().split("\n").slice(1).map((line) => {
    const [, name, country, lat, lng] = line.match(/^("(?:[^"]|"")*"|[^,]*),([^,]*),([^,]*),([^,]*)/);
    const unquoted = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
    return { name: unquoted, plain: plain(unquoted), country, lat: Number(lat), lng: Number(lng) };
  });
  return cities;
}

/** The countries of world-atlas as GeoJSON. */
export async function loadCountries() {
  const topology = await (await fetch(new URL("vendor/countries-50m.json", import.meta.url))).json();
  const countries = topojson.feature(topology, topology.objects.countries);
  for (const { geometry } of countries.features)
    for (const ring of geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat()) unwrap(ring);
  return countries;
}

// A border that crosses the antimeridian goes on beyond 180 degrees.
function unwrap(ring) {
  for (let i = 1; i < ring.length; i++)
    ring[i] = [ring[i][0] - 360 * Math.round((ring[i][0] - ring[i - 1][0]) / 360), ring[i][1]];
}

function suggestions(text) {
  const degrees = text.match(/^\s*(-?\d+(?:\.\d+)?)\s*[,;\s]\s*(-?\d+(?:\.\d+)?)\s*$/);
  if (degrees) {
    const [lat, lng] = degrees.slice(1).map(Number);
    const valid = Math.abs(lat) <= 90 && Math.abs(lng) <= 180;
    return valid ? [{ label: `${lat}, ${lng}`, more: "latitude, longitude", lat, lng }] : [];
  }
  const wanted = plain(text.trim());
  if (!wanted) return [];
  const found = [];
  for (const city of cities) {
    if (found.length === SUGGESTIONS) break;
    if (city.plain.startsWith(wanted)) found.push({ label: city.name, more: countryNames.of(city.country), lat: city.lat, lng: city.lng });
  }
  const named = { label: text.trim(), more: "named place", location: text.trim() };
  return /^[A-Z0-9_]+$/.test(named.label) ? [named, ...found] : [...found, named];
}

/** The box that proposes places; `go` is called with the one that was chosen. */
export function placeBox(go) {
  const input = $("place");
  const list = $("places");
  let shown = [];
  let active = -1;

  const activate = (index) => {
    active = index;
    for (const [i, option] of [...list.children].entries()) option.setAttribute("aria-selected", i === active);
    if (active >= 0) input.setAttribute("aria-activedescendant", `place-${active}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const show = (places) => {
    shown = places;
    list.replaceChildren(...places.map((place, i) =>
      h("li", { role: "option", id: `place-${i}`, "aria-selected": "false", pointerdown: () => choose(place) },
        place.label, h("span", { class: "quiet" }, ` ${place.more}`))));
    list.hidden = !places.length;
    input.setAttribute("aria-expanded", places.length > 0);
    activate(-1);
  };
  const choose = (place) => {
    input.value = place.label;
    show([]);
    go(place);
  };

  input.addEventListener("input", () => show(suggestions(input.value)));
  input.addEventListener("blur", () => show([]));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show([]);
    if (!shown.length || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    activate((active + (event.key === "ArrowDown" ? 1 : shown.length + (active < 0))) % shown.length);
  });
  $("go").addEventListener("submit", (event) => {
    event.preventDefault();
    const place = shown[Math.max(0, active)] ?? suggestions(input.value)[0];
    if (place) choose(place);
  });
}

/** The browser's location, or why there is none. */
export function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) return reject(new Error("This browser has no location."));
    navigator.geolocation.getCurrentPosition(({ coords }) => resolve({ lat: coords.latitude, lng: coords.longitude }),
      (error) => reject(new Error(error.code === 1 ? "The browser does not allow this page to see where you are." : error.message)),
      { timeout: 10000, maximumAge: 60000 });
  });
}
