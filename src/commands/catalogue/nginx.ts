/**
 * nginx, as far as its image is used to see a web server run: the files of its folder, its log lines, and its end by SIGQUIT
 * (what is being answered is answered) or SIGTERM. Its configuration is not read.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type FindProgram, type Invocation, print } from "../program.ts";
import { pageAt } from "./pages.ts";
import { serveOn } from "./server.ts";
import { nginxRoot } from "./web-files.ts";

const version = "nginx/1.29.3";

type Entrypoint = (call: Invocation, find: FindProgram) => Promise<number>;

/** What the images begin with, by their paths: it says what it does, and becomes the command. */
export const nginxEntrypoints: ReadonlyMap<string, Entrypoint> = new Map([
  ["/docker-entrypoint.sh", entrypoint("/docker-entrypoint.sh", "nginx")],
  [
    "/opt/bitnami/scripts/nginx/entrypoint.sh",
    entrypoint("/opt/bitnami/scripts/nginx/entrypoint.sh", "/opt/bitnami/scripts/nginx/run.sh"),
  ],
]);

function entrypoint(path: string, usual: string): Entrypoint {
  return async (call, find) => {
    const [name = "", ...args] = call.args;
    if (name === usual) await print(call.stdout, `${path}: Configuration complete; ready for start up\n`);
    const program = find(name);
    if (!program) throw new Error(`${path}: exec: ${name}: not found`);
    return program({ ...call, args });
  };
}

export async function nginx(call: Invocation): Promise<number> {
  const { args, stdout, stderr, signal, env } = call;
  if (args.includes("-v") || args.includes("-V")) {
    await print(stderr, `nginx version: ${version}\n`);
    return 0;
  }
  if (args.includes("-t")) {
    const file = "/etc/nginx/nginx.conf";
    await print(stderr, `nginx: the configuration file ${file} syntax is ok\n`);
    await print(stderr, `nginx: configuration file ${file} test is successful\n`);
    return 0;
  }
  if (args.includes("-s")) return signalMaster(args[args.indexOf("-s") + 1] ?? "", call);
  const notice = (text: string) => print(stderr, `${errorTime(new Date())} [notice] 1#1: ${text}\n`);
  // Not NGINX_PORT: a pod has that from a Service called nginx.
  const port = Number(env.NGINX_LISTEN ?? 80);
  // It may have been told to end while it was on its way here.
  signal.throwIfAborted();
  const ending = new AbortController();
  const end = () => ending.abort();
  call.handle?.("SIGQUIT", end);
  signal.addEventListener("abort", end, { once: true });
  const log = (request: IncomingMessage, response: ServerResponse, length: number) =>
    void print(stdout, `${accessLine(request, response.statusCode, length)}\n`).catch(() => {});
  try {
    const { ended } = await serveOn(
      port,
      (request, response) => void answer(request, response, log),
      ending.signal,
    );
    await notice(`using the "epoll" event method`);
    await notice(version);
    await notice("start worker processes");
    await notice("start worker process 29");
    await ended;
    await notice("exit");
    return 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    const what = `bind() to 0.0.0.0:${port} failed (98: Address already in use)`;
    await print(stderr, `${errorTime(new Date())} [emerg] 1#1: ${what}\nnginx: [emerg] ${what}\n`);
    return 1;
  } finally {
    call.handle?.("SIGQUIT", undefined);
  }
}

/** `nginx -s quit`, beside the one that runs. */
async function signalMaster(asked: string, { stderr }: Invocation): Promise<number> {
  const signals: Readonly<Record<string, NodeJS.Signals>> = {
    quit: "SIGQUIT",
    stop: "SIGTERM",
    reload: "SIGHUP",
    reopen: "SIGUSR1",
  };
  const signal = signals[asked];
  if (!signal) {
    await print(stderr, `nginx: invalid option: "-s ${asked}"\n`);
    return 1;
  }
  // There is no configuration that could be read anew, nor a log file to open again.
  if (asked === "quit" || asked === "stop") process.emit(signal, signal);
  else await print(stderr, `${errorTime(new Date())} [notice] 30#30: signal process started\n`);
  return 0;
}

type Log = (request: IncomingMessage, response: ServerResponse, length: number) => void;

async function answer(request: IncomingMessage, response: ServerResponse, log: Log): Promise<void> {
  const { method = "GET", url = "/" } = request;
  const page = await pageAt(nginxRoot, url);
  const isAllowed = method === "GET" || method === "HEAD";
  const status = "status" in page ? page.status : isAllowed ? 200 : 405;
  const body = status === 200 && "bytes" in page ? page.bytes : Buffer.from(errorPage(status));
  response.writeHead(status, {
    Server: version,
    "Content-Type": status === 200 && "type" in page ? page.type : "text/html",
    "Content-Length": body.length,
    ...(status === 200 && { "Accept-Ranges": "bytes" }),
  });
  response.end(method === "HEAD" ? undefined : body);
  log(request, response, method === "HEAD" ? 0 : body.length);
}

const titles: Readonly<Record<number, string>> = {
  403: "403 Forbidden",
  404: "404 Not Found",
  405: "405 Not Allowed",
};

function errorPage(status: number): string {
  const title = titles[status] ?? String(status);
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${version}</center>\r\n</body>\r\n</html>\r\n`;
}

const two = (number: number) => String(number).padStart(2, "0");

/** `2026/01/31 12:00:00`, in UTC as in a container. */
function errorTime(now: Date): string {
  return now.toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
}

/** In the format that is called combined. */
function accessLine(
  { method, url, httpVersion, headers }: IncomingMessage,
  status: number,
  length: number,
): string {
  const now = new Date();
  const month = now.toUTCString().slice(8, 11);
  const time = [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds()].map(two).join(":");
  const at = `${two(now.getUTCDate())}/${month}/${now.getUTCFullYear()}:${time} +0000`;
  const { referer = "-", "user-agent": agent = "-", "x-forwarded-for": forwarded = "-" } = headers;
  return `127.0.0.1 - - [${at}] "${method} ${url} HTTP/${httpVersion}" ${status} ${length} "${referer}" "${agent}" "${forwarded}"`;
}
