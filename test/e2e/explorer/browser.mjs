// Debian's Chromium at the explorer page, with every other host cut off.
import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { BASE } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Root needs --no-sandbox. No host has an address but ours, whatever the page tries.
const args = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", ...(process.getuid() === 0 ? ["--no-sandbox"] : [])];
export const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });

/** A page at a query of the explorer's, once it shows an answer and its map. It collects what must not happen: also requests to
 *  other places than the server, and one of tiles. */
export async function open(query = "", { base = BASE, tiles = base, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "light", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60000); // bounds a hang
  page.faults = [];
  page.on("console", (message) => message.type() === "error" && !/ 4\d\d | 5\d\d /.test(message.text()) && page.faults.push(message.text()));
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("request", (request) => [base, tiles].some((each) => request.url().startsWith(each)) || page.faults.push(`a request to ${request.url()}`));
  await page.goto(`${base}/${query}`);
  await settled(page);
  await page.waitForSelector("#mapside:not([aria-busy])");
  return page;
}

let shared; // by the tests of a file, because a load costs seconds

/** That page at a query, reached as by the back button, once it shows the answer. */
export async function at(query = "", options = {}) {
  const go = (url) => {
    history.pushState(null, "", url);
    dispatchEvent(new PopStateEvent("popstate"));
  };
  if (shared) await shared.evaluate(go, `./${query}`);
  else shared = await open(query, options);
  await agrees(shared);
  return shared;
}

/** After all tests of a file. */
export async function end() {
  if (shared) await close(shared);
  await browser.close();
}

/** Waits until the list is the answer to the page's URL. */
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector("#list > li") && document.querySelector("#timing").textContent.includes("·")
    && !document.querySelector("#list[aria-busy]"));
}

/** The numbers in the map's clusters, once they add up to the total. */
export async function clusters(page, total) {
  const counts = await page.waitForFunction((total) => {
    const counts = [...document.querySelectorAll(".cluster")].map((cluster) => Number(cluster.textContent.replaceAll(",", "")));
    return counts.reduce((sum, n) => sum + n, 0) === total && counts;
  }, total);
  return counts.jsonValue();
}

/** The ids that the page lists, and those that the API answers to the page's own query. */
export const listed = (page) => page.$$eval(".card", (cards) => cards.map((card) => card.dataset.id));
export async function answered(page) {
  const query = new URL(page.url()).searchParams;
  query.delete("follow");
  if (!query.size) new URLSearchParams({ lat: 12.9716, lng: 77.5946, limit: 24 }).forEach((value, name) => query.set(name, value));
  const { data, pagination } = await (await fetch(`${new URL(page.url()).origin}/api/tailors?${query}`)).json();
  return { ids: data.map((tailor) => tailor.id), ...pagination };
}

/** Waits until the page lists what the API answers to its URL, and checks the count. */
export async function agrees(page) {
  await settled(page);
  const { ids, total } = await answered(page);
  await page.waitForFunction((ids) => JSON.stringify([...document.querySelectorAll(".card")].map((card) => card.dataset.id)) === ids,
    JSON.stringify(ids));
  if (total) assert.equal(await page.textContent("#count"), `${total} tailor${total === 1 ? "" : "s"}`);
  return total;
}

export const parameter = (page, name) => new URL(page.url()).searchParams.get(name);
export const changed = (page, before) => page.waitForFunction((url) => location.href !== url, before);

/** Drags an element by pixels, in steps. */
export async function drag(page, selector, dx, dy) {
  const box = await page.locator(selector).boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps: 8 });
  await page.mouse.up();
}

/** No violation of axe-core's rules. */
export async function accessible(page) {
  await page.evaluate(AXE); // as a debugger does: the page's policy allows no script of others
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html, nodes[0].failureSummary]), []);
}

/** Nothing went wrong meanwhile. */
export async function close(page) {
  const { faults } = page;
  await page.context().close();
  assert.deepEqual(faults, []);
}
