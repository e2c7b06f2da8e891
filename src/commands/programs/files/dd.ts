/** `dd`: copies bytes in blocks, `if=FILE of=FILE bs=1M count=10`, and says how many. */
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { fileToWrite, type Invocation, print, WriteFault } from "../../program.ts";
import { faultLine } from "../../words.ts";

const units: Readonly<Record<string, number>> = {
  "": 1,
  c: 1,
  w: 2,
  b: 512,
  k: 1024,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  kB: 1e3,
  MB: 1e6,
};

function bytesIn(text: string): number {
  const [, number, unit = ""] = /^(\d+)([a-zA-Z]*)$/.exec(text) ?? [];
  const factor = units[unit.replace(/iB$/, "")];
  if (number === undefined || factor === undefined) throw new Error(`dd: invalid number '${text}'`);
  return Number(number) * factor;
}

export async function dd(call: Invocation): Promise<number> {
  const { args, cwd, stdin, stdout, stderr, words, signal } = call;
  const values = new Map(args.map(arg => [arg.slice(0, arg.indexOf("=")), arg.slice(arg.indexOf("=") + 1)]));
  const [from, to] = [values.get("if"), values.get("of")];
  const block = bytesIn(values.get("bs") ?? "512");
  const most = values.has("count") ? bytesIn(values.get("count") ?? "") * block : Number.POSITIVE_INFINITY;
  const begin = performance.now();
  let [input, length]: [Readable, number] = [stdin, 0];
  try {
    if (from !== undefined)
      input = createReadStream(resolve(cwd, from), { highWaterMark: Math.min(block, 1024 ** 2) });
    const isCut = (values.get("conv") ?? "").includes("notrunc");
    const output = to === undefined ? stdout : fileToWrite(resolve(cwd, to), isCut ? "r+" : "w");
    for await (const chunk of most === 0 ? [] : input.iterator({ destroyOnReturn: from !== undefined })) {
      signal.throwIfAborted();
      const part = (chunk as Buffer).subarray(0, most - length);
      length += part.length;
      await new Promise<void>((done, fail) => output.write(part, error => (error ? fail(error) : done())));
      if (length >= most) break;
    }
    if (output !== stdout) await new Promise<void>((done, fail) => output.once("error", fail).end(done));
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    if (syscall === "write") throw new WriteFault(error as NodeJS.ErrnoException);
    if (syscall !== "open") throw error;
    await print(stderr, faultLine(words, "dd", (length === 0 && from) || (to ?? ""), error));
    return 1;
  }
  const records = `${Math.floor(length / block)}+${length % block === 0 ? 0 : 1} records`;
  const seconds = Math.max((performance.now() - begin) / 1_000, 0.000_001);
  const rate = `${(length / seconds / 1024 ** 2).toFixed(1)}MB/s`;
  await print(
    stderr,
    `${records} in\n${records} out\n${length} bytes copied, ${seconds.toFixed(6)} s, ${rate}\n`,
  );
  return 0;
}
