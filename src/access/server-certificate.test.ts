import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { ServerCertificate } from "./certificates.ts";
import { certificatesFile, serverCertificate } from "./server-certificate.ts";

const day = 24 * 60 * 60 * 1_000;
const now = Date.parse("2026-01-01T00:00:00Z");
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function kept(): string {
  const folder = mkdtempSync(join(tmpdir(), "k4s-certificates-"));
  folders.push(folder);
  return folder;
}

/** Whether who trusts this authority, then, trusts what the server shows. */
function isTrusted({ cert }: ServerCertificate, { ca }: ServerCertificate): boolean {
  const [shown, authority] = [new X509Certificate(cert), new X509Certificate(ca)];
  return shown.verify(authority.publicKey) && shown.checkIssued(authority);
}
const until = (pem: string) => Date.parse(new X509Certificate(pem).validTo);

test("another host is a new certificate of the same authority", async () => {
  const folder = kept();
  const first = await serverCertificate({ hosts: ["one.example"], folder, now });
  const other = await serverCertificate({ hosts: ["one.example", "10.0.0.1"], folder, now });
  expect([other.ca, other.caKey]).toEqual([first.ca, first.caKey]);
  expect(new X509Certificate(other.cert).checkIP("10.0.0.1")).toBe("10.0.0.1");
  expect(isTrusted(other, first)).toBe(true);
  expect(await serverCertificate({ hosts: ["10.0.0.1"], folder, now })).toEqual(other);
});

test("over thirty years, looked at each day, both outlive their ends, and each authority is trusted by who knew the one before", async () => {
  const folder = kept();
  let current = await serverCertificate({ hosts: ["localhost"], folder, now });
  const seen = new Set([current.ca]);
  for (let at = now; at < now + 30 * 365 * day; at += 20 * day) {
    const before = current;
    current = await serverCertificate({ hosts: ["localhost"], folder, now: at, current });
    if (current !== before) {
      seen.add(current.ca);
      expect(isTrusted(current, before) && isTrusted(before, current)).toBe(true);
    }
    for (const pem of [current.ca, current.cert]) expect(until(pem)).toBeGreaterThan(at + 9 * day);
    // Nothing is signed for longer than who signed it lasts.
    expect(until(current.cert)).toBeLessThanOrEqual(until(current.ca));
  }
  expect(seen.size).toBeGreaterThan(2);
  expect(await serverCertificate({ hosts: ["localhost"], folder, now: now + 30 * 365 * day })).toEqual(
    current,
  );
});

test.each([
  ["is spoilt", "{"],
  ["lacks a part", JSON.stringify({ ca: "x" })],
  ["holds no certificates", JSON.stringify({ ca: "x", caKey: "x", cert: "x", key: "x" })],
])("a file that %s is made anew, where it is only a cache", async (_, text) => {
  const folder = kept();
  writeFileSync(join(folder, certificatesFile), text);
  const made = await serverCertificate({ hosts: ["localhost"], folder, now });
  expect(isTrusted(made, made)).toBe(true);
});

test("keys that do not belong to their certificates are made anew", async () => {
  const folder = kept();
  const [one, other] = [
    await serverCertificate({ hosts: ["localhost"], now }),
    await serverCertificate({ hosts: ["localhost"], now }),
  ];
  writeFileSync(join(folder, certificatesFile), JSON.stringify({ ...one, key: other.key }));
  const made = await serverCertificate({ hosts: ["localhost"], folder, now });
  expect([made.ca, made.cert === one.cert]).toEqual([one.ca, false]);
});
