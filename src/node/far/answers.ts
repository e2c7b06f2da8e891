/**
 * What a node answers, read whole: no longer than such an answer can be, and looked at, for it comes from another machine, which may be of
 * another mind. One that says too much, or no such thing, is one that does not answer.
 */
import type { IncomingMessage } from "node:http";
import { ApiError } from "../../errors/index.ts";
import { fieldsOf } from "../../outside/index.ts";
import type { ContainerUsage } from "../containers/index.ts";
import { type Reported, seriesIn } from "../runtimes/index.ts";

/** Of a document: hundreds of pods with all that they say of themselves. */
export const mostBytes = 64 * 1024 * 1024;
/** Of why something is refused. */
export const mostRefusalBytes = 64 * 1024;

/** Fails with InternalError where it is longer. */
export async function textWithin(response: IncomingMessage, most: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Uint8Array>) {
    length += piece.length;
    // Leaving the loop ends the answer.
    if (length > most) throw new ApiError("InternalError", `the node says more than ${most} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** What containers use, by the uid of their pod; what is none of it is left out. Undefined where the text is no such answer. */
export function usagesIn(text: string): ReadonlyMap<string, readonly ContainerUsage[]> | undefined {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    // What cannot be read is no answer.
    return undefined;
  }
  const pods = Object.entries(fieldsOf(told)).map(([uid, used]) => {
    const all = Array.isArray(used) ? used : [];
    return [uid, all.flatMap(each => usageIn(fieldsOf(each)) ?? [])] as const;
  });
  return new Map(pods);
}

function usageIn(fields: Readonly<Record<string, unknown>>): ContainerUsage | undefined {
  const { name, id, ageMs, cpuMs, memoryBytes, reported } = fields;
  if (typeof name !== "string" || typeof id !== "string" || !isAmount(ageMs) || !isAmount(cpuMs))
    return undefined;
  return {
    name,
    id,
    ageMs,
    cpuMs,
    memoryBytes: isAmount(memoryBytes) ? memoryBytes : undefined,
    reported: reportedIn(fieldsOf(reported)),
  };
}

function reportedIn({ at, series }: Readonly<Record<string, unknown>>): Reported | undefined {
  return isAmount(at) ? { at, series: seriesIn(series) } : undefined;
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}
