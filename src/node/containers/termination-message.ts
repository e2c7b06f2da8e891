/**
 * What `state.terminated.message` says: what the container has written into a file for it, or the end of its log where it has
 * failed.
 */
import { open } from "node:fs/promises";
import type { PodContainer } from "../../resources/index.ts";
import type { Exit } from "../runtimes/index.ts";
import type { Log } from "../streams/index.ts";

/** In bytes, as in Kubernetes. */
const fileLimit = 4_096;
const logLimit = 2_048;
const logLines = 80;

/** Empty where there is nothing. */
export async function terminationMessage(
  file: string,
  { terminationMessagePolicy }: PodContainer,
  { exitCode }: Exit,
  log: Log,
): Promise<string> {
  const said = await beginningOf(file);
  if (said !== "" || exitCode === 0 || terminationMessagePolicy !== "FallbackToLogsOnError") return said;
  const pieces: Uint8Array[] = [];
  for await (const lines of log.read({ tailLines: logLines })) pieces.push(lines);
  return Buffer.concat(pieces).subarray(-logLimit).toString();
}

async function beginningOf(file: string): Promise<string> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return "";
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(fileLimit) });
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await handle.close();
  }
}
