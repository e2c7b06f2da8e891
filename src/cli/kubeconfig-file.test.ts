/** A kubeconfig with the clusters of others in it: ours comes to them and goes, and theirs stay as they are. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterEach, beforeEach, expect, test } from "vitest";
import { kubeconfigFor } from "../access/index.ts";
import { addToKubeconfig } from "./kubeconfig-file.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  file = join(folder, "config");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ours = (token: string, name?: string) => kubeconfigFor({ url: "https://127.0.0.1:1", token }, name);

const theirs = {
  apiVersion: "v1",
  kind: "Config",
  preferences: { colors: true },
  clusters: [{ name: "prod", cluster: { server: "https://prod", "insecure-skip-tls-verify": true } }],
  users: [{ name: "prod", user: { "auth-provider": { config: { expiry: "2026-01-01T00:00:00Z" } } } }],
  contexts: [{ name: "prod", context: { cluster: "prod", user: "prod" } }],
  "current-context": "prod",
};

function content(): unknown {
  return load(readFileSync(file, "utf8"));
}

const contexts = () => {
  const { contexts, "current-context": current } = content() as typeof theirs;
  return [contexts.map(({ name }) => name), current];
};

test("is made, and gone at the end", () => {
  const takeAway = addToKubeconfig(file, ours("a"));
  expect(content()).toEqual(load(ours("a")));
  takeAway();
  expect(existsSync(file)).toBe(false);
  takeAway();
});

test("the clusters of others stay, and are current again", () => {
  writeFileSync(file, JSON.stringify(theirs));
  const takeAway = addToKubeconfig(file, ours("a"));
  expect(contexts()).toEqual([["prod", "k4s"], "k4s"]);
  takeAway();
  expect(content()).toEqual(theirs);
});

test("two of ours come and go in any order", () => {
  const first = addToKubeconfig(file, ours("a", "a"));
  const second = addToKubeconfig(file, ours("b", "b"));
  first();
  expect(contexts()).toEqual([["b"], "b"]);
  second();
  expect(existsSync(file)).toBe(false);
});

test("what an earlier one of the name has left is replaced, and is not taken away by it", () => {
  const first = addToKubeconfig(file, ours("a"));
  const second = addToKubeconfig(file, ours("b"));
  first();
  expect(content()).toMatchObject({ users: [{ user: { token: "b" } }] });
  second();
  expect(existsSync(file)).toBe(false);
});

test.each([
  ["a cluster of the name that is not ours", JSON.stringify(theirs), "give another --name"],
  ["a user of the name that is not ours", "users: [{ name: prod, user: {} }]", "give another --name"],
  ["what is no kubeconfig", "just a text", "what stands there is no kubeconfig"],
  ["clusters that are none", "clusters: 5", "what stands there is no kubeconfig"],
  ["what is no YAML", "a: [", "cannot be written"],
])("refuses %s, and leaves it as it is", (_, text, problem) => {
  writeFileSync(file, text);
  expect(() => addToKubeconfig(file, ours("a", "prod"))).toThrow(problem);
  expect(readFileSync(file, "utf8")).toBe(text);
});

// Windows has neither these modes nor links for everybody.
test.skipIf(process.platform === "win32")("is for its owner alone, and a link stays one", () => {
  const real = join(folder, "real");
  writeFileSync(real, JSON.stringify(theirs));
  chmodSync(real, 0o644);
  symlinkSync(real, file);
  addToKubeconfig(file, ours("a"));
  expect([statSync(real).mode & 0o777, lstatSync(file).isSymbolicLink()]).toEqual([0o600, true]);
});
