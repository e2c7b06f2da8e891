/**
 * A book with keys. A request `{ key, entry }` is written down and gets its line, `{ line: 1 }`; the same key again writes
 * nothing and gets the same line. Without a key everything is written, again and again. `{ pages: true }` tells what
 * stands in it. After `{ mute: true }` it still writes and no longer answers; `{ mute: false }` ends that.
 */
import type { WorkerContext } from "k4s";

interface Order {
  key?: string;
  entry?: unknown;
  pages?: true;
  mute?: boolean;
}

export async function book({ inbox }: WorkerContext) {
  const pages: unknown[] = [];
  const lines = new Map<string, number>();
  let isMute = false;
  for await (const message of inbox) {
    const { key, entry, pages: wantsPages, mute } = message.body as Order;
    if (mute !== undefined) isMute = mute;
    if (wantsPages || mute !== undefined) {
      message.reply(pages);
      continue;
    }
    let line = key === undefined ? undefined : lines.get(key);
    if (line === undefined) {
      line = pages.push(entry);
      if (key !== undefined) lines.set(key, line);
    }
    if (!isMute) message.reply({ line });
  }
}
