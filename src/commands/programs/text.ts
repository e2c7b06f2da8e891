/**
 * Programs that print, count and cut texts; grep.ts has the one that searches. The machine's own (sed, awk, sort …) are there
 * for the rest.
 */

import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { type Invocation, linesOf, type Program, print } from "../program.ts";
import { forEach, textsOf } from "./files/index.ts";
import { grep } from "./grep.ts";
import { optionsIn } from "./options.ts";

async function echo({ args, stdout }: Invocation): Promise<number> {
  const [, options = ""] = /^-([neE]+)$/.exec(args[0] ?? "") ?? [];
  const text = (options === "" ? args : args.slice(1)).join(" ");
  const shown = options.includes("e") ? unescaped(text) : text;
  await print(stdout, bytesOfText(options.includes("n") ? shown : `${shown}\n`));
  return 0;
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  e: "\x1b",
  "\\": "\\",
};

function unescaped(text: string): string {
  return text.replaceAll(
    /\\(?:0?([0-7]{1,3})|x([\da-fA-F]{1,2})|([ntrabfve\\]))/g,
    (_, octal, hex, letter) => {
      if (letter !== undefined) return escapes[letter as string] ?? "";
      const byte = Number.parseInt((octal ?? hex) as string, octal === undefined ? 16 : 8) & 0xff;
      return String.fromCharCode(byte < 0x80 ? byte : byteMark + byte);
    },
  );
}

/** A byte that is no ASCII is, as long as it stands in a text, a surrogate without its other half: no text has such. */
const byteMark = 0xdc00;

function bytesOfText(text: string): Buffer {
  const parts = text.split(/([\udc80-\udcff](?<![\ud800-\udbff].))/);
  return Buffer.concat(
    parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.of(part.charCodeAt(0) - byteMark))),
  );
}

