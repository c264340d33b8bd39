// Searching: each way to change the search, and that the page shows the API's answer to its URL.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, test } from "node:test";
import { accessible, agrees, browser, changed, close, drag, listed, open, parameter, settled } from "./browser.mjs";

after(() => browser.close());

test("the page shows the answer, on the map too", async () => {
  const page = await open();
  assert.ok((await agrees(page)) > 24);
  assert.equal((await page.$$(".pin")).length, 24);
  await accessible(page);
  await close(page);
});

test("hovering lights a tailor in the list and on the map", async () => {
  const page = await open("?limit=12");
  await page.hover(".card:nth-child(3)");
  assert.deepEqual(await page.$$eval(".pin.lit", (pins) => pins.map((pin) => pin.textContent)), ["3"]);
  await page.locator(".pin").filter({ hasText: /^5$/ }).hover({ force: true });
  assert.deepEqual(await page.$$eval(".card.lit .rank", (ranks) => ranks.map((rank) => rank.textContent)), ["5"]);
  await page.locator(".pin").filter({ hasText: /^5$/ }).click({ force: true });
  assert.equal(await page.evaluate(() => document.activeElement.closest(".card").querySelector(".rank").textContent), "5");
  await close(page);
});

test("a tailor opens with all works", async () => {
  const page = await open();
  const card = page.locator(".card", { hasText: "4+ works" }).first();
  await card.locator("h3 button").click();
  await card.locator(".works").waitFor();
  assert.ok((await card.locator(".works li").count()) >= 4);
  assert.equal(await card.locator("h3 button").getAttribute("aria-expanded"), "true");
  await close(page);
});

test("centre and radius are dragged, and moved by keys", async () => {
  const page = await open("?lat=12.97&lng=77.59&maxDistance=10&limit=24");
  let before = page.url();
  await drag(page, ".handle.centre", 60, 40);
  await changed(page, before);
  assert.ok(parameter(page, "lng") > 77.59 && parameter(page, "lat") < 12.97);
  await agrees(page);
  before = page.url();
  await drag(page, ".handle.edge", -120, 0);
  await changed(page, before);
  assert.ok(parameter(page, "maxDistance") < 8);
  await agrees(page);
  before = page.url();
  await page.focus(".handle.edge");
  await page.keyboard.press("ArrowRight");
  await changed(page, before);
  before = page.url();
  await page.focus(".handle.centre");
  await page.keyboard.press("ArrowUp");
  await changed(page, before);
  await agrees(page);
  await close(page);
});

test("the map is searched as it moves", async () => {
  const page = await open();
  await page.check("#follow");
  await page.waitForURL(/follow=true/);
  let before = page.url();
  await drag(page, "#map", -100, 60);
  await changed(page, before);
  const [west, south, east, north] = parameter(page, "bbox").split(",").map(Number);
  assert.ok((west + east) / 2 > 77.5946 && (south + north) / 2 > 12.9716);
  await agrees(page);
  before = page.url();
  await page.click(".leaflet-control-zoom-in");
  await changed(page, before);
  await agrees(page);
  const other = await open(new URL(page.url()).search);
  assert.deepEqual(await listed(other), await listed(page));
  await close(other);
  await page.uncheck("#follow");
  await page.waitForURL(/lat=/);
  await agrees(page);
  await close(page);
});

test("a view that is too large to search", async () => {
  const page = await open();
  const before = page.url();
  await page.goto(new URL("?follow=true&bbox=-120,-50,120,70", before).href);
  await page.locator("#timing", { hasText: "400" }).waitFor();
  assert.match(await page.textContent("#notice"), /at most 5000 km.*Zoom in/);
  await page.goto(before);
  await agrees(page);
  assert.ok(await page.isHidden("#notice"));
  await close(page);
});

