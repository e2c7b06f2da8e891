import { createDecipheriv, randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EncryptionAtRest, type EncryptionKey, isSealed } from "./encryption-at-rest.ts";

const key = (name: string, more: Partial<EncryptionKey> = {}): EncryptionKey => ({
  provider: "aesgcm",
  name,
  secret: randomBytes(32),
  ...more,
});
const place = "/registry/secrets/default/db";
const [first, second] = [key("first"), key("second")];
const by = (writes: EncryptionKey | undefined, ...all: EncryptionKey[]) =>
  new EncryptionAtRest([{ resources: ["secrets"], writes }], all);

describe("what is sealed is the same text again, and nothing of it is seen", () => {
  test.each([
    ["aesgcm", 32],
    ["aesgcm", 24],
    ["aesgcm", 16],
    ["aescbc", 32],
  ] as const)("%s of %d bytes", (provider, length) => {
    const own = key("k", { provider, secret: randomBytes(length) });
    const encryption = by(own, own);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 0 }), text => {
        const sealed = encryption.seal("secrets", place, `secret ${text}`);
        if (!sealed) throw new Error("it is not sealed");
        expect([isSealed(sealed), sealed.includes("secret ")]).toEqual([true, false]);
        expect(encryption.open(place, sealed)).toBe(`secret ${text}`);
      }),
    );
  });
});

test("it is laid out as kube-apiserver lays it out, with the key of etcd authenticated", () => {
  const sealed = by(first, first).seal("secrets", place, "{}") ?? Buffer.of();
  const head = "k8s:enc:aesgcm:v1:first:";
  expect(sealed.subarray(0, head.length).toString()).toBe(head);
  const body = sealed.subarray(head.length);
  const decipher = createDecipheriv("aes-256-gcm", first.secret, body.subarray(0, 12))
    .setAAD(Buffer.from(place))
    .setAuthTag(body.subarray(-16));
  expect(Buffer.concat([decipher.update(body.subarray(12, -16)), decipher.final()]).toString()).toBe("{}");
});

test("what was changed, cut, or moved to where another lies is refused by its name, and so is another key", () => {
  const encryption = by(first, first);
  const sealed = encryption.seal("secrets", place, "{}") ?? Buffer.of();
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(changed.readUInt8(at) ^ by, at);
      expect(() => encryption.open(place, changed)).toThrow(place);
      expect(() => encryption.open(place, sealed.subarray(0, at))).toThrow(place);
    }),
  );
  expect(() => encryption.open("/registry/secrets/default/other", sealed)).toThrow("is another, or");
  expect(() => by(second, second).open(place, sealed)).toThrow('key "first" (aesgcm), which is not given');
  const namesake = key("first");
  expect(() => by(namesake, namesake).open(place, sealed)).toThrow("is another, or");
});

test("the first key writes, all read, and what is kept otherwise than now is known", () => {
  const old = by(first, first).seal("secrets", place, "{}") ?? Buffer.of();
  const both = by(second, second, first);
  expect(both.open(place, old)).toBe("{}");
  const sealed = both.seal("secrets", place, "{}");
  expect([old, sealed, undefined].map(each => both.isStale("secrets", each))).toEqual([true, false, true]);
  const identity = by(undefined, first);
  expect(identity.seal("secrets", place, "{}")).toBeUndefined();
  expect([old, undefined].map(each => identity.isStale("secrets", each))).toEqual([true, false]);
});

test.each<[string, string, boolean]>([
  ["secrets", "secrets", true],
  ["secrets", "secrets.example.com", false],
  ["*.", "configmaps", true],
  ["*.", "deployments.apps", false],
  ["*.apps", "deployments.apps", true],
  ["*.apps", "pods", false],
  ["*.*", "widgets.example.com", true],
])("%s is about %s: %s", (rule, resource, isAbout) => {
  const encryption = new EncryptionAtRest([{ resources: [rule], writes: first }], [first]);
  expect(encryption.seals(resource)).toBe(isAbout);
});
