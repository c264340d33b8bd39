// What is searched. It lives in the page's URL, under the names of the API's parameters, so that a link shows the same search.

export const MAX_KM = 100;
const START = { lat: 12.9716, lng: 77.5946 };
const OPTIONAL = ["minRating", "minExperience", "maxExperience"];
const inRange = (text, most) => text !== null && text.trim() !== "" && Math.abs(Number(text)) <= most;

/** The state in a query string. What the page cannot show is left out; values are the API's to judge. */
export function readState(query) {
  const parameters = new URLSearchParams(query);
  const state = { skills: parameters.getAll("skill"), follow: parameters.get("follow") === "true" };
  for (const name of OPTIONAL) state[name] = parameters.get(name) ?? "";
  state.maxDistance = Number(parameters.get("maxDistance") ?? 10);
  state.sortBy = parameters.get("sortBy") ?? "distance";
  state.page = Number(parameters.get("page") ?? 1);
  state.after = parameters.get("after") ?? "";
  state.limit = Number(parameters.get("limit") ?? 24);
  const [lat, lng] = [parameters.get("lat"), parameters.get("lng")];
  if (parameters.has("bbox")) state.bbox = parameters.get("bbox");
  else if (parameters.has("location")) state.location = parameters.get("location");
  else Object.assign(state, inRange(lat, 90) && inRange(lng, 180) ? { lat: Number(lat), lng: Number(lng) } : START);
  return state;
}

/** The API's parameters of the page that is listed. */
export function apiQuery(state) {
  const query = new URLSearchParams();
  if (state.bbox) query.set("bbox", state.bbox);
  else if (state.location) query.set("location", state.location);
  else query.set("lat", state.lat), query.set("lng", state.lng);
  if (!state.bbox) query.set("maxDistance", state.maxDistance);
  for (const skill of state.skills) query.append("skill", skill);
  for (const name of OPTIONAL) if (state[name] !== "") query.set(name, state[name]);
  if (state.sortBy !== "distance") query.set("sortBy", state.sortBy);
  if (state.after) query.set("after", state.after);
  else if (state.page !== 1) query.set("page", state.page);
  query.set("limit", state.limit);
  return query.toString();
}

/** Those of the request: the list, the counts beside the filters, and the map's clusters. */
export function requestQuery(state, zoom) {
  return `${apiQuery(state)}&facets=true&zoom=${zoom}`;
}

/** The page's own query: the API's, and how the map behaves. */
export function pageQuery(state) {
  return apiQuery(state) + (state.follow ? "&follow=true" : "");
}

/** The state without the place where it searches. */
export function elsewhere({ lat: _lat, lng: _lng, location: _location, bbox: _bbox, ...others }) {
  return others;
}

/** A position to 6 decimals (0.1 m), its longitude between -180 and 180. */
export function position({ lat, lng }) {
  const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
  return { lat: round(Math.max(-90, Math.min(90, lat))), lng: round(((((lng + 180) % 360) + 360) % 360) - 180) };
}

/** A radius that the API takes, rounded to what a hand can set. */
export function radius(km) {
  const step = km < 10 ? 0.1 : 1;
  return Math.min(MAX_KM, Math.max(0.1, Math.round(Math.round(km / step) * step * 10) / 10));
}