/** Goes on with its format as long as there are arguments. */
async function printf({ args: [format = "", ...args], stdout }: Invocation): Promise<number> {
  const rest = [...args];
  const once = () =>
    unescaped(format).replaceAll(
      /%(?:%|([-0 +#]*)(\d*)(?:\.(\d+))?([sbcdiuxXof]))/g,
      (whole, flags = "", width = "", precision, kind) => {
        if (kind === undefined) return whole === "%%" ? "%" : whole;
        const given = rest.shift() ?? "";
        const text = formatted(kind as string, given, precision as string | undefined);
        if (flags.includes("-")) return text.padEnd(Number(width));
        return text.padStart(Number(width), flags.includes("0") && !/[sbc]/.test(kind as string) ? "0" : " ");
      },
    );
  let text = once();
  while (rest.length > 0 && /%[^%]/.test(format)) text += once();
  await print(stdout, bytesOfText(text));
  return 0;
}

function formatted(kind: string, given: string, precision: string | undefined): string {
  switch (kind) {
    case "s":
      return given.slice(0, precision === undefined ? undefined : Number(precision));
    case "b":
      return unescaped(given);
    case "c":
      return given.slice(0, 1);
    case "x":
      return Math.trunc(Number(given)).toString(16);
    case "X":
      return Math.trunc(Number(given)).toString(16).toUpperCase();
    case "o":
      return Math.trunc(Number(given)).toString(8);
    case "f":
      return Number(given).toFixed(Number(precision ?? 6));
    default:
      return String(Math.trunc(Number(given)) || 0);
  }
}

/** `-n 5`, `-5`, `-c 10`. */
function head(call: Invocation): Promise<number> {
  const { flags, values, rest } = optionsIn(withNumber(call.args), [
    "n:",
    "c:",
    "lines:",
    "bytes:",
    "q",
    "v",
  ]);
  const bytes = values.get("c") ?? values.get("bytes");
  const count = Number(bytes ?? values.get("n") ?? values.get("lines") ?? 10);
  let isFirst = true;
  return forEach("head", rest.length === 0 ? ["-"] : rest, call, async path => {
    const stream = path === "-" ? call.stdin : createReadStream(resolve(call.cwd, path));
    // What cannot be opened has no title.
    if (path !== "-") await once(stream, "open");
    if (rest.length > 1 && !flags.has("q"))
      await print(call.stdout, `${isFirst ? "" : "\n"}==> ${path} <==\n`);
    isFirst = false;
    if (count > 0) await (bytes === undefined ? firstLines : firstBytes)(stream, count, call.stdout);
    if (path !== "-") stream.destroy();
  });
}

async function firstBytes(stream: Readable, count: number, stdout: Writable): Promise<void> {
  let left = count;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    const part = (chunk as Buffer).subarray(0, left);
    left -= part.length;
    await print(stdout, part);
    if (left <= 0) return;
  }
}

async function firstLines(stream: Readable, count: number, stdout: Writable): Promise<void> {
  let left = count;
  for await (const line of linesOf([stream])) {
    await print(stdout, `${line}\n`);
    if (--left <= 0) return;
  }
}

/** `-n 5`, `-n +2`, `-5`, and `-f`, which goes on until it is interrupted. */
async function tail(call: Invocation): Promise<number> {
  const { flags, values, rest } = optionsIn(withNumber(call.args), ["n:", "c:", "f", "F", "q"]);
  const count = values.get("n") ?? "10";
  const [path] = rest;
  if (path === "/dev/null" && flags.has("f")) return forEver(call);
  const { texts, status } = await textsOf("tail", rest, call);
  for (const { text } of texts) {
    const lines = text.split("\n");
    const isWhole = lines.at(-1) === "";
    if (isWhole) lines.pop();
    const shown = count.startsWith("+")
      ? lines.slice(Number(count) - 1)
      : Number(count) === 0
        ? []
        : lines.slice(-Number(count));
    if (shown.length > 0) await print(call.stdout, shown.join("\n") + (isWhole ? "\n" : ""));
  }
  if ((!flags.has("f") && !flags.has("F")) || texts.length === 0) return status;
  let at = Buffer.byteLength(texts[0]?.text ?? "");
  while (path !== undefined) {
    await pause(500, call.signal);
    for await (const chunk of createReadStream(resolve(call.cwd, path), { start: at })) {
      at += (chunk as Buffer).length;
      await print(call.stdout, chunk as Buffer);
    }
  }
  return forEver(call);
}

function withNumber(args: readonly string[]): string[] {
  return args.map(arg => (/^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg));
}

async function forEver({ signal }: Invocation): Promise<number> {
  for (;;) await pause(2 ** 30, signal);
}

/** Rejects with the signal's reason when that aborts first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** Of bytes: what is counted need not be text. */
async function wc(call: Invocation): Promise<number> {
  const { flags, rest } = optionsIn(call.args, ["l", "w", "c", "m"]);
  const wanted = ["l", "w", "c"].filter(
    letter => flags.size === 0 || flags.has(letter) || (letter === "c" && flags.has("m")),
  );
  const rows: (readonly [counts: readonly number[], path: string])[] = [];
  const status = await forEach("wc", rest.length === 0 ? ["-"] : rest, call, async path => {
    const bytes = path === "-" ? await bytesOf(call.stdin) : await readFile(resolve(call.cwd, path));
    const text = bytes.toString("latin1");
    const counts: Record<string, number> = {
      l: text.split("\n").length - 1,
      w: text.split(/\s+/).filter(Boolean).length,
      c: flags.has("m") ? [...bytes.toString()].length : bytes.length,
    };
    rows.push([wanted.map(letter => counts[letter] ?? 0), path]);
  });
  const sums = wanted.map((_, i) => rows.reduce((sum, [counts]) => sum + (counts[i] ?? 0), 0));
  if (rest.length > 1) rows.push([sums, "total"]);
  const isAlone = wanted.length === 1 && rest.length < 2;
  const widest = Math.max(...sums.map(sum => String(sum).length));
  const width = isAlone ? 0 : call.words === "busybox" ? 9 : rest.length === 0 ? 7 : widest;
  for (const [counts, path] of rows)
    await print(
      call.stdout,
      `${counts.map(count => String(count).padStart(width)).join(" ")}${path === "-" ? "" : ` ${path}`}\n`,
    );
  return status;
}

async function bytesOf(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

async function seq({ args, stdout }: Invocation): Promise<number> {
  const numbers = args.map(Number);
  const [first = 1, step = 1, last = first] =
    numbers.length === 1 ? [1, 1, numbers[0]] : numbers.length === 2 ? [numbers[0], 1, numbers[1]] : numbers;
  for (let i = first; step > 0 ? i <= last : i >= last; i += step) await print(stdout, `${i}\n`);
  return 0;
}

async function yes({ args, stdout, signal }: Invocation): Promise<number> {
  const line = `${args.join(" ") || "y"}\n`.repeat(100);
  for (;;) {
    signal.throwIfAborted();
    await print(stdout, line);
  }
}

export const textPrograms: ReadonlyMap<string, Program> = new Map<string, Program>([
  ["echo", echo],
  ["grep", grep],
  ["head", head],
  ["printf", printf],
  ["seq", seq],
  ["tail", tail],
  ["wc", wc],
  ["yes", yes],
]);
