// How it looks: light, dark, phone, right to left. PICTURES=directory takes the pictures of the documentation.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { accessible, agrees, browser, close, open } from "./browser.mjs";

const { PICTURES } = process.env;
const QUERY = "?lat=52.5244&lng=13.4105&maxDistance=15&skill=BRIDAL_WORK&skill=EMBROIDERY&minRating=3&limit=24";
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

after(() => browser.close());

async function picture(page, name) {
  if (PICTURES) await page.screenshot({ path: `${PICTURES}/explorer-${name}.png` });
}

const noOverflow = async (page) =>
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page scrolls sideways");

for (const scheme of ["light", "dark"]) {
  test(`${scheme}`, async () => {
    const page = await open(QUERY, { colorScheme: scheme });
    await agrees(page);
    await page.hover(".card:nth-child(2)");
    await accessible(page);
    await noOverflow(page);
    await picture(page, scheme);
    await close(page);
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

test("right to left", async () => {
  const page = await open(QUERY);
  await page.evaluate(() => (document.documentElement.dir = "rtl"));
  const [panel, map] = [await page.locator("#panel").boundingBox(), await page.locator("#map").boundingBox()];
  assert.ok(panel.x > map.x);
  await noOverflow(page);
  await accessible(page);
  await close(page);
});
