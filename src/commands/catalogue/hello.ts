/** The images that tutorials begin with. */
import type { RequestListener } from "node:http";
import type { ExecWorld } from "../../worker/index.ts";
import { type Invocation, print } from "../program.ts";
import { serveOn } from "./server.ts";

const helloText = `
Hello from k4s!
This message shows that your cluster appears to be working correctly.

To get here, k4s took the following steps:
 1. A client wrote a Pod into the store, through the API server.
 2. The scheduler gave it a node.
 3. The agent of that node found the image in the catalogue that comes along.
 4. It started a worker thread, which printed what you are reading; the log has
    it, and kubectl shows it to you.

To try something more ambitious, run a shell:
 $ kubectl run -it --rm shell --image=busybox -- sh
`;

/** hello-world: says so and ends. */
export async function hello({ stdout }: Invocation): Promise<number> {
  await print(stdout, `${helloText}\n`);
  return 0;
}

/** hello-app of Google's samples. */
/** The tag is the version: 1.0 and 2.0 are how a tutorial shows a rolling update. */
export async function helloApp({ env, stdout, signal }: Invocation, world: ExecWorld): Promise<number> {
  const port = Number(env.PORT ?? 8080);
  const page = `Hello, world!\nVersion: ${versionOf(world)}.0.0\nHostname: ${env.HOSTNAME}\n`;
  const { ended } = await serveOn(
    port,
    ({ url }, response) => {
      void print(stdout, `${stamp()} Serving request: ${url}\n`).catch(() => {});
      response.end(page);
    },
    signal,
  );
  await print(stdout, `${stamp()} Server listening on port ${port}\n`);
  await ended;
  return 0;
}

/** node-hello of Google's samples. */
export function nodeHello({ signal }: Invocation): Promise<number> {
  return answering(8080, "Hello Kubernetes!", signal);
}

/** The application of Kubernetes' interactive tutorial. */
export async function bootcamp({ env, stdout, signal }: Invocation, world: ExecWorld): Promise<number> {
  const since = Date.now();
  const { HOSTNAME: host } = env;
  const answer: RequestListener = (_, response) => {
    response.setHeader("Content-Type", "text/plain");
    response.end(`Hello Kubernetes bootcamp! | Running on: ${host} | v=${versionOf(world)}\n`);
    const seconds = (Date.now() - since) / 1_000;
    void print(
      stdout,
      `Running On: ${host} | App Uptime: ${seconds} seconds | Log Time: ${new Date()}\n`,
    ).catch(() => {});
  };
  const { ended } = await serveOn(8080, answer, signal);
  await print(
    stdout,
    `Kubernetes Bootcamp App Started At: ${new Date().toISOString()} | Running On:  ${host} \n\n`,
  );
  await ended;
  return 0;
}

/** hpa-example of Kubernetes' walkthrough of autoscaling: each answer takes a million square roots. */
export async function hpaExample({ signal }: Invocation): Promise<number> {
  const answer: RequestListener = (_, response) => {
    let x = 0.0001;
    for (let i = 0; i <= 1_000_000; i++) x += Math.sqrt(x);
    response.end(x > 0 ? "OK!" : "");
  };
  const { ended } = await serveOn(80, answer, signal);
  await ended;
  return 0;
}

async function answering(port: number, text: string, signal: AbortSignal): Promise<number> {
  const { ended } = await serveOn(port, (_, response) => void response.end(text), signal);
  await ended;
  return 0;
}

/** The first number of the tag; 1 where there is none. */
function versionOf({ image }: ExecWorld): string {
  return /^v?(\d+)/.exec(image?.tag ?? "")?.[1] ?? "1";
}

function stamp(): string {
  return new Date().toISOString().slice(0, 19).replace("T", " ").replaceAll("-", "/");
}
