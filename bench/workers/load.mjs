/**
 * The load that every side of a comparison is put under: so many requests in flight, or one after another. It is plain
 * JavaScript because it also runs inside threads, where a worker calls other workers. Every reply is checked, so a
 * side that mixed up its answers would be found out rather than be fast.
 */
import { setTimeout as sleep } from "node:timers/promises";

/** A small message such as programs send: a fresh object each time, a number, a name, two operands. */
export function smallBody(n) {
  return { n, op: "add", left: 20.5, right: n };
}

/** A string body of so many characters. One string, sent again and again: strings cannot be changed. */
export function textBody(length) {
  const text = "k4s ".repeat(Math.ceil(length / 4)).slice(0, length);
  return () => text;
}

/**
 * So long a side is under load before anything is counted. It has slept while others were measured, and for a tenth of a second
 * a thread that has slept is slow, by up to a half: caches are cold, and the kernel has yet to spread the threads over the cores.
 */
const runUpMs = 100;

/**
 * Keeps `inFlight` requests going for `ms`, after the run-up, and returns how many were answered per second.
 * Each lane sends its next request as soon as its last was answered, as a server's handlers do.
 */
export async function answersPerSecond(request, { inFlight, ms, body = smallBody }) {
  let running = true;
  let answered = 0;
  async function lane() {
    while (running) {
      const sent = body(answered);
      mustMatch(sent, await request(sent));
      answered++;
    }
  }
  async function watch() {
    await sleep(runUpMs);
    answered = 0;
    const began = performance.now();
    await sleep(ms);
    running = false;
    return began;
  }
  const [began] = await Promise.all([watch(), ...Array.from({ length: inFlight }, lane)]);
  return (answered / (performance.now() - began)) * 1000;
}

/** The same load; returns how long each request took that was sent after the run-up, in microseconds, smallest first. */
export async function latenciesUnderLoad(request, { inFlight, ms, body = smallBody }) {
  const taken = [];
  const countedFrom = performance.now() + runUpMs;
  await answersPerSecond(
    async sent => {
      const began = performance.now();
      const reply = await request(sent);
      if (began >= countedFrom) taken.push((performance.now() - began) * 1000);
      return reply;
    },
    { inFlight, ms, body },
  );
  return taken.sort((a, b) => a - b);
}

/** One request after another for `ms`; returns the median time of one, in microseconds. */
export async function medianLatency(request, { ms, body = smallBody }) {
  const taken = await latenciesUnderLoad(request, { inFlight: 1, ms, body });
  return quantile(taken, 0.5);
}

/** The value below which the given share of the sorted values lies. */
export function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function mustMatch(sent, reply) {
  const same = typeof sent === "object" ? reply?.n === sent.n : reply?.length === sent.length;
  if (!same) throw new Error(`Sent ${JSON.stringify(sent)}, but the reply was ${JSON.stringify(reply)}.`);
}
