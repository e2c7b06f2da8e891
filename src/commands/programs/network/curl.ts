/** curl, with the options that scripts use. */
import type { IncomingMessage } from "node:http";
import { resolve as pathOf } from "node:path";
import { fileToWrite, type Invocation, print } from "../../program.ts";
import { optionsIn } from "../options.ts";
import { UnknownHost } from "./connect.ts";
import {
  followed,
  headerLines,
  headersIn,
  isTimeout,
  request,
  urlOf,
  valuesOf,
  withTimeout,
} from "./http-request.ts";

const curlFlags: Readonly<Record<string, string>> = {
  s: "silent",
  S: "show-error",
  f: "fail",
  L: "location",
  i: "include",
  I: "head",
  v: "verbose",
  k: "insecure",
  g: "globoff",
  V: "version",
};
const curlValues: Readonly<Record<string, string>> = {
  o: "output",
  w: "write-out",
  X: "request",
  H: "header",
  d: "data",
  m: "max-time",
  u: "user",
  A: "user-agent",
};
const curlOptions = [
  ...Object.entries(curlFlags).flat(),
  ...Object.entries(curlValues).flatMap(([short, long]) => [`${short}:`, `${long}:`]),
  "connect-timeout:",
  "unix-socket:",
  "retry:",
  "retry-delay:",
  "data-raw:",
  "cacert:",
  "retry-connrefused",
  "no-progress-meter",
  "http1.1",
  "compressed",
  "fail-with-body",
];

/** As of the image (catalogue-images.ts). */
const agent = "curl/8.20.0";

export async function curl(call: Invocation): Promise<number> {
  const { args, stdout, stderr, signal, cwd } = call;
  const { flags, values, rest } = optionsIn(args, curlOptions);
  const has = (short: string) => flags.has(short) || flags.has(curlFlags[short] ?? "");
  const value = (short: string) => values.get(short) ?? values.get(curlValues[short] ?? "");
  const fail = async (code: number, text: string) => {
    if (!has("s") || has("S")) await print(stderr, `curl: (${code}) ${text}\n`);
    return code;
  };
  if (has("V")) {
    await print(stdout, `${agent.replace("/", " ")} (k4s)\nProtocols: http https\n`);
    return 0;
  }
  if (rest.length === 0) return fail(2, "no URL specified");
  const data = valuesOf(args, "-d", "--data", "--data-raw");
  const body = data.length > 0 ? data.join("&") : undefined;
  const user = value("u");
  const headers = {
    "User-Agent": value("A") ?? agent,
    Accept: "*/*",
    ...(user !== undefined && { Authorization: `Basic ${Buffer.from(user).toString("base64")}` }),
    ...(body !== undefined && {
      "Content-Type": "application/x-www-form-urlencoded",
      "Content-Length": String(Buffer.byteLength(body)),
    }),
    ...headersIn(valuesOf(args, "-H", "--header")),
  };
  const method = value("X") ?? (has("I") ? "HEAD" : body === undefined ? "GET" : "POST");
  const path = values.get("unix-socket");
  const socketPath = path === undefined ? undefined : pathOf(cwd, path);
  for (const text of rest) {
    const asked = { url: urlOf(text), method, headers, body, socketPath };
    const limited = withTimeout(signal, value("m") ?? values.get("connect-timeout"));
    try {
      const answer = await (has("L") ? followed(asked, limited) : request(asked, limited));
      const { statusCode = 0, statusMessage } = answer;
      if (has("v"))
        await print(
          stderr,
          `> ${method} ${asked.url.pathname} HTTP/1.1\n< HTTP/1.1 ${statusCode} ${statusMessage}\n`,
        );
      if (has("f") && statusCode >= 400) {
        answer.resume();
        return await fail(22, `The requested URL returned error: ${statusCode}`);
      }
      await output(answer, has("i") || has("I"), value("o"), call);
      const format = value("w");
      if (format !== undefined) await print(stdout, writtenOut(format, answer, asked.url));
    } catch (error) {
      if (signal.aborted) throw error;
      const { host, hostname, port } = asked.url;
      if (isTimeout(error)) return fail(28, "Operation timed out");
      if (error instanceof UnknownHost) return fail(6, `Could not resolve host: ${hostname}`);
      const { code, message } = error as NodeJS.ErrnoException;
      const refused = code === "ECONNREFUSED" || code === "ENOENT";
      const where = `${hostname || host} port ${port || 80}`;
      return refused
        ? fail(7, `Failed to connect to ${where} after 0 ms: Could not connect to server`)
        : fail(56, message);
    }
  }
  return 0;
}

async function output(
  answer: IncomingMessage,
  withHeaders: boolean,
  file: string | undefined,
  { stdout, cwd }: Invocation,
): Promise<void> {
  const to = file === undefined || file === "-" ? stdout : fileToWrite(pathOf(cwd, file));
  if (withHeaders) {
    const first = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`;
    await print(to, `${first}${headerLines(answer, "", "\r\n")}\r\n`);
  }
  for await (const piece of answer) await print(to, piece as Buffer);
  if (to !== stdout) await new Promise<void>(done => to.end(() => done()));
}

function writtenOut(format: string, { statusCode, headers }: IncomingMessage, url: URL): string {
  const values: Readonly<Record<string, string>> = {
    http_code: String(statusCode),
    response_code: String(statusCode),
    content_type: headers["content-type"] ?? "",
    url_effective: url.href,
  };
  return format
    .replaceAll(/%\{(\w+)\}/g, (_, name: string) => values[name] ?? "")
    .replaceAll("\\n", "\n")
    .replaceAll("\\t", "\t");
}
