// The status page on the admin port: one look says whether all is well, or what is not.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, test } from "node:test";
import { accessible, browser } from "./browser.mjs";

const { BASE, ADMIN, CLUSTER, CLUSTER_PLACE, PICTURES } = process.env;
const cluster = (command) => execFileSync(CLUSTER, [command, CLUSTER_PLACE], { stdio: "ignore" });
const plot = (page, title) => page.locator(".plot", { hasText: title });
const verdict = (page, text) => page.locator("#verdict", { hasText: text }).waitFor();

after(() => browser.close());

async function open(options = {}) {
  const page = await (await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options })).newPage();
  page.setDefaultTimeout(60000); // bounds a hang
  page.faults = [];
  page.on("pageerror", (error) => page.faults.push(error.message));
  page.on("request", (request) => request.url().startsWith(ADMIN) || page.faults.push(`a request to ${request.url()}`));
  await page.goto(`${ADMIN}/`);
  return page;
}

async function close(page) {
  await page.context().close();
  assert.deepEqual(page.faults, []);
}

// Searches until the page shows that there are some.
async function search(page) {
  let going = true;
  const searching = (async () => {
    while (going) await fetch(`${BASE}/api/tailors?lat=${12.9 + Math.random() / 10}&lng=77.59`);
  })();
  await plot(page, "Searches a second").locator(".now", { hasText: /[1-9]/ }).waitFor();
  await plot(page, "Time to the answer").locator(".now", { hasText: / ms/ }).waitFor();
  going = false;
  await searching;
}

test("healthy", async () => {
  const page = await open();
  await verdict(page, "Healthy");
  assert.equal(await page.textContent("#version"), process.env.VERSION);
  assert.match(await page.textContent("#readyz"), /\[\+\]database ok: 2 of 2 connections/);
  await search(page);
  await page.waitForFunction(() => /L\d/.test(document.querySelector(".plot path:not(.second)").getAttribute("d")));
  assert.match(await plot(page, "Connections to the database").locator(".beside").textContent(), /^\d+ requests wait; 2 of 2 are open$/);
  assert.match(await plot(page, "Answered by the cache").locator(".beside").textContent(), /^[1-9][\d,]* answers, [\d.]+ MiB$/);
  assert.match(await plot(page, "Changes notified").locator(".beside").textContent(), /^listening$/);
  await accessible(page);
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/status.png` });
  await close(page);
});

test("dark, and on a phone", async () => {
  const page = await open({ colorScheme: "dark", viewport: { width: 390, height: 844 } });
  await verdict(page, "Healthy");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");
  await accessible(page);
  await close(page);
});

test("a stopped database, and searches that are refused", async () => {
  const page = await open();
  await verdict(page, "Healthy");
  cluster("stop");
  assert.equal((await fetch(`${BASE}/api/tailors?lat=1&lng=2`)).status, 503);
  await page.locator("#faults", { hasText: "database failed: 0 of 2 connections" }).waitFor();
  await page.locator("#faults", { hasText: /1 request was refused in the last minute/ }).waitFor();
  assert.equal(await page.textContent("#verdict"), "Look at this:");
  await accessible(page);
  cluster("start");
  await page.locator("#readyz", { hasText: "[+]database ok: 2 of 2" }).waitFor();
  await close(page);
});
