/**
 * What an exported container begins with: `node runtime.cjs MODULE [--parameter=value …]`, bundled into one file with all that it needs.
 * It loads the module, calls its function with the context that k4s would give it, and ends as a container of k4s ends; what k4s does by
 * threads and ports is done by signals, HTTP probes and NATS here. A module that exports no function is a program, and left alone.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
} from "@nats-io/transport-node";
import { identityOf } from "../../client/index.ts";
import { thrownText } from "../../errors/index.ts";
import { realClock } from "../../outside/index.ts";
import {
  chooseFunction,
  makeLog,
  offerWorkerSide,
  parametersOf,
  ReportedMetrics,
  type WorkerContext,
} from "../../worker/index.ts";
import { variables } from "../agreed/index.ts";
import { ClusterCalls } from "./cluster-calls.ts";
import { metricsText } from "./metrics-text.ts";
import { NatsMessages } from "./nats-messages.ts";
import { serveProbes } from "./probe-server.ts";
import { type NatsSettings, type Settings, settingsFrom } from "./settings.ts";

/** Before the kubelet kills it, so that the function can still say something. */
const beforeTheEndMs = 500;

const [node = "node", , file = "", ...args] = process.argv;
process.argv = [node, resolve(file), ...args];
const write = (stream: "stdout" | "stderr", text: string) => void process[stream].write(text);

void main();

async function main(): Promise<void> {
  try {
    offerWorkerSide();
    const settings = settingsFrom(process.env, hostname());
    const exports: unknown = await import(pathToFileURL(resolve(file)).href);
    const choice = chooseFunction(exports, settings.functionName, file);
    // It has started, and goes on as long as it has something to do.
    if ("script" in choice) return endOnSigterm();
    if ("problem" in choice) return fail(choice.problem, 128);
    await run(choice.run, settings);
  } catch (error) {
    fail(thrownText(error), 1);
  }
}

async function run(call: (context: unknown) => unknown, settings: Settings): Promise<void> {
  const stopping = new AbortController();
  const graceEnd = new AbortController();
  let messages: NatsMessages | undefined;
  const stop = () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    realClock.after(Math.max(0, settings.graceMs - beforeTheEndMs), () => graceEnd.abort());
    void messages?.drain();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  const nats = await connected(settings.nats, stopping.signal);
  if (!nats) return void process.exit(0);
  messages = new NatsMessages(nats, settings, realClock);
  await serve(messages, call, settings, { stopping: stopping.signal, graceEnd: graceEnd.signal });
}

interface Ends {
  readonly stopping: AbortSignal;
  readonly graceEnd: AbortSignal;
}

async function serve(
  messages: NatsMessages,
  call: (context: unknown) => unknown,
  settings: Settings,
  { stopping, graceEnd }: Ends,
): Promise<void> {
  const metrics = new ReportedMetrics(
    text => write("stderr", `warn: ${text}\n`),
    () => {},
  );
  const probes = serveProbes(
    {
      ask: (body, signal) => messages.ask(body, signal),
      tell: body => void messages.ask(body, new AbortController().signal).catch(() => {}),
      setReady: isReady => messages.setReady(isReady),
      metrics: () => metricsText(metrics.series()),
    },
    settings.questions,
  );
  if (settings.port !== undefined) {
    probes.once("error", error => fail(`the probes cannot be served: ${error.message}`, 1));
    probes.listen(settings.port);
  }
  const context: WorkerContext = {
    inbox: messages.inbox,
    parameters: parametersOf(args),
    api: Object.assign(new ClusterCalls(settings.namespace), messages.api),
    log: makeLog(write),
    metrics,
    signal: graceEnd,
    stopping,
    env: process.env,
    self: selfOf(settings),
  };
  let code = 0;
  try {
    // As long as it is called it may be sent to.
    if (!settings.isProbed) await messages.setReady(true);
    await call(context);
    if (stopping.aborted)
      await Promise.race([messages.answered(), realClock.sleep(settings.graceMs, graceEnd).catch(() => {})]);
  } catch (error) {
    write("stderr", `${thrownText(error)}\n`);
    code = 1;
  }
  await messages.close();
  process.exit(process.exitCode ?? code);
}

/** Undefined where it was told to stop before the server of NATS was there. */
async function connected(
  nats: NatsSettings | undefined,
  stopping: AbortSignal,
): Promise<NatsConnection | undefined> {
  if (nats === undefined)
    throw new Error(`${variables.nats} is to be the URL of a NATS server, nats://host:4222`);
  const options = connectionOptions(nats);
  for (let tries = 0; !stopping.aborted; tries++) {
    try {
      const connection = await connect(options);
      if (options.servers.length === 1) return connection;
      // The client forgets servers that are away when it connects first, and those may be needed when this one dies.
      await connection.close();
      return await connect({ ...options, waitOnFirstConnect: true });
    } catch (error) {
      // Wrong passwords do not get better; a server that starts beside this container does.
      if (/authoriz|authentic|permission/i.test(String(error))) throw error;
      if (tries % 20 === 0)
        write("stderr", `warn: no NATS server at ${options.servers} yet: ${(error as Error).message}\n`);
      // It keeps the process alive, as no timer of the clock does.
      await sleep(500, undefined, { signal: stopping }).catch(() => {});
    }
  }
  return undefined;
}

/** Of `nats://user:password@host:4222`, or a token before the `@`; several with commas in between. */
function connectionOptions({
  url,
  ca,
  cert,
  key,
  creds,
}: NatsSettings): ConnectionOptions & { readonly servers: string[] } {
  const urls = url.split(",").map(each => new URL(each.trim()));
  const { username = "", password = "" } = urls.find(each => each.username !== "") ?? {};
  const user = decodeURIComponent(username);
  const isTls = urls.some(({ protocol }) => protocol === "tls:") || ca !== undefined || cert !== undefined;
  const tls = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    checkServerIdentity: identityOf(urls.map(({ hostname }) => hostname)),
  };
  return {
    servers: urls.map(({ host }) => host),
    name: hostname(),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    ...(username !== "" &&
      (password === "" ? { token: user } : { user, pass: decodeURIComponent(password) })),
    ...(creds !== undefined && { authenticator: credsAuthenticator(new TextEncoder().encode(creds)) }),
    ...(isTls && { tls }),
  };
}

function selfOf({ name, pod, namespace, node, container, labels }: Settings): WorkerContext["self"] {
  return { name: name ?? pod, namespace, node, labels, restarts: 0, pod, container };
}

/** As the first process of a container Node is not ended by a signal that nobody listens to. */
function endOnSigterm(): void {
  const end = () => {
    if (process.listenerCount("SIGTERM") === 1) process.exit(143);
  };
  process.on("SIGTERM", end);
}

function fail(text: string, code: number): void {
  write("stderr", `${text}\n`);
  process.exit(code);
}
