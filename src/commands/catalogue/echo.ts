/** Images that answer with what they were given: http-echo with its text, echo-server and whoami with the request. */
import type { IncomingMessage } from "node:http";
import type { ExecWorld } from "../../worker/index.ts";
import { type Invocation, print } from "../program.ts";
import { headersOf, serveOn } from "./server.ts";

/** The values of `-name=value`, `--name=value` and `--name value`. */
export function optionOf(args: readonly string[], name: string): string | undefined {
  for (const [i, arg] of args.entries()) {
    const [, found, value] = /^--?([\w-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (found === name) return value ?? args[i + 1];
  }
  return undefined;
}

/** The port of `:5678`, `0.0.0.0:5678` or `5678`. */
function portIn(listen: string): number {
  return Number(/(\d+)$/.exec(listen)?.[1]);
}

export async function httpEcho({ args, env, stdout, stderr, signal }: Invocation): Promise<number> {
  const text = optionOf(args, "text") ?? env.ECHO_TEXT;
  if (text === undefined) {
    await print(stderr, "Missing -text option!\n");
    return 127;
  }
  const listen = optionOf(args, "listen") ?? ":5678";
  const status = Number(optionOf(args, "status-code") ?? 200);
  const stamp = () => new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
  const { ended } = await serveOn(
    portIn(listen),
    ({ method, url, httpVersion, headers }, response) => {
      const isHealth = url === "/health";
      const body = isHealth ? '{"status":"ok"}\n' : `${text}\n`;
      response.writeHead(isHealth ? 200 : status, {
        "X-App-Name": "http-echo",
        "X-App-Version": "1.0.0",
        "Content-Type": isHealth ? "application/json" : "text/plain; charset=utf-8",
      });
      response.end(body);
      if (isHealth) return;
      const { host = "", "user-agent": agent = "" } = headers;
      const line = `${stamp()} ${host} 127.0.0.1 "${method} ${url} HTTP/${httpVersion}" ${status} ${body.length} "${agent}"\n`;
      void print(stdout, line).catch(() => {});
    },
    signal,
  );
  await print(stdout, `${stamp()} [INFO] server is listening on ${listen}\n`);
  await ended;
  return 0;
}

export async function echoServer(call: Invocation): Promise<number> {
  const { env, stdout, signal } = call;
  const port = Number(env.PORT ?? 8080);
  const { ended } = await serveOn(
    port,
    async (request, response) => {
      const body = await bodyOf(request);
      const { method, url, httpVersion } = request;
      const lines = [`${method} ${url} HTTP/${httpVersion}`, "", ...headersOf(request), "", body];
      response.writeHead(200, { "Content-Type": "text/plain" });
      response.end(`Request served by ${env.HOSTNAME}\n\n${lines.join("\n")}`);
      void print(stdout, `127.0.0.1 | ${method} ${url}\n`).catch(() => {});
    },
    signal,
  );
  await print(stdout, `Echo server listening on port ${port}.\n`);
  await ended;
  return 0;
}

export async function whoami({ args, env, stdout, signal }: Invocation, world: ExecWorld): Promise<number> {
  const port = Number(optionOf(args, "port") ?? env.WHOAMI_PORT_NUMBER ?? 80);
  const name = optionOf(args, "name") ?? env.WHOAMI_NAME;
  const { ended } = await serveOn(
    port,
    (request, response) => {
      const { method, url, httpVersion } = request;
      const facts = [
        ...(name === undefined ? [] : [`Name: ${name}`]),
        `Hostname: ${env.HOSTNAME}`,
        `IP: ${world.sockets.podIP}`,
        "RemoteAddr: 127.0.0.1:0",
        `${method} ${url} HTTP/${httpVersion}`,
        ...headersOf(request),
      ];
      response.writeHead(200, { "Content-Type": "text/plain; charset=utf-8" });
      response.end(`${facts.join("\n")}\n\n`);
    },
    signal,
  );
  await print(stdout, `Starting up on port ${port}\n`);
  await ended;
  return 0;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
