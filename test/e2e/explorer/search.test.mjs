// Searching: each way to change the search, and that the page shows the API's answer to its URL.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, test } from "node:test";
import { accessible, agrees, answered, at, changed, close, clusters, drag, end, listed, open, parameter } from "./browser.mjs";

after(end);

const chip = (page, text) => page.locator("label.chip", { hasText: text });
const beside = async (element) => Number((await element.locator(".n").textContent()).replaceAll(",", "").match(/\d+/)[0]);

test("the page shows the answer, and clusters of all tailors on the map", async () => {
  const page = await at();
  const total = await agrees(page);
  assert.ok(total > 24);
  const counts = await clusters(page, total);
  assert.ok(counts.length > 5 && !(await page.$(".pin")));
  await accessible(page);
  await page.click(".leaflet-control-zoom-in"); // the circle stays, and its clusters are smaller
  await page.waitForFunction((before) => document.querySelectorAll(".cluster").length > before, counts.length);
  await clusters(page, total);
  assert.equal(await agrees(page), total);
});

test("clusters open by click and by Enter, down to the tailors, and back", async () => {
  const page = await at();
  const start = page.url();
  let total = await agrees(page);
  for (let key = true; total > 24; key = !key) {
    const [largest] = await clusters(page, total);
    const before = page.url();
    const cluster = page.locator(".cluster").first();
    assert.equal(await cluster.getAttribute("aria-label"), `${largest} tailors: zoom in`);
    if (key) await cluster.press("Enter");
    else await cluster.click();
    await changed(page, before);
    const now = await agrees(page);
    assert.ok(now >= largest && now < total, `of ${total}, a cluster of ${largest}, then ${now}`);
    total = now;
  }
  await page.waitForFunction((total) => document.querySelectorAll(".pin").length === total && !document.querySelector(".cluster"), total);
  assert.equal(parameter(page, "follow"), "true");
  while (page.url() !== start) await page.goBack();
  await clusters(page, await agrees(page));
});

test("hovering lights a tailor in the list and on the map", async () => {
  const page = await at("?lat=12.9716&lng=77.5946&limit=12"); // clusters take the place of the tailors but for one
  await page.hover(".card:nth-child(3)");
  const lit = () => page.$$eval(".pin.lit", (pins) => pins.map((pin) => pin.textContent));
  assert.deepEqual(await lit(), ["3"]);
  await page.mouse.move(0, 0);
  assert.deepEqual(await lit(), []);
  assert.ok((await agrees(await at("?lat=12.9716&lng=77.5946&limit=100&maxDistance=4"))) < 100);
  await page.hover(".card:nth-child(3)");
  assert.deepEqual(await lit(), ["3"]);
  const first = page.locator(".pin").filter({ hasText: /^1$/ });
  await first.hover({ force: true });
  assert.deepEqual(await page.$$eval(".card.lit .rank", (ranks) => ranks.map((rank) => rank.textContent)), ["1"]);
  await first.click({ force: true });
  assert.equal(await page.evaluate(() => document.activeElement.closest(".card").querySelector(".rank").textContent), "1");
});

test("a tailor opens with all works", async () => {
  const page = await at();
  const card = page.locator(".card", { hasText: "4+ works" }).first();
  await card.locator("h3 button").click();
  await card.locator(".works").waitFor();
  assert.ok((await card.locator(".works li").count()) >= 4);
  assert.equal(await card.locator("h3 button").getAttribute("aria-expanded"), "true");
  await card.evaluate((element) => (element.marked = true));
  await page.locator(".cluster").first().evaluate((element) => element.classList.add("before"));
  await page.click(".leaflet-control-zoom-in");
  await page.locator(".before").waitFor({ state: "detached" }); // other clusters are shown
  assert.equal(await page.locator(".card", { has: page.locator(".works") }).evaluate((element) => element.marked), true);
});

test("centre and radius are dragged, and moved by keys", async () => {
  const page = await at("?lat=12.97&lng=77.59&maxDistance=10&limit=24");
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
});

test("the map is searched as it moves", async () => {
  const page = await at();
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
  await page.uncheck("#follow");
  await page.waitForURL(/lat=/);
  await agrees(page);
});

test("a view that is too large to search", async () => {
  const page = await at();
  await page.evaluate(() => {
    history.pushState(null, "", "?follow=true&bbox=-120,-50,120,70");
    dispatchEvent(new PopStateEvent("popstate"));
  });
  await page.locator("#timing", { hasText: "400" }).waitFor();
  assert.match(await page.textContent("#notice"), /at most 5000 km.*Zoom in/);
  await page.goBack();
  await agrees(page);
  assert.ok(await page.isHidden("#notice"));
});