test("filters, sorting, pages, and back", async () => {
  const page = await open();
  const all = await agrees(page);
  await page.locator("label.chip", { hasText: "Hemming" }).click();
  await page.waitForURL(/skill=HEMMING/);
  const hemming = await agrees(page);
  assert.ok(hemming < all);
  await page.selectOption("[name=minRating]", "3");
  await page.waitForURL(/minRating=3/);
  assert.ok((await agrees(page)) < hemming);
  await page.fill("[name=minExperience]", "10");
  await page.press("[name=minExperience]", "Tab");
  await page.waitForURL(/minExperience=10/);
  await agrees(page);
  await page.selectOption("[name=sortBy]", "rating");
  await page.selectOption("#limit", "12");
  await page.waitForURL(/limit=12/);
  await agrees(page);
  await page.goBack();
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes("sortBy"));
  await agrees(page);
  assert.equal(await page.inputValue("[name=sortBy]"), "distance");
  await page.goto(page.url().replace(/\?.*/, ""));
  await settled(page);
  await page.click("#next");
  await page.waitForURL(/page=2/);
  await agrees(page);
  assert.equal(await page.textContent(".card .rank"), "25");
  await page.goBack();
  assert.equal(await agrees(page), all);
  await close(page);
});

test("a shared URL shows the same search", async () => {
  const page = await open();
  await page.locator("label.chip", { hasText: "Stitching" }).click();
  await page.selectOption("[name=sortBy]", "experience");
  await page.waitForURL(/sortBy=experience/);
  await agrees(page);
  const other = await open(new URL(page.url()).search);
  assert.deepEqual(await listed(other), await listed(page));
  assert.ok(await other.isChecked("input[value=STITCHING]"));
  assert.equal(await other.inputValue("[name=sortBy]"), "experience");
  await close(other);
  await close(page);
});

test("places: a city, coordinates, a named place, one that does not exist", async () => {
  const page = await open();
  await page.fill("#place", "mysor");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForURL(/lat=12\.2/);
  assert.equal(await page.inputValue("#place"), "Mysore");
  await agrees(page);
  await page.fill("#place", "12.98, 77.6");
  await page.keyboard.press("Enter");
  await page.waitForURL(/lat=12.98&lng=77.6&/);
  await agrees(page);
  await page.fill("#place", "MG_ROAD");
  await page.keyboard.press("Enter");
  await page.waitForURL(/location=MG_ROAD/);
  await agrees(page);
  await page.fill("#place", "NO_SUCH_PLACE");
  await page.keyboard.press("Enter");
  await page.locator("#notice", { hasText: "There is no place of the name given." }).waitFor();
  assert.equal(await page.textContent("#count"), "This search is refused");
  await accessible(page);
  await close(page);
});

test("nothing found says so", async () => {
  const page = await open("?lat=0&lng=-140");
  assert.match(await page.textContent("#count"), /^No tailor within 10 km/);
  await close(page);
});

test("the browser's location, allowed and denied", async () => {
  const allowed = await open("", { geolocation: { latitude: 12.95, longitude: 77.6 }, permissions: ["geolocation"] });
  await allowed.click("#locate");
  await allowed.waitForURL(/lat=12.95&lng=77.6&/);
  await agrees(allowed);
  await close(allowed);
  const denied = await open("", { permissions: [] });
  await denied.click("#locate");
  await denied.locator("#notice", { hasText: "does not allow" }).waitFor();
  await close(denied);
});

test("what is copied gives the same tailors", async () => {
  const page = await open("?lat=12.97&lng=77.59&maxDistance=5&skill=HEMMING&skill=STITCHING&minRating=2&sortBy=rating&limit=12",
    { permissions: ["clipboard-read", "clipboard-write"] });
  await page.click("#request summary");
  const ids = await listed(page);
  const copied = async (name) => {
    await page.getByRole("button", { name: `Copy ${name}` }).click();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  const sql = await copied("SQL");
  const rows = (text) => execFileSync("psql", ["-X", "-At", "-d", process.env.DATABASE, "-c", text], { encoding: "utf8" }).trim().split("\n");
  assert.deepEqual(rows(sql.replace("SELECT *", "SELECT id")), ids);
  const body = execFileSync("bash", ["-c", `${await copied("curl")} --silent`], { encoding: "utf8" });
  assert.deepEqual(JSON.parse(body).data.map((tailor) => tailor.id), ids);
  // The call as Prisma gets it: a template with values.
  const literal = (value) => Array.isArray(value) ? `ARRAY[${value.map(literal)}]` : typeof value === "string" ? `'${value}'` : value;
  let query;
  const prisma = { $queryRaw: (parts, ...values) => (query = String.raw({ raw: parts }, ...values.map(literal))) };
  await new Function("prisma", `return (async () => { ${await copied("Prisma")} })()`)(prisma);
  assert.deepEqual(rows(query.replace("SELECT *", "SELECT id")), ids);
  await close(page);
});
