// How it looks: light, dark, phone, right to left with street tiles. PICTURES=directory takes the pictures of the documentation.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { accessible, agrees, at, close, end, open } from "./browser.mjs";

const { PICTURES, WITH_TILES, TILES_PORT } = process.env; // a front end with tiles of this port
const QUERY = "?lat=52.5244&lng=13.4105&maxDistance=15&skill=BRIDAL_WORK&skill=EMBROIDERY&minRating=3&limit=24";
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

after(end);

async function picture(page, name) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/explorer-${name}.png` });
}

const noOverflow = async (page) =>
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");

for (const scheme of ["light", "dark"]) {
  test(`${scheme}`, async () => {
    // So that a picture does not show the time of a session's first searches.
    for (const stars of [1, 2, 4, 5]) await at(QUERY.replace("minRating=3", `minRating=${stars}`));
    const page = await at(QUERY);
    await page.emulateMedia({ colorScheme: scheme });
    await page.hover(".card:nth-child(2)");
    await accessible(page);
    await noOverflow(page);
    await picture(page, scheme);
  });
}

test("phone", async () => {
  const page = await open(QUERY, PHONE);
  await agrees(page);
  await noOverflow(page);
  assert.equal(await page.getAttribute("#filters", "open"), null);
  await picture(page, "phone");
  await page.click("#filters summary");
  await page.click("#request summary");
  await noOverflow(page);
  await accessible(page);
  await close(page);
});

test("right to left, with street tiles of one other host", async () => {
  const asked = [];
  const image = readFileSync(new URL("tile.png", import.meta.url));
  const tiles = createServer((request, response) => {
    asked.push(request);
    response.setHeader("Content-Type", "image/png").end(image);
  });
  await new Promise((resolve) => tiles.listen(TILES_PORT, "127.0.0.1", resolve));
  const page = await open(QUERY, { base: WITH_TILES, tiles: `http://127.0.0.1:${TILES_PORT}/` });
  await page.locator(".leaflet-tile-loaded").first().waitFor();
  assert.match(asked[0].url, /^\/streets\/\d+\/\d+\/\d+\.png$/);
  assert.equal(asked[0].headers.referer, `${WITH_TILES}/`);
  assert.equal(await page.getAttribute(".leaflet-control-attribution a", "href"), "/copyright");
  assert.equal(await page.locator(".land, .city").count(), 0);
  const refused = await page.evaluate(() => new Promise((resolve) => {
    addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
    new Image().src = "http://127.0.0.1:1/0/0/0.png";
  }));
  assert.equal(refused, "img-src");
  await page.evaluate(() => (document.documentElement.dir = "rtl"));
  const [panel, map] = [await page.locator("#panel").boundingBox(), await page.locator("#map").boundingBox()];
  assert.ok(panel.x > map.x);
  await noOverflow(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  page.faults = page.faults.filter((fault) => !fault.includes("127.0.0.1:1/"));
  await close(page);
  tiles.close();
});
