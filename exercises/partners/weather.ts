/**
 * A service with bad days. `{ city }` gets `{ city, degrees }`, or an error: one with `temporary: true` means that the same
 * question may be answered next time. `{ calls: city }` tells when that city was asked about, in milliseconds.
 */
import type { WorkerContext } from "k4s";

const degrees: Record<string, number> = { Oslo: 4, Lima: 19, Delhi: 31 };
/** How often in a row a city fails before it is answered. */
const busyTimes: Record<string, number> = { Lima: 2, Delhi: Number.POSITIVE_INFINITY };

export async function weather({ inbox }: WorkerContext) {
  const calls: Record<string, number[]> = {};
  for await (const message of inbox) {
    const { city, calls: asked } = message.body as { city: string; calls?: string };
    if (asked !== undefined) {
      message.reply(calls[asked] ?? []);
      continue;
    }
    const times = calls[city] ?? [];
    calls[city] = times;
    times.push(performance.now());
    if (times.length <= (busyTimes[city] ?? 0)) {
      message.fail(Object.assign(new Error(`busy, ask again about ${city}`), { temporary: true }));
    } else if (degrees[city] === undefined) {
      message.fail(new RangeError(`no such city: ${city}`));
    } else {
      message.reply({ city, degrees: degrees[city] });
    }
  }
}
