// The list of tailors.

import { tailor as fetchTailor } from "./api.js";
import { $, count, h, kilometres, words } from "./dom.js";

const COLOURS = 6; // classes of avatars in explorer.css
const WORKS = 4; // the most that a search's answer has
let listed; // what the list shows, as JSON

const nameOf = (tailor) => tailor.user?.name ?? "Unnamed tailor";

// Photos are on hosts of the application's, and the page asks no other host: initials stand for them.
function avatar(tailor, rank) {
  const initials = nameOf(tailor).split(/\s+/).map((word) => [...word][0]).slice(0, 2).join("");
  const colour = [...tailor.id].reduce((sum, c) => sum + c.charCodeAt(0), 0) % COLOURS;
  return h("span", { class: `avatar colour${colour}`, "aria-hidden": "true" }, initials, h("span", { class: "rank" }, rank));
}

function stars(tailor) {
  const bar = h("span", { class: "stars", "aria-hidden": "true" });
  bar.style.setProperty("--share", tailor.rating / 5);
  const reviews = tailor.reviewCount ? ` (${tailor.reviewCount})` : "";
  return h("span", { class: "rating" }, bar, h("span", { class: "hidden" }, "rated "), tailor.rating.toFixed(1),
    h("span", { class: "quiet" }, reviews, h("span", { class: "hidden" }, reviews && " reviews")));
}

function facts(tailor) {
  const works = tailor.sampleWorks?.length ?? 0;
  const parts = [stars(tailor)];
  if (tailor.yearsExperience != null) parts.push(h("span", {}, count(tailor.yearsExperience, "year")));
  if (works) parts.push(h("span", {}, works < WORKS ? count(works, "work") : `${WORKS}+ works`));
  return h("p", { class: "facts" }, ...parts);
}

function detailRows(tailor) {
  const works = tailor.sampleWorks.map((work) =>
    h("li", {}, work.description ?? "Without description", h("span", { class: "quiet" }, ` ${work.createdAt.slice(0, 10)}`)));
  return [
    h("p", {}, [tailor.contactPhone, tailor.contactEmail].filter(Boolean).join(" · ")),
    works.length ? h("ul", { class: "works" }, ...works) : h("p", { class: "quiet" }, "No sample works."),
  ];
}

async function toggle(button, details, id) {
  const open = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", open);
  details.hidden = !open;
  if (!open || details.childElementCount) return;
  details.textContent = "Loading…";
  const { body, problem } = await fetchTailor(id);
  details.replaceChildren(...(body ? detailRows(body.data) : [h("p", { class: "fault" }, problem.detail)]));
}

function card(tailor, rank, light) {
  const details = h("div", { class: "details", hidden: true });
  const open = (event) => {
    toggle(event.currentTarget, details, tailor.id);
    light(tailor.id, true);
  };
  const distance = tailor.distance == null ? "no position" : kilometres(tailor.distance);
  return h("li", { class: "card", "data-id": tailor.id, pointerenter: () => light(tailor.id), pointerleave: () => light(null),
    focusin: () => light(tailor.id), focusout: () => light(null) },
    avatar(tailor, rank),
    h("div", { class: "body" },
      h("h3", {}, h("button", { type: "button", "aria-expanded": "false", click: open }, nameOf(tailor)),
        h("span", { class: "distance" }, distance)),
      tailor.location && h("p", { class: "shop quiet" }, tailor.location),
      facts(tailor),
      h("ul", { class: "skills" }, ...(tailor.skills ?? []).map((skill) => h("li", {}, words(skill)))),
      details));
}

/** Shows the tailors of a page. Those that are shown already stay open. `light` is called with the id that pointer or focus is on. */
export function showList(tailors, firstRank, light) {
  const before = listed;
  if (before === (listed = JSON.stringify([firstRank, tailors]))) return;
  $("list").replaceChildren(...tailors.map((tailor, i) => card(tailor, firstRank + i, light)));
}

/** Lights a tailor's card, and scrolls to it on request. */
export function lightCard(id, scroll) {
  for (const each of $("list").children) {
    const lit = each.dataset.id === id;
    each.classList.toggle("lit", lit);
    if (lit && scroll) {
      each.scrollIntoView({ block: "nearest" });
      each.querySelector("button").focus({ preventScroll: true });
    }
  }
}
