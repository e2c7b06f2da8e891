/**
 * Listening to an AbortSignal that many share: one signal may end a thousand requests, watches and waits. It gets one
 * listener from all of them, for Node takes many for a memory leak and says so on stderr; and none when the last has ended.
 */

interface Listeners {
  readonly calls: Set<() => void>;
  fire(): void;
}

const listening = new WeakMap<AbortSignal, Listeners>();

/**
 * Calls `run` once when the signal aborts; never where it has aborted already, nor where there is none. What is returned takes it
 * back.
 */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal === undefined || signal.aborted) return () => {};
  const { calls, fire } = listenersOf(signal);
  if (calls.size === 0) signal.addEventListener("abort", fire, { once: true });
  // Of its own: the same function may be given twice.
  const call = () => run();
  calls.add(call);
  return () => {
    if (calls.delete(call) && calls.size === 0) signal.removeEventListener("abort", fire);
  };
}

function listenersOf(signal: AbortSignal): Listeners {
  const known = listening.get(signal);
  if (known) return known;
  const calls = new Set<() => void>();
  const fire = () => {
    const all = [...calls];
    calls.clear();
    for (const call of all) call();
  };
  const listeners = { calls, fire };
  listening.set(signal, listeners);
  return listeners;
}
