// A page of another origin reads answers where cors-origins allows it, and a browser enforces that. So does the typed client.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";
import { after, test } from "node:test";
import { browser } from "./browser.mjs";

const { SHOP_PORT, CLIENT, ALLOWING, OTHERS } = process.env; // of a front end that allows that origin, and of one that does not
const shop = createServer(({ url }, response) =>
  url.endsWith(".js") ? response.setHeader("Content-Type", "text/javascript").end(readFileSync(`${CLIENT}/${basename(url)}`))
    : response.setHeader("Content-Type", "text/html").end("<title>shop</title>"));
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

test("the typed client, as a module", async () => {
  const found = await inShop(async (baseUrl) => {
    const { ProblemError, TailorSearch } = await import("/client/index.js");
    const tailors = new TailorSearch({ baseUrl });
    const search = { lat: 12.9716, lng: 77.5946 };
    const page = await tailors.near({ ...search, limit: 2, facets: true });
    const ids = [];
    for await (const tailor of tailors.all({ ...search, limit: 2 })) ids.push(tailor.id);
    const problem = await tailors.near({ ...search, limit: 1000 }).catch((error) => error);
    const one = await tailors.get(ids[0]);
    const aborted = await tailors.near(search, { signal: AbortSignal.abort() }).catch((error) => error.name);
    return { page, ids, one: one.id, problem: problem instanceof ProblemError && problem.parameter, aborted };
  }, `${ALLOWING}/`);
  assert.equal(found.page.data.length, 2);
  assert.ok(found.page.total > 4 && found.page.facets.skill.length > 2);
  assert.deepEqual(found.ids.slice(0, 2), found.page.data.map((tailor) => tailor.id));
  assert.deepEqual([new Set(found.ids).size, found.ids.length], [found.page.total, found.page.total]);
  assert.deepEqual([found.one, found.problem, found.aborted], [found.ids[0], "limit", "AbortError"]);
});
