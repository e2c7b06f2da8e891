import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Cluster } from "./cluster.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "data-folder-test-"));
});
afterEach(() => rmSync(data, { recursive: true }));

test.each(["keys", "volumes"])(
  "a folder whose journal is gone, and whose %s are there, begins no empty cluster",
  async left => {
    mkdirSync(join(data, left, "one"), { recursive: true });
    await using cluster = new Cluster({ nodes: 0, data });
    await expect(cluster.start()).rejects.toMatchObject({
      reason: "ServiceUnavailable",
      message: expect.stringContaining(`store is missing or empty, and ${join(data, left)} is not`),
    });
    expect(readdirSync(data)).not.toContain("store");
  },
);

test("what is no journal's does not stand for one that is gone", async () => {
  mkdirSync(join(data, "keys", "one"), { recursive: true });
  mkdirSync(join(data, "store"));
  writeFileSync(join(data, "store", "changes-0000000000000000.bak"), "");
  await using cluster = new Cluster({ nodes: 0, data });
  await expect(cluster.start()).rejects.toMatchObject({
    reason: "ServiceUnavailable",
    message: expect.stringContaining("store holds no journal (but changes-0000000000000000.bak), and "),
  });
  expect(readdirSync(join(data, "store"))).toEqual(["changes-0000000000000000.bak"]);
});

test("a cluster that was kept before it had any of these goes on", async () => {
  mkdirSync(join(data, "keys"));
  for (const _ of ["first", "second"]) {
    await using cluster = new Cluster({ nodes: 0, data });
    await cluster.start();
  }
});
