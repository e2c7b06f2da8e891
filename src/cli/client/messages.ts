/**
 * `k4s request` and `k4s send`: a message to a worker function, from a shell. It goes to a pod by name, or to a ready pod of a
 * service, through exec: the container's own commands `request` and `send`, which are given it as their input, for a command's own
 * words are part of an address, and that may not be long.
 */
import { Readable } from "node:stream";
import { runIn } from "./exec.ts";
import type { WhereOptions } from "./kubeconfig.ts";

/** Prints the answer as JSON. */
export async function request(
  target: string,
  body: string | undefined,
  options: WhereOptions,
): Promise<void> {
  await message("request", target, body, options);
}

/** Does not wait for an answer. */
export async function send(target: string, body: string | undefined, options: WhereOptions): Promise<void> {
  await message("send", target, body, options);
}

async function message(
  verb: "request" | "send",
  target: string,
  body: string | undefined,
  options: WhereOptions,
): Promise<void> {
  const { stdout, stderr } = process;
  const command = body === undefined ? [verb] : [verb, "-"];
  process.exitCode = await runIn(asService(target), command, options, {
    stdin: inputOf(body),
    stdout,
    stderr,
  });
}

function inputOf(body: string | undefined): Readable | undefined {
  if (body === undefined) return undefined;
  return body === "-" ? process.stdin : Readable.from([Buffer.from(body)]);
}

/** A bare name is that of a service, as in `api.request`. */
function asService(target: string): string {
  return target.includes("/") ? target : `service/${target}`;
}
