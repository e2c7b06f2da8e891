/**
 * `stress` of the images polinux/stress and vish/stress, with which Kubernetes' pages about memory and processor limits fill a container. It
 * really takes what it is told to: memory of the thread's heap, which a limit bounds, and the processor, of which a thread has one at most.
 */
import { setImmediate as turn } from "node:timers/promises";
import { type Invocation, print } from "../program.ts";
import { optionOf } from "./echo.ts";

const mebibyte = 1024 ** 2;
/** A heap has eight bytes for each number. */
const numbersInMebibyte = mebibyte / 8;

/** `stress --cpu 1 --vm 1 --vm-bytes 150M --vm-hang 1 --timeout 60s`. */
export async function stress(call: Invocation): Promise<number> {
  const { args } = call;
  const valueBehind = (...names: readonly string[]) => {
    const at = args.findIndex(arg => names.includes(arg));
    return at < 0 ? undefined : args[at + 1];
  };
  const [cpus, vms] = [Number(valueBehind("-c", "--cpu") ?? 0), Number(valueBehind("-m", "--vm") ?? 0)];
  const seconds = secondsIn(valueBehind("-t", "--timeout"));
  if (seconds === undefined || !(cpus + vms > 0)) {
    await print(
      call.stderr,
      "stress: FAIL: [1] (244) no hogs are to be dispatched: give --cpu N or --vm N\n",
    );
    return 1;
  }
  await print(call.stdout, `stress: info: [1] dispatching hogs: ${cpus} cpu, 0 io, ${vms} vm, 0 hdd\n`);
  const bytes = bytesIn(valueBehind("--vm-bytes") ?? "256M");
  await hog(call, { cpus, bytes: vms * bytes, seconds });
  await print(call.stdout, `stress: info: [1] successful run completed in ${seconds}s\n`);
  return 0;
}

/** `-cpus 2 -mem-total 150Mi`, of vish/stress. */
export async function stressInGo(call: Invocation): Promise<number> {
  const cpus = Number(optionOf(call.args, "cpus") ?? 0);
  const total = optionOf(call.args, "mem-total") ?? "0";
  const line = (text: string) => print(call.stderr, `${stamp()}       1 main.go:26] ${text}\n`);
  await line(`Allocating "${total}" memory, in "4Ki" chunks, with a 1ms sleep between allocations`);
  for (let i = 0; i < cpus; i++) await line("Spawning a thread to consume CPU");
  await hog(call, { cpus, bytes: bytesIn(total), seconds: Number.POSITIVE_INFINITY });
  return 0;
}

interface Hog {
  readonly cpus: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** Until the time is over, or it is told to end. */
async function hog({ signal }: Invocation, { cpus, bytes, seconds }: Hog): Promise<void> {
  const end = performance.now() + seconds * 1_000;
  const held: number[][] = [];
  const missing = () => bytes / mebibyte - held.length;
  while (performance.now() < end) {
    signal.throwIfAborted();
    if (missing() > 0) held.push(new Array<number>(numbersInMebibyte).fill(Math.random()));
    else if (cpus === 0) await waited(Math.min(1_000, end - performance.now()), signal);
    else for (const until = performance.now() + 20; performance.now() < until; ) Math.sqrt(Math.random());
    await turn();
  }
}

function waited(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

/** `90`, `60s`, `2m`; for ever where nothing is said. */
function secondsIn(text: string | undefined): number | undefined {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const [, number, unit = ""] = /^(\d+)([smhd]?)$/.exec(text) ?? [];
  const units: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400 };
  return number === undefined ? undefined : Number(number) * (units[unit] ?? 1);
}

/** `150M` and `150Mi` are the same here. */
function bytesIn(text: string): number {
  const [, number = "0", unit = ""] = /^(\d+)([kmg]?)/i.exec(text) ?? [];
  return Number(number) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase());
}

/** As Google's logger begins its lines: `I0131 12:00:00.000000`. */
function stamp(): string {
  const now = new Date().toISOString();
  return `I${now.slice(5, 7)}${now.slice(8, 10)} ${now.slice(11, 23)}000`;
}
