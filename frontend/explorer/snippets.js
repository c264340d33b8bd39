// The search as a URL, a command, SQL and a Prisma call.

import { $, h } from "./dom.js";
import { apiQuery } from "./state.js";

const quoted = (text) => `'${String(text).replaceAll("'", "''")}'`;

/** The arguments of tailor_search() but for the place, as [name, SQL, JavaScript]. */
function named(state) {
  const list = (skills) => `[${skills.join(", ")}]`;
  const edges = state.bbox?.split(",").map((degrees, i) => [["west", "south", "east", "north"][i], degrees, degrees]);
  return [
    ...(edges ?? [["max_distance_km", state.maxDistance, state.maxDistance]]),
    state.skills.length && ["skills", `ARRAY${list(state.skills.map(quoted))}`, list(state.skills.map((s) => JSON.stringify(s)))],
    state.minExperience !== "" && ["min_experience", state.minExperience, state.minExperience],
    state.maxExperience !== "" && ["max_experience", state.maxExperience, state.maxExperience],
    state.minRating !== "" && ["min_rating", state.minRating, state.minRating],
    state.sortBy !== "distance" && ["sort_by", quoted(state.sortBy), JSON.stringify(state.sortBy)],
    state.after ? ["after", quoted(state.after), JSON.stringify(state.after)] : state.page !== 1 && ["page", state.page, state.page],
    ["page_size", state.limit, state.limit],
  ].filter(Boolean);
}

function sql(state) {
  const options = named(state).map(([name, value]) => `${name} => ${value}`).join(",\n  ");
  if (state.bbox) return `SELECT * FROM tailor_search(\n  ${options});`;
  if (!state.location) return `SELECT * FROM tailor_search(${state.lat}, ${state.lng},\n  ${options});`;
  return `SELECT s.* FROM tailor_place p, tailor_search(p.latitude, p.longitude,\n  ${options}) s\nWHERE p.name = ${quoted(state.location)};`;
}

function prisma(state) {
  const value = (text) => "${" + text + "}";
  const options = named(state).map(([name, , text]) => `${name} => ${value(text)}`).join(",\n    ");
  const call = (lat, lng) => `tailor_search(${lat}, ${lng},\n    ${options})`;
  const query = state.location
    ? `SELECT s.* FROM tailor_place p, ${call("p.latitude", "p.longitude")} s\n  WHERE p.name = ${value(JSON.stringify(state.location))}`
    : state.bbox ? `SELECT * FROM tailor_search(\n    ${options})`
    : `SELECT * FROM ${call(value(state.lat), value(state.lng))}`;
  return "const tailors = await prisma.$queryRaw`\n  " + query + "`;";
}

export function forms(state) {
  const url = new URL(`api/tailors?${apiQuery(state)}`, document.baseURI).href;
  return { URL: url, curl: `curl '${url}'`, SQL: sql(state), Prisma: prisma(state) };
}

async function copy(event, text) {
  const button = event.currentTarget;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(button.parentElement.nextElementSibling);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 2000);
}

export function showForms(state) {
  const rows = Object.entries(forms(state)).flatMap(([name, text]) => [
    h("dt", {}, name, h("button", { type: "button", "aria-label": `Copy ${name}`, click: (event) => copy(event, text) }, "Copy")),
    h("dd", {}, h("code", { tabindex: 0 }, text)),
  ]);
  $("forms").replaceChildren(...rows);
}
