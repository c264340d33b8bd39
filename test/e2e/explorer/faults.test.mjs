// A database that is slow or stopped: the page says so, keeps what it showed, and recovers by itself.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { after, test } from "node:test";
import { accessible, agrees, at, end, listed } from "./browser.mjs";

const { STOPPABLE, STOPPABLE_DATABASE, CLUSTER, CLUSTER_PLACE } = process.env;
const cluster = (command) => execFileSync(CLUSTER, [command, CLUSTER_PLACE], { stdio: "ignore" });
const centre = (page) => page.$eval(".leaflet-map-pane", (pane) => getComputedStyle(pane).transform);

after(end);

// A session that holds the table's lock until it is ended.
async function lock() {
  const psql = spawn("psql", ["-X", "-q", STOPPABLE_DATABASE], { stdio: ["pipe", "pipe", "inherit"] });
  psql.stdin.write('BEGIN; LOCK TABLE "Tailor" IN ACCESS EXCLUSIVE MODE;\n\\echo locked\n');
  await new Promise((resolve) => psql.stdout.once("data", resolve));
  return () => new Promise((resolve) => psql.once("exit", resolve).stdin.end("ROLLBACK;\n"));
}

test("a slow answer", async () => {
  const page = await at("", { base: STOPPABLE });
  const release = await lock();
  const before = await listed(page);
  await page.selectOption("[name=maxDistance]", "5");
  await page.locator("#timing", { hasText: /Waiting for the answer, \d/ }).waitFor();
  assert.equal(await page.getAttribute("#list", "aria-busy"), "true");
  assert.deepEqual(await listed(page), before);
  await release();
  await agrees(page);
});

test("a server that is busy", async () => {
  const page = await at("", { base: STOPPABLE });
  const release = await lock();
  const stuck = Array.from({ length: 4 }, (_, i) => fetch(`${STOPPABLE}/api/tailors?location=MG_ROAD&limit=${i + 1}`));
  await page.selectOption("[name=maxDistance]", "2"); // of one connection and one place to wait, none is left
  await page.locator("#timing", { hasText: "503" }).waitFor();
  assert.match(await page.textContent("#notice"), /by itself in \d+ s/);
  await release();
  await Promise.all(stuck);
  await agrees(page);
  assert.ok(await page.isHidden("#notice"));
});

test("a stopped database", async () => {
  const page = await at("", { base: STOPPABLE });
  const [before, place] = [await listed(page), await centre(page)];
  cluster("stop");
  await page.locator("label.chip", { hasText: "Hemming" }).click();
  await page.locator("#timing", { hasText: "503" }).waitFor();
  assert.equal(await page.textContent("#count"), "No answer for now");
  assert.deepEqual(await listed(page), before);
  assert.equal(await centre(page), place);
  await accessible(page);
  cluster("start");
  await agrees(page);
  assert.ok(await page.isHidden("#notice"));
});