test("each filter finds as many tailors as stand beside it", async () => {
  const page = await at();
  const hemming = await beside(chip(page, "Hemming"));
  await chip(page, "Hemming").click();
  await page.waitForURL(/skill=HEMMING/);
  assert.equal(await agrees(page), hemming);
  const stitching = await beside(chip(page, "Stitching"));
  const rated = await beside(chip(page, /^3\+/));
  assert.ok(rated < hemming);
  await chip(page, /^3\+/).click();
  await page.waitForURL(/minRating=3/);
  assert.equal(await agrees(page), rated);
  assert.ok((await beside(chip(page, "Stitching"))) < stitching, "counted under the other filters");
  const band = page.locator("#bands button").nth(2);
  const years = await beside(band);
  assert.equal(await band.locator(".hidden").textContent(), `10 to 14 years, ${years} tailor${years === 1 ? "" : "s"}`);
  await band.click();
  await page.waitForURL(/minExperience=10&maxExperience=14/);
  assert.equal(await agrees(page), years);
  assert.equal(await band.getAttribute("aria-pressed"), "true");
  assert.equal(await beside(chip(page, "Hemming")), years);
  await accessible(page);
  await band.click();
  await page.waitForURL((url) => !url.search.includes("Experience"));
  assert.equal(await agrees(page), rated);
});

test("filters, sorting, and back", async () => {
  const page = await at();
  const all = await agrees(page);
  await page.fill("[name=minExperience]", "10");
  await page.press("[name=minExperience]", "Tab");
  await page.waitForURL(/minExperience=10/);
  assert.ok((await agrees(page)) < all);
  await page.selectOption("[name=sortBy]", "rating");
  await page.selectOption("#limit", "12");
  await page.waitForURL(/limit=12/);
  await agrees(page);
  await page.goBack();
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes("sortBy"));
  await agrees(page);
  assert.equal(await page.inputValue("[name=sortBy]"), "distance");
});

test("pages by cursor, forth and back", async () => {
  const page = await at();
  const shows = async (number, rank) => {
    await page.locator("#page", { hasText: `Page ${number} of` }).waitFor();
    await agrees(page);
    assert.equal(await page.textContent(".card .rank"), String(rank));
  };
  await page.click("#next");
  await page.waitForURL(/after=/);
  await shows(2, 25);
  const second = page.url();
  await page.click("#next");
  await shows(3, 49);
  await page.click("#previous");
  await shows(2, 25);
  assert.equal(page.url(), second);
  await page.goBack();
  await shows(3, 49);
  await page.goBack();
  await page.goBack();
  await shows(1, 1);
  assert.ok(await page.isDisabled("#previous"));
  await at(new URL(second).search); // a link, to a page before which nothing was seen
  await shows(2, 25);
  await page.click("#previous");
  await shows(1, 1);
  assert.equal(parameter(page, "after"), null);
  await chip(page, "Hemming").click();
  await page.waitForURL(/skill=HEMMING/);
  await agrees(page);
});

test("the SQL engine's time, on request", async () => {
  const page = await at();
  await page.click("#compare");
  await page.locator("#compared", { hasText: /in [\d.,]+ ms, by the SQL engine in [\d.,]+ ms: [\d.,]+ times/ }).waitFor();
  await chip(page, "Hemming").click();
  await page.locator("#compared:empty").waitFor({ state: "attached" });
});

test("a shared URL shows the same search", async () => {
  const page = await at();
  await chip(page, "Stitching").click();
  await page.selectOption("[name=sortBy]", "experience");
  await page.waitForURL(/sortBy=experience/);
  await agrees(page);
  const other = await open(new URL(page.url()).search);
  assert.deepEqual(await listed(other), await listed(page));
  assert.ok(await other.isChecked("input[value=STITCHING]"));
  assert.equal(await other.inputValue("[name=sortBy]"), "experience");
  await close(other);
});

test("places: a city, coordinates, a named place, one that does not exist", async () => {
  const page = await at();
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
  await clusters(page, await agrees(page));
  await page.fill("#place", "NO_SUCH_PLACE");
  await page.keyboard.press("Enter");
  await page.locator("#notice", { hasText: "There is no place of the name given." }).waitFor();
  assert.equal(await page.textContent("#count"), "This search is refused");
  await accessible(page);
});

test("nothing found says so", async () => {
  const page = await at("?lat=0&lng=-140");
  assert.match(await page.textContent("#count"), /^No tailor within 10 km/);
  assert.equal(await page.locator(".cluster, .pin").count(), 0);
});

test("the browser's location, denied and allowed", async () => {
  const page = await at();
  await page.context().grantPermissions([]);
  await page.click("#locate");
  await page.locator("#notice", { hasText: "does not allow" }).waitFor();
  await page.context().setGeolocation({ latitude: 12.95, longitude: 77.6 });
  await page.context().grantPermissions(["geolocation"]);
  await page.click("#locate");
  await page.waitForURL(/lat=12.95&lng=77.6&/);
  await agrees(page);
  await page.context().clearPermissions();
});

test("what is copied gives the same tailors", async () => {
  const page = await at("?lat=12.97&lng=77.59&maxDistance=8&skill=HEMMING&skill=STITCHING&minRating=2&sortBy=rating&limit=12");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.click("#next");
  await page.waitForURL(/after=/);
  await agrees(page);
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
  assert.equal((await answered(page)).page, 2);
});
