import type { WorkerContext } from "k4s";

interface Settings {
  size: number;
  maxMs: number;
  to: string;
}

/** Collects numbers and sends a summary of each window. */
export async function summarize({ inbox, api, parameters }: WorkerContext<Settings>) {
  let numbers: number[] = [];
  let timer: NodeJS.Timeout | undefined;

  for await (const message of inbox) {
    if (numbers.length === 0) timer = setTimeout(close, parameters.maxMs);
    numbers.push(message.body as number);
    if (numbers.length === parameters.size) await close();
  }
  await close();

  async function close() {
    clearTimeout(timer);
    if (numbers.length === 0) return;
    const window = numbers;
    numbers = [];
    const sum = window.reduce((a, b) => a + b, 0);
    await api.send(parameters.to, { count: window.length, sum });
  }
}
