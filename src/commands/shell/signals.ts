/**
 * The commands of the shell about what runs beside it: `trap` says what is done on a signal, `wait` waits for jobs, `kill` sends
 * signals to them and to the container.
 */

import { print } from "../program.ts";
import type { BuiltinCall } from "./builtin.ts";

const signalNumbers: ReadonlyMap<string, number> = new Map([
  ...([
    ["HUP", 1],
    ["INT", 2],
    ["QUIT", 3],
    ["KILL", 9],
    ["USR1", 10],
    ["USR2", 12],
    ["TERM", 15],
  ] as const),
]);

export function trap({ args, io, shell: { state } }: BuiltinCall): number {
  const [action, ...signals] = args[0] === "--" ? args.slice(1) : args;
  for (const signal of signals) {
    const known = [...signalNumbers].find(([, number]) => String(number) === signal)?.[0];
    const name = signal === "0" ? "EXIT" : (known ?? signal.replace(/^SIG/, ""));
    const isDropped = action === undefined || action === "-";
    if (isDropped) state.traps.delete(name);
    else state.traps.set(name, action);
    if (!signalNumbers.has(name)) continue;
    io.handle?.(`SIG${name}` as NodeJS.Signals, isDropped ? undefined : () => state.catch(name));
  }
  return 0;
}

export async function wait({ args, shell: { state }, io }: BuiltinCall): Promise<number> {
  const asked = args.length > 0 ? args.map(Number) : [...state.jobs.keys()];
  let status = 0;
  io.signal.throwIfAborted();
  // A signal with a trap ends the wait, and so does the end of the shell.
  const stopped = new Promise<number>(resolve => {
    io.signal.addEventListener("abort", () => resolve(130), { once: true });
    state.wakeUp = () => resolve(143);
  });
  for (const id of asked) {
    const job = state.jobs.get(id);
    if (!job) status = 127;
    else status = await Promise.race([job.ended, stopped]);
    if (state.caught.length > 0) return status;
    state.jobs.delete(id);
  }
  io.signal.throwIfAborted();
  return args.length > 0 ? status : 0;
}

/** Of its own jobs, and of the first process, which is the container itself. */
export async function kill({ args, shell: { state }, io }: BuiltinCall): Promise<number> {
  const [option] = args;
  const asked = option?.startsWith("-") ? option.slice(1).replace(/^s$|^SIG/, "") : "TERM";
  const name = [...signalNumbers].find(([known, number]) => known === asked || String(number) === asked)?.[0];
  let status = 0;
  for (const target of option?.startsWith("-") ? args.slice(1) : args) {
    const job = state.jobs.get(Number(target.replace(/^%/, "")));
    if (asked === "0" && (job || target === "1")) continue;
    if (job) job.stop();
    else if (target === "1" && name)
      signalContainer(`SIG${name}` as NodeJS.Signals, signalNumbers.get(name) ?? 15);
    else {
      await print(io.stderr, `${state.name}: can't kill pid ${target}: No such process\n`);
      status = 1;
    }
  }
  return status;
}

/** As a signal to a program: it handles it, or ends by it. */
function signalContainer(signal: NodeJS.Signals, number: number): void {
  if (process.listenerCount(signal) > 0) process.emit(signal, signal);
  else process.exit(128 + number);
}
