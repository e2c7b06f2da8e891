/**
 * An error that ends a program, as Node prints it: the line of code that it came from, the stack with causes and fields, and
 * Node's version. For a thread Node prints none of this. V8 tells where something was thrown to Node's own code alone; what is
 * shown here is the first place of the stack, where the error was made, which nearly always is on the same line.
 */
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect, types } from "node:util";
import { thrownText } from "../errors/index.ts";
import type { LoaderData } from "./hooks.ts";

/** In characters: as much as a log keeps. */
const printedLength = 1024 * 1024;
/** Of a longer message only the beginning is shown, and no stack: V8 would make a text of it that holds the message once more. */
const messageLength = 512 * 1024;
const shownLength = 64 * 1024;
/** A longer line (of minified code) is not shown, nor one of a larger file: in characters, and in bytes. */
const lineLength = 1_000;
const fileLength = 4 * 1024 * 1024;

// Kept here, because what runs in the thread may replace them.
const [read, look] = [readFileSync, statSync];
const { getOwnPropertyDescriptor } = Object;
const { isNativeError } = types;
const { version } = process;

/** The stack, the causes, and whatever fields there are. Never throws. */
export function errorText(error: unknown): string {
  try {
    if (isTooLong(error)) {
      const message = messageOf(error);
      const beginning = `${message.slice(0, shownLength)}… (${message.length} characters)`;
      return typeof error === "string" ? beginning : `Error: ${beginning}`;
    }
    return inspect(error, { customInspect: false, depth: 5 }).slice(0, printedLength);
  } catch {
    return thrownText(error);
  }
}

/** Whether only the beginning of it is shown: to print it whole may take more memory than there is. */
export function isTooLong(error: unknown): boolean {
  return messageOf(error).length > messageLength;
}

/** Without calling what foreign code may have put there; empty where there is none. */
function messageOf(error: unknown): string {
  const value: unknown = isNativeError(error) ? getOwnPropertyDescriptor(error, "message")?.value : error;
  return typeof value === "string" ? value : "";
}

/**
 * All that Node prints on stderr.
 * @param fromPromise true for a rejection that nothing handles: its mark stands where the error was made
 * @param texts what files said when their image was pulled
 */
export function uncaughtText(error: unknown, fromPromise: boolean, texts: LoaderData["texts"] = {}): string {
  return `${body(error, fromPromise, texts)}\n\nNode.js ${version}\n`;
}

function body(error: unknown, fromPromise: boolean, texts: LoaderData["texts"]): string {
  const text = errorText(error);
  if (typeof error === "object" && error !== null) {
    try {
      return `${source(text, fromPromise, texts)}${text}`;
    } catch {
      // The file cannot be read, or the worker has replaced what this takes.
      return text;
    }
  }
  const said = typeof error === "string" && error.length <= messageLength ? error : text;
  return `\n${said}\n(Use \`node --trace-uncaught ...\` to show where the exception was thrown)`;
}

const place = /^ {4}at (?:.* \()?((?:file:\/\/|\/|[A-Za-z]:[\\/]).*):(\d+):(\d+)\)?$/m;
/** As JavaScript counts lines. */
const lineEnd = /\r\n|[\n\r\u2028\u2029]/;
/** What Node has put there itself, for a mistake of syntax. */
const withSource = /^.*:\d+\n.*\n\s*\^+\n/;

/** The file and line, the line itself, a mark below; empty where the stack leads to no file. */
function source(text: string, fromPromise: boolean, texts: LoaderData["texts"]): string {
  const [, file = "", line, column] = place.exec(text) ?? [];
  if (file === "" || withSource.test(text)) return "";
  const [path, url] = file.startsWith("file:")
    ? [fileURLToPath(file), file]
    : [file, pathToFileURL(file).href];
  if (!look(path).isFile() || look(path).size > fileLength) return "";
  const kept = texts[url];
  // What was made of TypeScript has other lines.
  if (kept?.format !== undefined) return "";
  const code = (kept?.source ?? read(path, "utf8")).split(lineEnd)[Number(line) - 1] ?? "";
  if (code.length > lineLength) return "";
  const before = code.slice(0, Number(column) - 1);
  const thrown = fromPromise ? -1 : before.search(/\bthrow\b[^;{}]*$/);
  const indent = (thrown < 0 ? before : before.slice(0, thrown)).replace(/[^\t]/g, " ");
  return `${file}:${line}\n${code}\n${indent}^\n\n`;
}
