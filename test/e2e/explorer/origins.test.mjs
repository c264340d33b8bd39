// A page of another origin reads answers where cors-origins allows it, and a browser enforces that.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { browser } from "./browser.mjs";

const { SHOP_PORT, ALLOWING, OTHERS } = process.env; // of a front end that allows that origin, and of one that does not
const shop = createServer((_, response) => response.setHeader("Content-Type", "text/html").end("<title>shop</title>"));
await new Promise((resolve) => shop.listen(SHOP_PORT, "127.0.0.1", resolve));
after(() => {
  shop.close();
  return browser.close();
});

async function inShop(work, argument) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${SHOP_PORT}/`);
  const result = await page.evaluate(work, argument);
  await page.close();
  return result;
}

const ask = async ([base, path, headers]) => {
  try {
    const response = await fetch(base + path, { headers });
    return { status: response.status, etag: response.headers.get("ETag"), timing: response.headers.get("Server-Timing"), body: await response.json() };
  } catch (error) {
    return error.name;
  }
};

test("an origin that is allowed", async () => {
  const found = await inShop(ask, [ALLOWING, "/api/tailors?location=MG_ROAD", {}]);
  assert.equal(found.status, 200);
  assert.equal(found.body.success, true);
  assert.ok(found.etag && found.timing, "fields beyond the safelisted ones are readable");
  const traced = await inShop(ask, [ALLOWING, "/api/tailors?location=MG_ROAD", { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-00` }]);
  assert.equal(traced.status, 200, "a field that needs a preflight request");
  const refused = await inShop(ask, [ALLOWING, "/api/tailors?limit=0&location=MG_ROAD", {}]);
  assert.equal(refused.body.code, "invalid_parameter");
});

test("an origin that is not", async () => {
  assert.equal(await inShop(ask, [OTHERS, "/api/tailors?location=MG_ROAD", {}]), "TypeError");
  assert.equal(await inShop(ask, [ALLOWING, "/api/tailors?location=MG_ROAD", { "X-Other": "1" }]), "TypeError", "a field that is not allowed");
});
