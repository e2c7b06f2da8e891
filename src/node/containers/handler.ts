/**
 * Runs the handler of a probe or a hook once: a command in the container (exec), an HTTP request, a connection, a gRPC health
 * check, a sleep. Each succeeds in time or fails, in the kubelet's words.
 */
import { messageOf } from "../../errors/index.ts";
import { type Clock, onAbort } from "../../outside/index.ts";
import type { LifecycleHandler, Pod, Probe } from "../../resources/index.ts";
import { expand } from "./environment.ts";
import { checkHealth } from "./grpc-health.ts";
import {
  connection,
  type HandlerResult,
  type HandlerTarget,
  portOf,
  UnknownPortError,
} from "./handler-target.ts";
import { getOverHttp, urlOf } from "./http-get.ts";
import { durationText } from "./restarts.ts";

/** Asks a probe once. Never rejects: what goes wrong is the result. */
export async function runProbe(
  probe: Probe,
  timeoutMs: number,
  target: HandlerTarget,
): Promise<HandlerResult> {
  const deadline = deadlineIn(timeoutMs, target.clock);
  try {
    const { hasPorts, hasPrograms } = target.running;
    const { exec, httpGet, tcpSocket, grpc } = probe;
    const canRun = exec ? hasPrograms : hasPorts;
    if (!canRun) return asResult(await runCommand(["event-loop"], target, deadline.signal));
    if (exec) return asResult(await runCommand(exec.command ?? [], target, deadline.signal));
    if (httpGet) return await getOverHttp(httpGet, "kube-probe", target, deadline.signal);
    if (tcpSocket) {
      (await connection(tcpSocket, target, deadline.signal)).destroy();
      return { ok: true };
    }
    if (grpc) return await checkHealth(grpc, durationText(timeoutMs), target, deadline.signal);
    return { ok: false, isUnknown: true, problem: "missing probe handler" };
  } catch (error) {
    if (error instanceof UnknownPortError) return { ok: false, isUnknown: true, problem: error.message };
    const problem = deadline.signal.aborted
      ? whyLate(probe, timeoutMs, target)
      : whyUnreachable(probe, error, target);
    return { ok: false, problem };
  } finally {
    deadline.cancel();
  }
}

/**
 * Runs a hook once. Never rejects. A failure says what `state.waiting.message` says of it. Of an HTTP hook only that it was
 * answered counts, whatever the status. `tcpSocket` is none that a hook can have, as in Kubernetes.
 */
export async function runHook(
  hook: LifecycleHandler,
  timeoutMs: number,
  target: HandlerTarget,
  { metadata: { name, namespace, uid } }: Pod,
): Promise<HandlerResult> {
  const deadline = deadlineIn(timeoutMs, target.clock);
  const { exec, httpGet, sleep } = hook;
  const { container } = target;
  const failure = (kind: string, what: string, error: string): HandlerResult => ({
    ok: false,
    problem: `${kind} lifecycle hook (${what}) for Container "${container.name}" in Pod "${name}_${namespace}(${uid})" failed - error: ${error}`,
  });
  try {
    const { hasPorts, hasPrograms } = target.running;
    if (sleep) {
      await target.clock.sleep(sleep.seconds * 1_000, deadline.signal);
      return { ok: true };
    }
    if ((exec && !hasPrograms) || (httpGet && !hasPorts))
      return asResult(await runCommand(["event-loop"], target, deadline.signal));
    if (exec) {
      const end = await runCommand(exec.command ?? [], target, deadline.signal);
      if (end.exitCode === 0) return { ok: true };
      const { command, stderr, output, problem } = end;
      const error = problem ?? `command '${command.join(" ")}' exited with ${end.exitCode}: ${stderr}`;
      return failure("Exec", `[${command.join(" ")}]`, `${error}, message: ${JSON.stringify(output)}`);
    }
    if (httpGet) {
      await getOverHttp(httpGet, "kube-lifecycle", target, deadline.signal);
      return { ok: true };
    }
    return { ok: false, problem: "Cannot run handler: invalid handler" };
  } catch (error) {
    if (httpGet) return failure("HTTP", httpGet.path ?? "", whyUnreachable(hook, error, target));
    if (sleep) return failure("Sleep", String(sleep.seconds), messageOf(error));
    return failure("Exec", `[${exec?.command?.join(" ") ?? ""}]`, `${messageOf(error)}, message: ""`);
  } finally {
    deadline.cancel();
  }
}

