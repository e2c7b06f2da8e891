import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { natsOptions } from "./nats-options.ts";

it("nothing is said of NATS where none is named", () => {
  expect(natsOptions({ nats: [] })).toEqual({});
  expect(() => natsOptions({ nats: [], natsPasswordFile: "p" })).toThrow(
    "--nats-password-file is for a NATS: --nats says which",
  );
});

it("servers may be repeated, or stand with commas between them; a password is what its file holds", () => {
  const folder = mkdtempSync(join(tmpdir(), "k4s-nats-flags-"));
  const file = join(folder, "password");
  writeFileSync(file, "open sesame\n");
  const given = { nats: ["nats://a,nats://b", "c"], natsUser: "me", natsPasswordFile: file };
  expect(natsOptions(given).nats).toMatchObject({
    servers: ["nats://a", "nats://b", "c"],
    user: "me",
    password: "open sesame",
  });
  rmSync(folder, { recursive: true });
});

it("a file that is not there is named", () => {
  expect(() => natsOptions({ nats: ["a"], natsCaFile: "/nowhere/ca.pem" })).toThrow(
    "--nats-ca-file /nowhere/ca.pem: there is no such file",
  );
});
