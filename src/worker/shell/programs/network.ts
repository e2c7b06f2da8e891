/** Programs that connect: wget as busybox has it, curl, nc, nslookup. Names of the cluster are known to them. */
import { createWriteStream } from "node:fs";
import type { IncomingMessage } from "node:http";
import { basename, resolve as pathOf } from "node:path";
import type { ExecWorld } from "../../exec/index.ts";
import { type Invocation, type Program, print } from "../program.ts";
import { connectTo, resolve, UnknownHost } from "./connect.ts";
import { type Options, optionsIn } from "./options.ts";

type NetworkProgram = (call: Invocation, world: ExecWorld) => Promise<number>;

interface Asked {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Sends a request over a connection of its own. */
async function request(
  { url, method, headers, body }: Asked,
  world: ExecWorld,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const isEncrypted = url.protocol === "https:";
  const port = Number(url.port || (isEncrypted ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const plain = await connectTo(host, port, world, signal);
  const [http, tls] = await Promise.all([import("node:http"), isEncrypted ? import("node:tls") : undefined]);
  const options = {
    socket: plain,
    servername: /^[\d.:]+$/.test(host) ? "" : host,
    rejectUnauthorized: false,
  };
  const socket = tls ? tls.connect(options) : plain;
  return new Promise((resolve, reject) => {
    const sent = http.request(
      {
        createConnection: () => socket,
        host,
        port,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { Host: url.host, ...headers, Connection: "close" },
        signal,
      },
      resolve,
    );
    sent.once("error", reject);
    sent.end(body);
  });
}

function urlOf(text: string): URL {
  return new URL(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
}

function headersIn(lines: readonly string[]): Record<string, string> {
  const pairs = lines.map(line => /^([^:]+):\s*(.*)$/s.exec(line) ?? []);
  return Object.fromEntries(
    pairs.flatMap(([, name, value]) => (name === undefined ? [] : [[name, value ?? ""]])),
  );
}

/** The values of an option that may be repeated, as `optionsIn` keeps only the last. */
function valuesOf(args: readonly string[], ...names: readonly string[]): string[] {
  return args.flatMap((arg, i) => {
    if (names.includes(arg)) return args.slice(i + 1, i + 2);
    const long = names.find(name => name.startsWith("--") && arg.startsWith(`${name}=`));
    return long ? [arg.slice(long.length + 1)] : [];
  });
}

function withTimeout(signal: AbortSignal, seconds: string | undefined): AbortSignal {
  const ms = Number(seconds) * 1_000;
  return ms > 0 ? AbortSignal.any([signal, AbortSignal.timeout(ms)]) : signal;
}

const isTimeout = (error: unknown) => (error as Error).name === "TimeoutError";

// --- wget

const wgetOptions = [
  ...["q", "c", "S", "Y", "spider", "no-check-certificate", "server-response", "quiet", "continue"],
  ...[
    "O:",
    "P:",
    "T:",
    "U:",
    "t:",
    "tries:",
    "output-document:",
    "timeout:",
    "header:",
    "post-data:",
    "user-agent:",
  ],
];

async function wget(call: Invocation, world: ExecWorld): Promise<number> {
  const { args, stderr, signal } = call;
  const { flags, values, rest } = optionsIn(args, wgetOptions);
  const isQuiet = flags.has("q") || flags.has("quiet");
  const say = (text: string) => (isQuiet ? undefined : print(stderr, text));
  for (const text of rest) {
    const url = urlOf(text);
    const limited = withTimeout(signal, values.get("T") ?? values.get("timeout"));
    const body = values.get("post-data");
    const headers = { "User-Agent": "Wget", ...headersIn(valuesOf(args, "--header")) };
    try {
      await say(`Connecting to ${url.host} (${await addressOf(url, world)})\n`);
      const answer = await followed(
        { url, method: body === undefined ? "GET" : "POST", headers, body },
        world,
        limited,
      );
      const { statusCode = 0, statusMessage } = answer;
      if (flags.has("S") || flags.has("server-response"))
        await print(stderr, `  HTTP/1.1 ${statusCode} ${statusMessage}\n${headerLines(answer, "  ")}`);
      if (statusCode >= 400) {
        answer.resume();
        throw new Error(`server returned error: HTTP/1.1 ${statusCode} ${statusMessage}`);
      }
      if (flags.has("spider")) {
        answer.resume();
        await say("remote file exists\n");
        continue;
      }
      await save(answer, url, values, call, say);
    } catch (error) {
      if (signal.aborted) throw error;
      await print(stderr, `wget: ${await wgetProblem(error, url, world)}\n`);
      return 1;
    }
  }
  return 0;
}

async function save(
  answer: IncomingMessage,
  url: URL,
  values: Options["values"],
  { stdout, cwd }: Invocation,
  say: (text: string) => Promise<void> | undefined,
): Promise<void> {
  const asked = values.get("O") ?? values.get("output-document");
  const name = asked ?? (basename(url.pathname) || "index.html");
  if (name === "-") {
    await say("writing to stdout\n");
    for await (const piece of answer) await print(stdout, piece as Buffer);
    await say("written to stdout\n");
    return;
  }
  await say(`saving to '${name}'\n`);
  const file = createWriteStream(pathOf(cwd, values.get("P") ?? ".", name));
  for await (const piece of answer) await print(file, piece as Buffer);
  await new Promise<void>((done, failed) => file.once("error", failed).end(done));
  await say(`'${name}' saved\n`);
}

async function wgetProblem(error: unknown, url: URL, world: ExecWorld): Promise<string> {
  if (isTimeout(error)) return "download timed out";
  if (error instanceof UnknownHost) return `bad address '${url.host}'`;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED" || code === "ENOENT")
    return `can't connect to remote host (${(await addressOf(url, world)).replace(/:\d+$/, "")}): Connection refused`;
  return message;
}

/** As `address:port`. */
async function addressOf({ hostname, port, protocol }: URL, world: ExecWorld): Promise<string> {
  const number = Number(port || (protocol === "https:" ? 443 : 80));
  const found = await resolve(hostname, number, world);
  return `${found?.addresses[0] ?? hostname}:${number}`;
}

/** With up to ten redirections. */
async function followed(asked: Asked, world: ExecWorld, signal: AbortSignal): Promise<IncomingMessage> {
  let next = asked;
  for (let left = 10; ; left--) {
    const answer = await request(next, world, signal);
    const { statusCode = 0, headers } = answer;
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined || left === 0)
      return answer;
    answer.resume();
    const isGet = statusCode < 304 && next.method !== "HEAD";
    next = {
      ...next,
      url: new URL(headers.location, next.url),
      ...(isGet && { method: "GET", body: undefined }),
    };
  }
}

function headerLines({ rawHeaders }: IncomingMessage, indent = "", end = "\n"): string {
  let lines = "";
  for (let i = 0; i < rawHeaders.length; i += 2)
    lines += `${indent}${rawHeaders[i]}: ${rawHeaders[i + 1]}${end}`;
  return lines;
}

// --- curl

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
  ...[
    "connect-timeout:",
    "retry:",
    "retry-delay:",
    "data-raw:",
    "cacert:",
    "retry-connrefused",
    "no-progress-meter",
  ],
  ...["http1.1", "compressed", "fail-with-body"],
];

async function curl(call: Invocation, world: ExecWorld): Promise<number> {
  const { args, stdout, stderr, signal } = call;
  const { flags, values, rest } = optionsIn(args, curlOptions);
  const has = (short: string) => flags.has(short) || flags.has(curlFlags[short] ?? "");
  const value = (short: string) => values.get(short) ?? values.get(curlValues[short] ?? "");
  const fail = async (code: number, text: string) => {
    if (!has("s") || has("S")) await print(stderr, `curl: (${code}) ${text}\n`);
    return code;
  };
  if (rest.length === 0) return fail(2, "no URL specified");
  const data = valuesOf(args, "-d", "--data", "--data-raw");
  const body = data.length > 0 ? data.join("&") : undefined;
  const user = value("u");
  const headers = {
    "User-Agent": value("A") ?? "curl/8.15.0",
    Accept: "*/*",
    ...(user !== undefined && { Authorization: `Basic ${Buffer.from(user).toString("base64")}` }),
    ...(body !== undefined && {
      "Content-Type": "application/x-www-form-urlencoded",
      "Content-Length": String(Buffer.byteLength(body)),
    }),
    ...headersIn(valuesOf(args, "-H", "--header")),
  };
  const method = value("X") ?? (has("I") ? "HEAD" : body === undefined ? "GET" : "POST");
  for (const text of rest) {
    const asked = { url: urlOf(text), method, headers, body };
    const limited = withTimeout(signal, value("m") ?? values.get("connect-timeout"));
    try {
      const answer = await (has("L") ? followed(asked, world, limited) : request(asked, world, limited));
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
  const to = file === undefined || file === "-" ? stdout : createWriteStream(pathOf(cwd, file));
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

// --- nc and nslookup

async function nc({ args, stdin, stdout, stderr, signal }: Invocation, world: ExecWorld): Promise<number> {
  const { flags, values, rest } = optionsIn(args, ["z", "v", "n", "w:", "q:"]);
  const [host = "", port = ""] = rest;
  try {
    const socket = await connectTo(host, Number(port), world, withTimeout(signal, values.get("w")));
    if (flags.has("v")) await print(stderr, `${host} (${host}:${port}) open\n`);
    if (!flags.has("z")) {
      stdin.pipe(socket);
      for await (const piece of socket) await print(stdout, piece as Buffer);
    }
    socket.destroy();
    return 0;
  } catch (error) {
    if (signal.aborted) throw error;
    const why =
      error instanceof UnknownHost ? error.message : `${host} (${host}:${port}): Connection refused`;
    if (flags.has("v") || error instanceof UnknownHost) await print(stderr, `nc: ${why}\n`);
    return 1;
  }
}

async function nslookup({ args, stdout }: Invocation, world: ExecWorld): Promise<number> {
  const [name = ""] = args.filter(arg => !arg.startsWith("-"));
  const found = await resolve(name, 0, world);
  const outside = found ? [] : await addressesOutside(name);
  const addresses = found?.addresses ?? outside;
  await print(stdout, "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n");
  if (addresses.length === 0) {
    await print(stdout, `** server can't find ${name}: NXDOMAIN\n\n`);
    return 1;
  }
  for (const address of addresses)
    await print(stdout, `Name:\t${found?.name ?? name}\nAddress: ${address}\n`);
  await print(stdout, "\n");
  return 0;
}

async function addressesOutside(name: string): Promise<string[]> {
  const { lookup } = await import("node:dns/promises");
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address);
  } catch {
    // A name that nobody knows is an answer.
    return [];
  }
}

const programs: ReadonlyMap<string, NetworkProgram> = new Map<string, NetworkProgram>([
  ["curl", curl],
  ["nc", nc],
  ["nslookup", nslookup],
  ["wget", wget],
]);

export const networkNames: readonly string[] = [...programs.keys()];

export function networkProgram(name: string, world: ExecWorld): Program | undefined {
  const program = programs.get(name);
  return program && (call => program(call, world));
}