function deadlineIn(ms: number, clock: Clock): { readonly signal: AbortSignal; cancel(): void } {
  const controller = new AbortController();
  const timer = clock.after(ms, () => controller.abort(new Error(`no answer within ${ms / 1_000} s`)));
  return { signal: controller.signal, cancel: () => timer.cancel() };
}

/** Why nothing came in time. What a thread is asked by k4s alone is told in its own words. */
function whyLate({ exec, httpGet, tcpSocket }: Probe, timeoutMs: number, target: HandlerTarget): string {
  if (httpGet)
    return `Get "${urlOf(httpGet, target)}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  if (tcpSocket)
    return `dial tcp ${tcpSocket.host ?? target.podIP}:${portOf(tcpSocket.port, target.container)}: i/o timeout`;
  const { command = [] } = exec ?? {};
  if (command[0] === "event-loop") return `the event loop did not turn within ${timeoutMs / 1_000} s`;
  if (command[0] === "request") return `no answer within ${timeoutMs / 1_000} s`;
  return `command timed out: "${command.join(" ")}" timed out after ${durationText(timeoutMs)}`;
}

/** Where nothing listens, in the words of the kubelet; all else in its own. */
function whyUnreachable(
  { httpGet, tcpSocket }: Pick<Probe, "httpGet" | "tcpSocket">,
  error: unknown,
  target: HandlerTarget,
): string {
  const asked = httpGet ?? tcpSocket;
  if (!asked) return messageOf(error);
  const isRefused = (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
  const address = `${asked.host ?? target.podIP}:${portOf(asked.port, target.container)}`;
  const problem = isRefused ? `dial tcp ${address}: connect: connection refused` : messageOf(error);
  return httpGet ? `Get "${urlOf(httpGet, target)}": ${problem}` : problem;
}

interface CommandEnd {
  readonly command: readonly string[];
  readonly exitCode: number;
  /** What it has printed, on both streams, and on one of them. */
  readonly output: string;
  readonly stderr: string;
  /** Why there is no exit code of its own. */
  readonly problem: string | undefined;
}

function asResult({ exitCode, output, problem }: CommandEnd): HandlerResult {
  if (exitCode === 0) return { ok: true };
  // There is no such program, or it is none.
  const isUnknown = problem !== undefined && (exitCode === 126 || exitCode === 127);
  return { ok: false, problem: output || problem || "", ...(isUnknown && { isUnknown }) };
}

/** So much of what a command prints is told, as by the kubelet. */
const toldLength = 10 * 1024;

/** `$(NAME)` in it stands for what the container's spec says of that variable. */
async function runCommand(
  words: readonly string[],
  { container, running }: HandlerTarget,
  signal: AbortSignal,
): Promise<CommandEnd> {
  const named = (container.env ?? []).filter(({ valueFrom }) => valueFrom === undefined);
  const env = Object.fromEntries(named.map(({ name, value = "" }) => [name, value]));
  const command = words.map(word => expand(word, env));
  const session = running.exec(command);
  onAbort(signal, () => session.close());
  const said: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  let length = 0;
  for await (const { stream, bytes } of session.output) {
    if (length < toldLength) said.push(bytes);
    if (length < toldLength && stream === "stderr") errors.push(bytes);
    length += bytes.length;
  }
  const { exitCode, message: problem } = await session.exited;
  if (signal.aborted) throw signal.reason;
  const textOf = (pieces: readonly Uint8Array[]) => Buffer.concat(pieces).subarray(0, toldLength).toString();
  return { command, exitCode, output: textOf(said), stderr: textOf(errors), problem };
}
