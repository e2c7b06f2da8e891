/** `gzip`, `gunzip` and `zcat`: files, which are replaced by what comes of them, or what comes in. */
import { access, readFile, unlink, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type Invocation, type Program, print } from "../program.ts";
import { forEach } from "./files/index.ts";
import { optionsIn } from "./options.ts";

const [pack, unpack] = [promisify(gzip), promisify(gunzip)];

const letters = ["c", "d", "f", "k", "n", "q", "v", "stdout", "decompress", "force", "keep", "best", "fast"];
const levels = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** @param name as which it is called: `gunzip` is `gzip -d`, `zcat` is `gzip -cd` */
function compressor(name: "gzip" | "gunzip" | "zcat"): Program {
  return async call => {
    const { flags, rest } = optionsIn(call.args, [...letters, ...levels]);
    const isPrinted = name === "zcat" || flags.has("c") || flags.has("stdout");
    const unpacks = name !== "gzip" || flags.has("d") || flags.has("decompress");
    const level = levels.findIndex(each => flags.has(each)) + 1 || 6;
    const turned = (bytes: Buffer) => (unpacks ? unpacked(bytes) : pack(bytes, { level }));
    return forEach(name, rest.length === 0 ? ["-"] : rest, call, async path => {
      if (path === "-") return print(call.stdout, await turned(await inputOf(call)));
      const place = resolve(call.cwd, path);
      if (isPrinted) return print(call.stdout, await turned(await readFile(place)));
      if (unpacks && !/\.(gz|tgz)$/.test(path)) throw new Error("unknown suffix -- ignored");
      const target = unpacks ? place.replace(/\.gz$/, "").replace(/\.tgz$/, ".tar") : `${place}.gz`;
      const isTaken = await access(target).then(
        () => true,
        () => false,
      );
      if (isTaken && !flags.has("f") && !flags.has("force")) throw new Error(`${target} already exists`);
      await writeFile(target, await turned(await readFile(place)));
      if (!flags.has("k") && !flags.has("keep")) await unlink(place);
    });
  };
}

async function unpacked(bytes: Buffer): Promise<Buffer> {
  return unpack(bytes).catch(error => {
    throw new Error("not in gzip format", { cause: error });
  });
}

async function inputOf({ stdin }: Invocation): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stdin) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

export const compressPrograms: ReadonlyMap<string, Program> = new Map([
  ["gunzip", compressor("gunzip")],
  ["gzip", compressor("gzip")],
  ["zcat", compressor("zcat")],
]);
