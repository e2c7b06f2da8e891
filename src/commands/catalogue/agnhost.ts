/** agnhost, the image of Kubernetes' own tests: those of its commands that examples use. */
import type { ServerResponse } from "node:http";
import type { ExecWorld } from "../../worker/index.ts";
import { type Invocation, print } from "../program.ts";
import { optionOf } from "./echo.ts";
import { pause } from "./pause.ts";
import { serveOn } from "./server.ts";

type Command = (call: Invocation, world: ExecWorld) => Promise<number>;

export async function agnhost(call: Invocation, world: ExecWorld): Promise<number> {
  const [name = "", ...args] = call.args;
  const command = commands.get(name);
  if (command) return command({ ...call, args }, world);
  const known = [...commands.keys()].join(", ");
  await print(call.stderr, `Error: unknown command "${name}" for "app": there is ${known}\n`);
  return 1;
}

/** HTTP with what tests ask for: `/hostname`, `/echo?msg=…`, `/clientip`, `/exit?code=…`, `/healthz`. */
async function netexec({ args, env, stdout, signal }: Invocation): Promise<number> {
  const port = Number(optionOf(args, "http-port") ?? 8080);
  const leaving = new AbortController();
  let exitCode = 0;
  const { ended } = await serveOn(
    port,
    ({ url = "/", method }, response) => {
      const { pathname, searchParams } = new URL(url, "http://pod");
      void print(stdout, `${new Date().toISOString()} ${method} ${pathname}\n`).catch(() => {});
      switch (pathname.toLowerCase()) {
        case "/":
          return text(response, `NOW: ${new Date().toISOString()}`);
        case "/hostname":
          return text(response, env.HOSTNAME ?? "");
        case "/echo":
          return text(response, searchParams.get("msg") ?? "", Number(searchParams.get("code") ?? 200));
        case "/clientip":
          return text(response, "127.0.0.1:0");
        case "/healthz":
          return text(response, "");
        case "/exit":
          exitCode = Number(searchParams.get("code") ?? 0);
          text(response, "");
          return leaving.abort();
        default:
          return text(response, "404 page not found\n", 404);
      }
    },
    AbortSignal.any([signal, leaving.signal]),
  );
  await print(stdout, `Started HTTP server on port ${port}\n`);
  await ended;
  signal.throwIfAborted();
  return exitCode;
}

async function serveHostname({ args, env, stdout, signal }: Invocation): Promise<number> {
  const port = Number(optionOf(args, "port") ?? 9376);
  const { ended } = await serveOn(port, (_, response) => text(response, `${env.HOSTNAME}\n`), signal);
  await print(stdout, `Serving on port ${port}.\n`);
  await ended;
  signal.throwIfAborted();
  return 0;
}

/** Healthy for ten seconds, and never again. */
async function liveness({ signal }: Invocation): Promise<number> {
  const started = Date.now();
  const { ended } = await serveOn(
    8080,
    ({ url = "/" }, response) => {
      const seconds = (Date.now() - started) / 1_000;
      if (url !== "/healthz") return text(response, new Date(started).toISOString());
      return seconds > 10 ? text(response, `error: ${seconds}`, 500) : text(response, "ok");
    },
    signal,
  );
  await ended;
  signal.throwIfAborted();
  return 0;
}

async function testWebserver({ args, signal }: Invocation): Promise<number> {
  const port = Number(optionOf(args, "port") ?? 80);
  const { ended } = await serveOn(port, (_, response) => text(response, "Hello, world\n"), signal);
  await ended;
  signal.throwIfAborted();
  return 0;
}

function text(response: ServerResponse, body: string, status = 200): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(body);
}

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["liveness", liveness],
  ["netexec", netexec],
  ["pause", call => pause(call)],
  ["serve-hostname", serveHostname],
  ["test-webserver", testWebserver],
]);
