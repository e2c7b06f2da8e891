/** Certificates that are renewed while a server runs: what is connected stays so, and who comes is shown the new one. */
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, afterEach, expect, test } from "vitest";
import { serverCertificate } from "../access/index.ts";
import { VirtualClock } from "../outside/index.ts";
import { Listener } from "./listener.ts";
import { ServingCertificate, type ServingCertificateOptions } from "./serving-certificate.ts";

const day = 24 * 60 * 60 * 1_000;
const place = mkdtempSync(join(tmpdir(), "k4s-serving-"));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});
afterAll(() => rmSync(place, { recursive: true }));

const [tlsCert, tlsKey] = [join(place, "server.crt"), join(place, "server.key")];

/** What a client would get of an authority of one's own: written to files. */
async function issue(name: string) {
  const made = await serverCertificate({ hosts: [name], now: Date.now() });
  writeFileSync(tlsCert, made.cert);
  writeFileSync(tlsKey, made.key);
  return made;
}

async function listening(more: Partial<ServingCertificateOptions>) {
  const clock = new VirtualClock(Date.now() - 336 * day);
  const faults: string[] = [];
  const onFault = (fault: unknown) => void faults.push(String(fault));
  const options = { hosts: ["127.0.0.1"], folder: undefined, clock, onFault, ...more };
  const certificate = await ServingCertificate.open(options);
  const handler = {
    handle: async () => {},
    upgrade: async () => {},
  };
  const listener = await Listener.open({ host: "127.0.0.1", port: 0 }, handler, certificate.shown);
  certificate.follow(shown => listener.show(shown));
  ends.push(
    () => certificate.close(),
    () => listener.close(),
  );
  const { port } = listener.address;
  const dial = async (ca: string): Promise<TLSSocket> => {
    const socket = connect({ port, host: "127.0.0.1", ca, checkServerIdentity: () => undefined });
    ends.unshift(() => socket.destroy());
    await once(socket, "secureConnect");
    return socket;
  };
  return { clock, faults, certificate, dial };
}

const shownOn = (socket: TLSSocket) => socket.getPeerX509Certificate()?.fingerprint256;

test("one of its own is another before its end, trusted by who trusted the first, and connections stay", async () => {
  const { clock, certificate, dial } = await listening({});
  const { ca } = certificate.authority;
  const early = await dial(ca);
  const before = certificate.shown;
  await clock.advance(336 * day);
  await expect.poll(() => certificate.shown.cert).not.toBe(before.cert);
  const late = await dial(ca);
  expect(shownOn(late)).not.toBe(shownOn(early));
  expect(late.authorized).toBe(true);
  expect(Date.parse(new X509Certificate(certificate.shown.cert).validTo)).toBeGreaterThan(
    clock.now() + 300 * day,
  );
  expect([early.destroyed, early.writable]).toEqual([false, true]);
});

test("files are read again when they change; while they are wrong what was shown goes on, and that is told once", async () => {
  const first = await issue("one.example");
  const { clock, certificate, dial, faults } = await listening({ tlsCert, tlsKey });
  expect([certificate.nameFor("127.0.0.1"), certificate.nameFor("one.example")]).toEqual([
    "one.example",
    undefined,
  ]);
  const early = await dial(first.ca);
  writeFileSync(tlsKey, "half a k");
  await clock.advance(10 * 60_000);
  await expect.poll(() => faults.length).toBeGreaterThan(0);
  expect(faults).toEqual([expect.stringContaining("server.key holds no private key")]);
  expect(shownOn(await dial(first.ca))).toBe(shownOn(early));
  const second = await issue("two.example");
  await clock.advance(60_000);
  await expect.poll(() => certificate.shown.cert).toBe(second.cert);
  const late = await dial(second.ca);
  expect(shownOn(late)).toBe(new X509Certificate(second.cert).fingerprint256);
  expect(early.destroyed).toBe(false);
  expect(faults).toHaveLength(1);
});

test("a key of another certificate is refused, and so is what is none", async () => {
  const first = await issue("one.example");
  await issue("two.example");
  writeFileSync(tlsCert, first.cert);
  await expect(listening({ tlsCert, tlsKey })).rejects.toThrow(/key in .*server\.key is not that of/);
  writeFileSync(tlsCert, "");
  await expect(listening({ tlsCert, tlsKey })).rejects.toThrow(/server\.crt holds no certificate/);
  await expect(listening({ tlsCert: place, tlsKey })).rejects.toThrow(/cannot be read/);
});
