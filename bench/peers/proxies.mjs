/**
 * Proxies of HTTP, each a process in front of an ordinary server that has a thread of its own, and the client that puts them, and
 * k4s' Ingress, under load: another thread.
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";

const host = "127.0.0.1";
const program = new URL("./workers/raw-http.mjs", import.meta.url);

/** The client: undici, as it costs the least, for the proxy is what is to be measured. */
export function clientThread() {
  let thread;
  return {
    async start(port) {
      const peers = fileURLToPath(import.meta.url);
      thread = new Worker(program, { workerData: { client: "undici", to: { host, port }, peers } });
    },
    answersPerSecond(load) {
      thread.postMessage(load);
      return heard(thread);
    },
    stop: () => thread?.terminate(),
  };
}

export const httpxyProxy = () =>
  proxyWith(async target => {
    const file = new URL("./workers/httpxy.mjs", import.meta.url);
    const child = fork(file, [String(target)], { execArgv: [] });
    const [port] = await once(child, "message");
    return { port, stop: () => ended(child, () => child.disconnect()) };
  });

/** With one worker, as k4s has one thread for it. */
export const nginxProxy = () =>
  proxyWith(async target => {
    const folder = mkdtempSync(join(tmpdir(), "k4s-bench-nginx-"));
    const port = await freePort();
    const file = join(folder, "nginx.conf");
    writeFileSync(file, nginxConfig(folder, port, target));
    const child = spawn("nginx", ["-p", folder, "-c", file, "-e", "stderr"], { stdio: "ignore" });
    const stop = async () => {
      await ended(child, () => child.kill());
      rmSync(folder, { recursive: true });
    };
    if (await isListening(port, child)) return { port, stop };
    await stop();
    throw new Error("nginx does not listen.");
  });

/** @param open starts the proxy before the port of the server; resolves to its own port, and how it is stopped */
function proxyWith(open) {
  const client = clientThread();
  let server;
  let proxy;
  return {
    async start() {
      server = new Worker(program, { workerData: { listen: [0, host] } });
      proxy = await open((await heard(server)).port);
      await client.start(proxy.port);
    },
    answersPerSecond: load => client.answersPerSecond(load),
    async stop() {
      await Promise.all([client.stop(), proxy?.stop(), server?.terminate()]);
    },
  };
}

function nginxConfig(folder, port, target) {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
daemon off;
worker_processes 1;
pid ${folder}/pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${temporary.map(name => `${name}_temp_path ${folder}/${name};`).join("\n  ")}
  upstream server { server ${host}:${target}; keepalive 64; keepalive_requests 1000000000; }
  server {
    listen ${host}:${port};
    location / {
      proxy_pass http://server;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;
}

async function freePort() {
  const server = createServer().listen(0, host);
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function isListening(port, child) {
  for (let n = 0; n < 100 && child.exitCode === null; n++) {
    const socket = connect(port, host);
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return true;
    await sleep(50);
  }
  return false;
}

async function ended(child, end) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  end();
  await once(child, "exit");
}

/** The first thing that it says; fails where it fails before. */
async function heard(worker) {
  const [message] = await once(worker, "message");
  return message;
}
