/** What a cluster shows to etcd is looked at before etcd is asked: what does not go together is refused by the names of the options. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serverCertificate } from "../access/index.ts";
import { Cluster } from "./cluster.ts";

const folder = mkdtempSync(join(tmpdir(), "k4s-etcd-place-"));
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  const [one, two] = [
    await serverCertificate({ hosts: ["a"], now: Date.now() }),
    await serverCertificate({ hosts: ["a"], now: Date.now() }),
  ];
  writeFileSync(file("ca.crt"), one.ca);
  writeFileSync(file("one.crt"), one.cert);
  writeFileSync(file("one.key"), one.key);
  writeFileSync(file("two.key"), two.key);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[string, Readonly<Record<string, string>>, string]>([
  [
    "a key of another certificate",
    { cert: "one.crt", key: "two.key" },
    "etcd.key is not the key of etcd.cert",
  ],
  [
    "a certificate in the place of its key",
    { cert: "one.crt", key: "one.crt" },
    "etcd.key is not the key of",
  ],
  ["half a pair", { cert: "one.crt" }, "a certificate is shown with its key"],
  ["a key as the authority", { ca: "one.key" }, "etcd.ca is no certificate in PEM"],
  ["no such file", { ca: "none" }, "etcd.ca"],
])("%s is refused", (_, files, problem) => {
  const given = Object.fromEntries(Object.entries(files).map(([name, each]) => [name, file(each)]));
  const etcd = { endpoints: ["https://127.0.0.1:1"], ...given };
  expect(() => new Cluster({ etcd })).toThrow(problem);
});

test("what goes together is taken", () => {
  const etcd = { ca: file("ca.crt"), cert: file("one.crt"), key: file("one.key") };
  expect(() => new Cluster({ etcd: { endpoints: ["https://127.0.0.1:1"], ...etcd } })).not.toThrow();
});
