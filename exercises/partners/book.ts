/**
 * A book with keys. A request `{ key, entry }` is written down and gets its line, `{ line: 1 }`; the same key again writes
 * nothing and gets the same line. Without a key everything is written, again and again. `{ pages: true }` tells what
 * stands in it. After `{ mute: true }` it still writes and no longer answers; `{ mute: false }` ends that. After `{ failAt: 2 }`
 * the second entry from then on is written, and answered with an error all the same; the third is lost before it is written.
 */
import type { WorkerContext } from "k4s";

interface Order {
  key?: string;
  entry?: unknown;
  pages?: true;
  mute?: boolean;
  failAt?: number;
}

export async function book({ inbox }: WorkerContext) {
  const pages: unknown[] = [];
  const lines = new Map<string, number>();
  let isMute = false;
  let untilFailure = 0;
  let losesNext = false;
  for await (const message of inbox) {
    const { key, entry, pages: wantsPages, mute, failAt } = message.body as Order;
    if (mute !== undefined) isMute = mute;
    if (failAt !== undefined) untilFailure = failAt;
    if (wantsPages || mute !== undefined || failAt !== undefined) {
      message.reply(pages);
      continue;
    }
    if (losesNext) {
      losesNext = false;
      message.fail(new Error("the line broke"));
      continue;
    }
    let line = key === undefined ? undefined : lines.get(key);
    if (line === undefined) {
      line = pages.push(entry);
      if (key !== undefined) lines.set(key, line);
    }
    if (untilFailure > 0 && --untilFailure === 0) {
      losesNext = true;
      message.fail(new Error("the line broke"));
    } else if (!isMute) message.reply({ line });
  }
}
