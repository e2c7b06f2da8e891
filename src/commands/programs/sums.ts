/** Programs that sum up what is in files: hashes, as coreutils and busybox print and check them, and the sums of POSIX and BSD. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { type Invocation, type Program, print } from "../program.ts";
import { forEach } from "./files/index.ts";
import { optionsIn } from "./options.ts";

const hashes = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];

function streamOf(path: string, { stdin, cwd }: Invocation): Readable {
  return path === "-" ? stdin : createReadStream(resolve(cwd, path));
}

async function hashOf(hash: string, path: string, call: Invocation): Promise<string> {
  const sum = createHash(hash);
  for await (const chunk of streamOf(path, call)) {
    call.signal.throwIfAborted();
    sum.update(chunk as Buffer);
  }
  return sum.digest("hex");
}

function hashProgram(hash: string): Program {
  const name = `${hash}sum`;
  return async call => {
    const known = ["b", "t", "c", "s", "w", "z", "check", "quiet", "status", "warn", "binary", "text", "tag"];
    const { flags, rest } = optionsIn(call.args, known);
    const paths = rest.length === 0 ? ["-"] : rest;
    if (flags.has("c") || flags.has("check")) return check(name, hash, paths, call, flags);
    return forEach(name, paths, call, async path => {
      const sum = await hashOf(hash, path, call);
      const line = flags.has("tag") ? `${hash.toUpperCase()} (${path}) = ${sum}` : `${sum}  ${path}`;
      await print(call.stdout, `${line}\n`);
    });
  };
}

/** The lists name files: `SUM  PATH`. */
async function check(
  name: string,
  hash: string,
  lists: readonly string[],
  call: Invocation,
  flags: ReadonlySet<string>,
): Promise<number> {
  const isSilent = flags.has("status") || flags.has("s");
  let [wrong, unread, all] = [0, 0, 0];
  for (const list of lists) {
    const text = Buffer.concat(await streamOf(list, call).toArray()).toString();
    for (const line of text.split("\n")) {
      const [, sum, path] = /^([0-9a-f]+) [ *](.+)$/i.exec(line) ?? [];
      if (sum === undefined || path === undefined) continue;
      all++;
      const status = await forEach(name, [path], call, async () => {
        const isRight = (await hashOf(hash, path, call)) === sum.toLowerCase();
        if (!isRight) wrong++;
        if (!isSilent && !(isRight && flags.has("quiet")))
          await print(call.stdout, `${path}: ${isRight ? "OK" : "FAILED"}\n`);
      });
      if (status === 0) continue;
      unread++;
      if (!isSilent) await print(call.stdout, `${path}: FAILED open or read\n`);
    }
  }
  const about = (count: number, one: string, more: string) =>
    `${name}: WARNING: ${count} ${count === 1 ? one : more}\n`;
  if (unread > 0 && !isSilent && call.words === "coreutils")
    await print(
      call.stderr,
      about(unread, "listed file could not be read", "listed files could not be read"),
    );
  if (wrong > 0 && !isSilent)
    await print(
      call.stderr,
      call.words === "busybox"
        ? `${name}: WARNING: ${wrong} of ${all} computed checksums did NOT match\n`
        : about(wrong, "computed checksum did NOT match", "computed checksums did NOT match"),
    );
  if (all === 0) await print(call.stderr, `${name}: no properly formatted checksum lines found\n`);
  return wrong + unread > 0 || all === 0 ? 1 : 0;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/** The sum of POSIX: of the bytes, then of their count. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0;
  const add = (byte: number) => {
    crc = (crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 0xff] ?? 0);
  };
  for (const byte of bytes) add(byte);
  for (let count = bytes.length; count > 0; count = Math.floor(count / 256)) add(count & 0xff);
  return ~crc >>> 0;
}

function rotatingSum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (((sum >> 1) | ((sum & 1) << 15)) + byte) & 0xffff;
  return sum;
}

function ofWhole(name: string, line: (bytes: Buffer) => string): Program {
  return call => {
    const paths = call.args.filter(arg => !/^-./.test(arg));
    return forEach(name, paths.length === 0 ? ["-"] : paths, call, async path => {
      const bytes =
        path === "-" ? Buffer.concat(await call.stdin.toArray()) : await readFile(resolve(call.cwd, path));
      await print(call.stdout, `${line(bytes)}${path === "-" ? "" : ` ${path}`}\n`);
    });
  };
}

export const sumPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...hashes.map(hash => [`${hash}sum`, hashProgram(hash)] as const),
  ["cksum", ofWhole("cksum", bytes => `${crcOf(bytes)} ${bytes.length}`)],
  [
    "sum",
    ofWhole("sum", bytes => {
      const blocks = String(Math.ceil(bytes.length / 1024)).padStart(5);
      return `${String(rotatingSum(bytes)).padStart(5, "0")} ${blocks}`;
    }),
  ],
]);
