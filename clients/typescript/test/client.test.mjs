// The package as it is installed, against the real server at BASE. At BUSY is one whose database does not answer.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ProblemError, TailorSearch } from "tailor-search";

const { BASE, BUSY } = process.env;
const tailors = new TailorSearch({ baseUrl: BASE });
const place = { lat: 12.9716, lng: 77.5946 };

test("a page, with the exact total", async () => {
  const { data, total, pagination: { page, limit, totalPages } } = await tailors.near({ ...place, km: 5, limit: 2, sortBy: "rating" });
  assert.ok(total > 2);
  assert.deepEqual([page, limit, totalPages], [1, 2, Math.ceil(total / 2)]);
  assert.ok(data[0].rating >= data[1].rating && data[0].user.name && data[0].distance <= 5);
});

test("a box, and the nearest", async () => {
  const { data, total } = await tailors.near({ bbox: [77, 12.975, 78, 12.995] });
  assert.deepEqual([total, ...data.map((tailor) => tailor.id).sort()], [2, "t1", "t2"]);
  assert.deepEqual((await tailors.near({ ...place, nearest: 1 })).data.map((tailor) => tailor.id), ["t1"]);
});

test("skills, repeated", async () => {
  const one = await tailors.near({ ...place, skills: ["skill 1"] });
  const two = await tailors.near({ ...place, skills: ["skill 1", "skill 2"] });
  const both = await tailors.near({ ...place, skills: ["skill 1", "skill 2"], skillMatch: "all" });
  assert.deepEqual([one.total, two.total, both.total], [1, 2, 0]);
});

test("facets", async () => {
  const { facets } = await tailors.near({ ...place, skills: ["skill 1"], facets: true });
  assert.deepEqual(facets.experience, [{ minExperience: 0, maxExperience: 4, count: 1 }]);
  assert.ok(facets.skill.length > 2);
  assert.equal((await tailors.near(place)).facets, undefined);
});

test("clusters", async () => {
  const { clusters, total } = await tailors.near({ ...place, zoom: 5 });
  assert.equal(clusters.reduce((sum, { count }) => sum + count, 0), total);
  assert.equal((await tailors.near(place)).clusters, undefined);
});

test("a named place, one tailor", async () => {
  const { data } = await tailors.near({ location: "MG_ROAD" });
  const one = await tailors.get(data[0].id);
  assert.equal(one.id, data[0].id);
  assert.ok(one.sampleWorks.length >= data[0].sampleWorks.length);
});

test("all pages, each tailor once", async () => {
  const { total } = await tailors.near(place);
  const ids = [];
  for await (const tailor of tailors.all({ ...place, limit: 2 })) ids.push(tailor.id);
  assert.equal(new Set(ids).size, total);
  for await (const _ of tailors.all({ lat: 0, lng: -140 })) assert.fail("nothing is there");
});

test("problems", async () => {
  await assert.rejects(tailors.near({ ...place, limit: 1000 }), (error) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual([error.status, error.code, error.parameter], [400, "invalid_parameter", "limit"]);
    assert.match(error.message, /^limit must be between 1 and 100/);
    return true;
  });
  await assert.rejects(tailors.get("none"), { status: 404, code: "not_found" });
});

test("it reads what was written before", async () => {
  assert.equal((await tailors.near(place, { readAfter: "0/1" })).total, (await tailors.near(place)).total);
  await assert.rejects(tailors.get("t1", { readAfter: "now" }), { status: 400, parameter: "Read-After" });
});

test("it can be aborted, before and while it runs", async () => {
  await assert.rejects(tailors.near(place, { signal: AbortSignal.abort() }), { name: "AbortError" });
  const busy = new TailorSearch({ baseUrl: BUSY, retries: 1000 });
  const abort = new AbortController();
  const started = busy.near(place, { signal: abort.signal });
  setTimeout(() => abort.abort(), 100);
  await assert.rejects(started, { name: "AbortError" });
});

test("it tries again when the server asks for it, and then gives up", async () => {
  let requests = 0;
  const counting = (...parameters) => (requests++, fetch(...parameters));
  const busy = new TailorSearch({ baseUrl: BUSY, retries: 1, fetch: counting });
  await assert.rejects(busy.near(place), (error) => error.status === 503 && error.retryAfter >= 1);
  assert.equal(requests, 2);
  const right = new TailorSearch({ baseUrl: BASE, fetch: counting });
  await assert.rejects(right.near({ ...place, limit: 0 }), { status: 400 });
  assert.equal(requests, 3);
});
